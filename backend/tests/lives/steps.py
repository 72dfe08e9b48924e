"""Steps of a life made up as it goes: what every kind of step works with, then practising and moving.

Each kind of step is a class with rules; `property/test_a_life.py` has more of them and puts them together.
"""

from datetime import UTC, datetime
from typing import ClassVar

from hypothesis import strategies
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from lives.life import BEGIN, DAY, LAST, MINUTE, Lived, Raw, World, assert_whole, forget_outages
from support.callers import Answered, Caller
from support.snapshots import sweep

ZONES = [
    "Europe/Berlin",
    "Africa/Cairo",
    "Africa/Casablanca",
    "America/Santiago",
    "Australia/Lord_Howe",
    "Pacific/Auckland",
    "Pacific/Honolulu",
    "Pacific/Kiritimati",
]
KINDS = [("completed", "exercise"), ("completed", "quiz"), ("reviewed", "exercise"), ("viewed", "lesson")]
BUSY_UNTIL = datetime(LAST.year, LAST.month, LAST.day, tzinfo=UTC) - 35 * DAY

places = strategies.integers(0, 1_000)
minutes = strategies.integers(0, 1_439)
zones = strategies.sampled_from(ZONES)


class Living(RuleBasedStateMachine):
    """What every kind of step works with."""

    world: ClassVar[World]

    def __init__(self) -> None:
        super().__init__()
        self.world.clock.set(BEGIN)
        self.world.ask(forget_outages(self.world.held))
        self.lived = Lived()
        self.client = self.world.application.test_client()
        self.ada = Caller(self.client, self.lived.subject)
        self.root = Caller(self.client, "root", ["admin"])
        self.services = {name: Caller(self.client, name, ["service"]) for name in ("exercises", "quizzes")}
        self.count = 0

    @property
    def now(self) -> datetime:
        """The service's now."""
        return self.world.clock.now()

    def ask(self, caller: Caller, method: str, path: str, json: object = None, **query: object) -> Answered:
        """One request, answered, and never by a fault of the service."""
        answer = self.world.ask(caller.ask(method, path, json=json, query=query or None))
        assert answer.status < 500, answer.body
        return answer

    def streak(self) -> tuple[int, int]:
        """The current and the longest run, as the learner is shown them now."""
        shown = self.ask(self.ada, "GET", "/progress").ok()["streak"]
        return shown["current_streak"], shown["longest_streak"]

    def sweep_first(self, swept: bool) -> None:
        """Perhaps all snapshots that are due have been taken: what follows has to mark those it changes."""
        if swept:
            self.world.ask(sweep(self.world.held, self.now))

    def one_told(self, place: int) -> tuple[str, Raw]:
        """One of the activities told, and who told it."""
        key = list(self.lived.told)[place % len(self.lived.told)]
        return key[0], self.lived.told[key]

    def teller(self, sender: str) -> Caller:
        """Who tells under this name."""
        return self.ada if sender == "learner" else self.services[sender]

    def tell(self, sender: str, activities: list[Raw]) -> None:
        """A batch that must be taken; what more is practised never lowers a streak."""
        before = self.streak()
        beside = {} if sender == "learner" else {"learner_id": self.lived.subject}
        body = self.ask(self.teller(sender), "POST", "/activities", {"activities": activities, **beside}).ok()
        assert [result["status"] for result in body["results"]] == ["accepted"] * len(activities)
        for activity in activities:
            self.lived.tell(sender, activity)
        after = self.streak()
        assert after >= before, "practice lowered a streak"
        assert after[1] >= before[1], "practice lowered the longest streak"

    def new_id(self) -> str:
        """An id of its own for each activity of this life."""
        self.count += 1
        return f"a-{self.count}"

    def teardown(self) -> None:
        """At the end of a life everything must fit."""
        assert_whole(self.world, self.lived, self.root if self.lived.told else self.ada)


