"""R09 on generated lives: whatever a learner, its services and an administrator do, and however the clock moves, stored
projections equal a rebuild and the naive oracle, and answers show exactly these.

To add a kind of step, write a class with rules like those here and in `lives/steps.py`, and list it in `Life`.
`lives.life.facts_of` reads back the facts that it writes.
"""

from collections.abc import Iterator
from datetime import timedelta
from uuid import UUID

import pytest
from hypothesis import HealthCheck, settings, strategies
from hypothesis.stateful import precondition, rule, run_state_machine_as_test

from lives.boards import choose
from lives.leaving_steps import Leaving
from lives.life import DAY, MINUTE, NaiveLife, Raw, World, assert_shows, facts_of
from lives.planning_steps import Planning
from lives.steps import BUSY_UNTIL, Choosing, Living, Moving, Practising, places
from milepost.jobs.sweeps import publish_eases, settle_outages, tell_of_streaks
from milepost.services.rebuild.rebuild import rebuild_one
from milepost.settings import Settings
from support.figures import Figure
from support.snapshots import sweep


@pytest.fixture(scope="module")
def world(settings: Settings) -> Iterator[World]:
    """The service, shared by all lives of this module in turn."""
    with World(settings).open() as opened:
        yield opened


class Caring(Living):
    """Pauses, repairs, restorations. Tests the effects of those that succeed, not which are allowed."""

    @rule(first=strategies.integers(-1, 6), days=strategies.integers(0, 6), swept=strategies.booleans())
    def pause(self, first: int, days: int, swept: bool) -> None:
        """Create a pause from yesterday, today or a later day."""
        self.sweep_first(swept)
        day = self.now.date() + first * DAY
        before = self.streak()
        answer = self.ask(
            self.ada,
            "POST",
            "/me/pauses",
            {"first_day": day.isoformat(), "last_day": (day + days * DAY).isoformat()},
        )
        assert answer.status in (200, 409, 422)
        assert self.streak() >= before

    @rule(place=places)
    def end_a_pause(self, place: int) -> None:
        """End a pause that is running, ahead, or over."""
        pauses = self.ask(self.ada, "GET", "/me/pauses").ok()["pauses"]
        if pauses:
            pause = pauses[place % len(pauses)]
            assert self.ask(self.ada, "DELETE", f"/me/pauses/{pause['id']}").status in (200, 409)

    @rule(swept=strategies.booleans())
    def repair(self, swept: bool) -> None:
        """The learner repairs its streak if allowed."""
        self.sweep_first(swept)
        before = self.streak()
        answer = self.ask(self.ada, "POST", "/me/streak-repair")
        after = self.streak()
        if answer.status == 200:
            assert after > before, "a repair that repaired nothing"
        else:
            assert answer.status == 409
            assert after == before

    @rule(
        days=strategies.one_of(
            strategies.none(), strategies.tuples(strategies.integers(0, 30), strategies.integers(0, 5))
        ),
        swept=strategies.booleans(),
    )
    def restore(self, days: tuple[int, int] | None, swept: bool) -> None:
        """An administrator restores some days, or the newest gap."""
        self.sweep_first(swept)
        body: Raw = {"reason": "by hand"}
        if days is not None:
            first = self.now.date() - days[0] * DAY
            body |= {"first_day": first.isoformat(), "last_day": (first + days[1] * DAY).isoformat()}
        before = self.streak()
        answer = self.ask(self.root, "POST", f"/admin/learners/{self.record.subject}/restore-streak", body)
        assert answer.status in (200, 404, 409, 422)
        assert self.streak() >= before


class Joining(Living):
    """Whether the learner is on boards."""

    @rule(boards=strategies.booleans())
    def choose_boards(self, boards: bool) -> None:
        """Join the boards, or leave them."""
        self.world.run(choose(self.world.resources, self.ada, boards=boards))


class BreakingDown(Living):
    """Outages: drafted, activated and withdrawn; the job that applies them to learners runs now and then."""

    def __init__(self) -> None:
        super().__init__()
        self.outages: list[str] = []

    @rule(hours_ago=strategies.integers(0, 40 * 24), minutes=strategies.sampled_from([1, 45, 600, 3_000]))
    def enter_an_outage(self, hours_ago: int, minutes: int) -> None:
        """Draft an outage, which changes nothing."""
        starts_at = self.now - hours_ago * timedelta(hours=1)
        before = self.streak()
        answer = self.ask(
            self.root,
            "POST",
            "/admin/outages",
            {
                "starts_at": starts_at.isoformat(),
                "ends_at": (starts_at + minutes * MINUTE).isoformat(),
                "reason": "down",
            },
        )
        self.outages.append(answer.ok()["id"])
        assert self.streak() == before

    @precondition(lambda self: self.outages)
    @rule(place=places, swept=strategies.booleans())
    def activate(self, place: int, swept: bool) -> None:
        """Activate an outage. Readers see it at once, and no streak gets shorter."""
        self.sweep_first(swept)
        before = self.streak()
        outage = self.outages[place % len(self.outages)]
        assert self.ask(self.root, "POST", f"/admin/outages/{outage}/activate").status in (200, 409)
        after = self.streak()
        assert after >= before
        assert after[1] >= before[1]

    @precondition(lambda self: self.outages)
    @rule(place=places, swept=strategies.booleans())
    def withdraw(self, place: int, swept: bool) -> None:
        """Withdraw an outage."""
        self.sweep_first(swept)
        self.ask(self.root, "POST", f"/admin/outages/{self.outages[place % len(self.outages)]}/withdraw").ok()

    @rule()
    def reconcile(self) -> None:
        """The worker applies outages to learners."""
        self.world.run(settle_outages(self.world.resources))