class Practising(Living):
    """Activities: new, late, again, otherwise, taken back."""

    @initialize(days=strategies.integers(1, 20), days_ago=strategies.integers(0, 5))
    def begin(self, days: int, days_ago: int) -> None:
        """Most lives begin with a run that still stands, or has just broken."""
        ends_at = self.now - days_ago * DAY
        what = {"verb": "completed", "object_type": "exercise", "topic": "loops"}
        instants = [(ends_at - number * DAY).isoformat() for number in range(days)]
        self.tell("exercises", [{"id": self.new_id(), "occurred_at": at, **what} for at in instants])

    @rule(
        sender=strategies.sampled_from(["exercises", "quizzes"]),
        kind=strategies.sampled_from(KINDS),
        days_ago=strategies.integers(0, 45),
        minute=minutes,
        skips=strategies.lists(strategies.sampled_from([1, 1, 1, 1, 1, 1, 2, 3]), min_size=1, max_size=16),
        topic=strategies.sampled_from([None, "loops", "strings"]),
        value=strategies.sampled_from([None, 0, 59.999, 88.125, 100]),
        zone=strategies.sampled_from([None, None, None, None, *ZONES]),
        once=strategies.booleans(),
    )
    def practise(
        self,
        sender: str,
        kind: tuple[str, str],
        days_ago: int,
        minute: int,
        skips: list[int],
        topic: str | None,
        value: float | None,
        zone: str | None,
        once: bool,
    ) -> None:
        """A stretch of days, now or long ago, told by a service; perhaps the same exercise each time."""
        at = self.now - days_ago * DAY - minute * MINUTE
        optional: Raw = {
            "topic": topic,
            "value": value,
            "zone": zone,
            "once_key": f"of {self.new_id()}" if once else None,
        }
        activities = []
        for skip in skips:
            required = {"id": self.new_id(), "verb": kind[0], "object_type": kind[1], "occurred_at": at.isoformat()}
            activities.append(required | {name: given for name, given in optional.items() if given is not None})
            at += skip * DAY
            if at > self.now:
                break
        self.tell(sender, activities)

    @rule(minute=minutes, days_ago=strategies.integers(0, 27))
    def practise_oneself(self, minute: int, days_ago: int) -> None:
        """What the learner's own client tells."""
        at = self.now - days_ago * DAY - minute * MINUTE
        what = {"id": self.new_id(), "verb": "practised", "object_type": "session", "occurred_at": at.isoformat()}
        self.tell("learner", [what])

    @precondition(lambda self: self.lived.told)
    @rule(place=places, otherwise=strategies.booleans())
    def tell_again(self, place: int, otherwise: bool) -> None:
        """An id that is there already, also when it was taken back: nothing changes."""
        sender, raw = self.one_told(place)
        if sender == "milepost":
            return  # Nobody may speak under the service's own name.
        sent = raw | {"duration_seconds": 77} if otherwise else raw
        beside = {} if sender == "learner" else {"learner_id": self.lived.subject}
        answer = self.ask(self.teller(sender), "POST", "/activities", {"activities": [sent], **beside})
        if datetime.fromisoformat(raw["occurred_at"]) > self.now + 5 * MINUTE:
            expected = (422, "rejected")  # The clock was set back: it lies ahead.
        else:
            expected = (409, "conflict") if otherwise else (200, "duplicate")
        assert (answer.status, answer.body["results"][0]["status"]) == expected

    @precondition(lambda self: self.lived.told)
    @rule(place=places, swept=strategies.booleans())
    def take_back(self, place: int, swept: bool) -> None:
        """Perhaps for the second time."""
        self.sweep_first(swept)
        sender, raw = self.one_told(place)
        about = {"learner_id": self.lived.subject, "sender": sender}
        self.ask(self.root, "DELETE", f"/activities/{raw['id']}", **about).ok()
        self.lived.voided.add((sender, raw["id"]))


class Moving(Living):
    """Zones: claimed, changed, imported."""

    @rule(zone=zones)
    def write_with_a_zone_in_the_token(self, zone: str) -> None:
        """The first write of the learner's own client that claims one settles the past; later claims do nothing."""
        what = {"id": self.new_id(), "verb": "viewed", "object_type": "lesson", "occurred_at": self.now.isoformat()}
        caller = Caller(self.client, self.lived.subject, zone=zone)
        body = self.ask(caller, "POST", "/activities", {"activities": [what]}).ok()
        assert body["results"][0]["status"] == "accepted"
        if not self.lived.moves:
            self.lived.live_in([(None, zone)])
        self.lived.tell("learner", what)

    @rule(zone=zones, swept=strategies.booleans())
    def move(self, zone: str, swept: bool) -> None:
        """At most once a day."""
        self.sweep_first(swept)
        answer = self.ask(self.ada, "PATCH", "/me", {"zone": zone})
        if answer.status == 200:
            self.lived.move(zone, self.now)
        else:
            answer.problem(409, "zone_changed_recently")

    @precondition(lambda self: self.lived.told)
    @rule(
        history=strategies.lists(
            strategies.tuples(strategies.integers(0, 60 * 24 * 60), zones), min_size=1, max_size=4
        ),
        from_ever=strategies.booleans(),
        swept=strategies.booleans(),
    )
    def import_a_history(self, history: list[tuple[int, str]], from_ever: bool, swept: bool) -> None:
        """An administrator knows better."""
        self.sweep_first(swept)
        starts = sorted({ago for ago, _ in history}, reverse=True)
        moves: list[tuple[datetime | None, str]] = [
            (None if from_ever and not place else self.now - ago * MINUTE, zone)
            for place, (ago, (_, zone)) in enumerate(zip(starts, history, strict=False))
        ]
        body = [{"valid_from": since and since.isoformat(), "zone": zone} for since, zone in moves]
        self.ask(self.root, "PUT", f"/admin/learners/{self.lived.subject}/zones", body).ok()
        self.lived.live_in(moves)