class PassingTime(Living):
    """The clock, jobs that run later, and reads as of an earlier instant."""

    @precondition(lambda self: self.now < BUSY_UNTIL)
    @rule(
        minutes=strategies.sampled_from([7, 60, 720, 24 * 60, 24 * 60, 3 * 24 * 60, -120]),
    )
    def pass_time(self, minutes: int) -> None:
        """Move the clock forward up to three days, or set it back two hours."""
        self.world.clock.advance(minutes=minutes)

    @precondition(lambda self: self.now >= self.latest)
    @rule()
    def publish_eases(self) -> None:
        """The worker publishes eases if it is time, never with a clock that has been set back: days have begun."""
        self.world.run(publish_eases(self.world.resources))

    @rule(hours_late=strategies.sampled_from([0, 0, 30, 200]))
    def sweep(self, hours_late: int) -> None:
        """The worker takes snapshots, perhaps with a clock that is behind."""
        self.world.run(sweep(self.world.resources, self.now - timedelta(hours=hours_late)))

    @precondition(lambda self: self.now < BUSY_UNTIL)
    @rule(hours=strategies.integers(0, 23))
    def tell_of_streaks(self, hours: int) -> None:
        """The hourly round, perhaps later in the day; an unseen digest is one, and a run ends once."""
        self.world.clock.advance(hours=hours)
        self.world.run(tell_of_streaks(self.world.resources))
        notices = self.ask(self.ada, "GET", "/notifications", limit=200).ok()["notifications"]
        assert sum(notice["kind"] == "digest" for notice in notices) <= 1
        ended = [notice["ended_run"]["last_met_day"] for notice in notices if notice["kind"] == "run_ended"]
        at_risk = [notice["streak"]["day"] for notice in notices if notice["kind"] == "streak_at_risk"]
        assert (len(ended), len(at_risk)) == (len(set(ended)), len(set(at_risk)))

    @precondition(lambda self: self.record.sent)
    @rule()
    def rebuild(self) -> None:
        """An operator rebuilds the learner."""
        resources = self.world.resources
        self.world.run(rebuild_one(resources.database, UUID(self.ada.learner_id), resources.policy, self.now))

    @precondition(lambda self: self.record.sent)
    @rule()
    def rebuild_on_request(self) -> None:
        """An administrator rebuilds the learner through the API, which finds nothing to correct."""
        self.world.run(settle_outages(self.world.resources))
        before = self.streak()
        rebuilt = self.ask(self.root, "POST", f"/admin/learners/{self.record.subject}/rebuild").ok()
        assert rebuilt["differences"] == []
        assert self.streak() == before

    @rule()
    def look(self) -> None:
        """Everything must also agree in the middle of a life."""
        self.teardown()

    @precondition(lambda self: self.record.sent)
    @rule(minutes_ago=strategies.integers(0, 40 * 24 * 60))
    def look_back(self, minutes_ago: int) -> None:
        """Read the streak as of an instant: all facts known now, but only activities up to then."""
        at = self.now - minutes_ago * MINUTE
        naive = NaiveLife(self.record, self.world.run(facts_of(self.world.resources, UUID(self.ada.learner_id))))
        about = {"learner_id": self.record.subject, "at": at.isoformat()}
        answer = self.ask(self.services["quizzes"], "GET", "/progress/streak", **about)
        assert_shows(answer, naive.standing(at, until=at), naive.wall.date_at(at))


class Life(Practising, Planning, Moving, Choosing, Caring, Joining, BreakingDown, PassingTime, Leaving):
    """All kinds of steps."""


def test_R09_any_life_is_kept_as_it_was_lived(world: World, long: bool, figure: Figure) -> None:
    lives = 600 if long else 50

    class Here(Life):
        pass

    Here.world = world
    run_state_machine_as_test(
        Here,
        settings=settings(
            max_examples=lives,
            stateful_step_count=30,
            deadline=None,
            derandomize=not long,
            suppress_health_check=list(HealthCheck),
        ),
    )
    figure(f"{lives} lives of up to 30 steps")
