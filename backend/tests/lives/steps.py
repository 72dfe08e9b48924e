"""Steps of a generated life: the base class of all steps, then practising and moving.

Each kind of step is a class with rules; `property/test_a_life.py` has more of them and combines them.
"""

from datetime import UTC, datetime
from typing import ClassVar

from hypothesis import strategies
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from lives.life import BEGIN, DAY, LAST, MINUTE, LifeRecord, Raw, World, assert_whole, forget_eases, forget_outages
from support.callers import Answer, Caller
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
    """The base of every kind of step."""

    world: ClassVar[World]

    def __init__(self) -> None:
        super().__init__()
        self.world.clock.set(BEGIN)
        self.world.run(forget_outages(self.world.resources))
        self.world.run(forget_eases(self.world.resources))
        self.record = LifeRecord()
        self.client = self.world.application.test_client()
        self.ada = Caller(self.client, self.record.subject)
        self.root = Caller(self.client, "root", ["admin"])
        self.services = {name: Caller(self.client, name, ["service"]) for name in ("exercises", "quizzes")}
        self.count = 0
        self.latest = BEGIN

    @property
    def now(self) -> datetime:
        """The service's now."""
        return self.world.clock.now()

    def ask(self, caller: Caller, method: str, path: str, json: object = None, **query: object) -> Answer:
        """Send one request. The answer is never a server error."""
        self.latest = max(self.latest, self.now)
        answer = self.world.run(caller.ask(method, path, json=json, query=query or None))
        assert answer.status < 500, answer.body
        return answer

    def streak(self) -> tuple[int, int]:
        """The current and the longest run that the learner sees now."""
        shown = self.ask(self.ada, "GET", "/progress").ok()["streak"]
        return shown["current_streak"], shown["longest_streak"]

    def sweep_first(self, swept: bool) -> None:
        """Take all due snapshots if `swept`, so that the next step must mark those it changes."""
        if swept:
            self.world.run(sweep(self.world.resources, self.now))

    def sent_activity(self, place: int) -> tuple[str, Raw]:
        """One of the activities sent, after its sender."""
        key = list(self.record.sent)[place % len(self.record.sent)]
        return key[0], self.record.sent[key]

    def caller_named(self, sender: str) -> Caller:
        """The caller that sends under this name."""
        return self.ada if sender == "learner" else self.services[sender]

    def send(self, sender: str, activities: list[Raw]) -> None:
        """Send a batch that must be accepted. More practice never lowers a streak, unless it names the first zone."""
        before = self.streak()
        beside = {} if sender == "learner" else {"learner_id": self.record.subject}
        body = self.ask(self.caller_named(sender), "POST", "/activities", {"activities": activities, **beside}).ok()
        assert [result["status"] for result in body["results"]] == ["accepted"] * len(activities)
        names_first_zone = self.record.learns_zone_from(activities)
        for activity in activities:
            self.record.add(sender, activity)
        if names_first_zone:
            return  # All days were reassigned.
        after = self.streak()
        assert after >= before, "practice lowered a streak"
        assert after[1] >= before[1], "practice lowered the longest streak"

    def new_id(self) -> str:
        """A new id for an activity of this life."""
        self.count += 1
        return f"a-{self.count}"

    def teardown(self) -> None:
        """At the end of a life everything must agree."""
        assert_whole(self.world, self.record, self.root if self.record.sent else self.ada)


class Practising(Living):
    """Activities: new, late, repeated, with other content, voided."""

    @initialize(days=strategies.integers(1, 20), days_ago=strategies.integers(0, 5))
    def begin(self, days: int, days_ago: int) -> None:
        """Most lives begin with a run that is alive or has just broken."""
        ends_at = self.now - days_ago * DAY
        what = {"verb": "completed", "object_type": "exercise", "topic": "loops", "object_id": "one", "value": 100}
        instants = [(ends_at - number * DAY).isoformat() for number in range(days)]
        self.send("exercises", [{"id": self.new_id(), "occurred_at": at, **what} for at in instants])

    @rule(
        sender=strategies.sampled_from(["exercises", "quizzes"]),
        kind=strategies.sampled_from(KINDS),
        days_ago=strategies.integers(0, 45),
        minute=minutes,
        skips=strategies.lists(strategies.sampled_from([1, 1, 1, 1, 1, 1, 2, 3]), min_size=1, max_size=16),
        topic=strategies.sampled_from([None, "loops", "strings"]),
        object_id=strategies.sampled_from([None, "one", "two"]),
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
        object_id: str | None,
        value: float | None,
        zone: str | None,
        once: bool,
    ) -> None:
        """A service reports practice on a stretch of days, recent or long ago, some of it with once-keys."""
        at = self.now - days_ago * DAY - minute * MINUTE
        optional: Raw = {
            "topic": topic,
            "object_id": object_id,
            "value": value,
            "zone": zone,
            "once_key": f"of {self.new_id()}" if once else None,
        }
        activities = []
        for skip in skips:
            required = {"id": self.new_id(), "verb": kind[0], "object_type": kind[1], "occurred_at": at.isoformat()}
            activities.append(required | {name: value for name, value in optional.items() if value is not None})
            at += skip * DAY
            if at > self.now:
                break
        self.send(sender, activities)

    @rule(minutes_ahead=strategies.integers(0, 5), zone=strategies.one_of(strategies.none(), zones))
    def practise_with_a_fast_clock(self, minutes_ahead: int, zone: str | None) -> None:
        """A service whose clock may be ahead of ours reports practice of this moment, perhaps where it is tomorrow."""
        at = (self.now + minutes_ahead * MINUTE).isoformat()
        what = {"id": self.new_id(), "verb": "completed", "object_type": "exercise", "occurred_at": at}
        self.send("exercises", [what if zone is None else what | {"zone": zone}])

    @rule(minute=minutes, days_ago=strategies.integers(0, 5))
    def practise_oneself(self, minute: int, days_ago: int) -> None:
        """The learner's own client reports practice."""
        at = self.now - days_ago * DAY - minute * MINUTE
        what = {"id": self.new_id(), "verb": "practised", "object_type": "session", "occurred_at": at.isoformat()}
        self.send("learner", [what])

    @precondition(lambda self: self.record.sent)
    @rule(place=places, otherwise=strategies.booleans())
    def send_again(self, place: int, otherwise: bool) -> None:
        """Send an existing id again, void or not: nothing changes."""
        sender, raw = self.sent_activity(place)
        if sender == "milepost":
            return  # No caller may use the service's own name.
        sent = raw | {"duration_seconds": 77} if otherwise else raw
        beside = {} if sender == "learner" else {"learner_id": self.record.subject}
        answer = self.ask(self.caller_named(sender), "POST", "/activities", {"activities": [sent], **beside})
        if datetime.fromisoformat(raw["occurred_at"]) > self.now + 5 * MINUTE:
            expected = (422, "rejected")  # The clock was set back, so the activity is in the future.
        else:
            expected = (409, "conflict") if otherwise else (200, "duplicate")
        assert (answer.status, answer.body["results"][0]["status"]) == expected

    @precondition(lambda self: self.record.sent)
    @rule(place=places, swept=strategies.booleans())
    def void(self, place: int, swept: bool) -> None:
        """Void an activity, perhaps for the second time."""
        self.sweep_first(swept)
        sender, raw = self.sent_activity(place)
        about = {"learner_id": self.record.subject, "sender": sender}
        self.ask(self.root, "DELETE", f"/activities/{raw['id']}", **about).ok()
        self.record.voided.add((sender, raw["id"]))


class Moving(Living):
    """Zones: claimed, changed, imported."""

    @rule(zone=zones)
    def write_with_a_zone_in_the_token(self, zone: str) -> None:
        """The learner's first write with a zone in its token sets the zone of the past too; later claims do nothing."""
        what = {"id": self.new_id(), "verb": "viewed", "object_type": "lesson", "occurred_at": self.now.isoformat()}
        caller = Caller(self.client, self.record.subject, zone=zone)
        body = self.ask(caller, "POST", "/activities", {"activities": [what]}).ok()
        assert body["results"][0]["status"] == "accepted"
        if not self.record.moves:
            self.record.replace_zones([(None, zone)])
        self.record.add("learner", what)

    @rule(zone=zones, swept=strategies.booleans())
    def move(self, zone: str, swept: bool) -> None:
        """Change the zone, which is allowed once a day."""
        self.sweep_first(swept)
        answer = self.ask(self.ada, "PATCH", "/me", {"zone": zone})
        if answer.status == 200:
            self.record.move(zone, self.now)
        else:
            answer.problem(409, "zone_changed_recently")

    @precondition(lambda self: self.record.sent)
    @rule(
        history=strategies.lists(
            strategies.tuples(strategies.integers(0, 60 * 24 * 60), zones), min_size=1, max_size=4
        ),
        without_beginning=strategies.booleans(),
        swept=strategies.booleans(),
    )
    def import_zones(self, history: list[tuple[int, str]], without_beginning: bool, swept: bool) -> None:
        """An administrator imports a zone history."""
        self.sweep_first(swept)
        starts = sorted({ago for ago, _ in history}, reverse=True)
        moves: list[tuple[datetime | None, str]] = [
            (None if without_beginning and not place else self.now - ago * MINUTE, zone)
            for place, (ago, (_, zone)) in enumerate(zip(starts, history, strict=False))
        ]
        body = [{"valid_from": since and since.isoformat(), "zone": zone} for since, zone in moves]
        self.ask(self.root, "PUT", f"/admin/learners/{self.record.subject}/zones", body).ok()
        self.record.replace_zones(moves)


class Choosing(Living):
    """Choices about what to see: they change what is answered, never what is kept."""

    @rule()
    def be_quiet_for_a_moment(self) -> None:
        """Quiet mode hides gains and nothing else; afterwards everything is shown as it was."""
        before = self.ask(self.ada, "GET", "/progress").ok()
        self.ask(self.ada, "PATCH", "/me", {"quiet": True}).ok()
        during = self.ask(self.ada, "GET", "/progress").ok()
        assert before.keys() - during.keys() == {"streak", "achievements", "achievement_points"}
        assert all(during[name] == before[name] for name in during.keys() - {"revision"})
        self.ask(self.ada, "PATCH", "/me", {"quiet": False}).ok()
        after = self.ask(self.ada, "GET", "/progress").ok()
        assert after == before | {"revision": before["revision"] + 2}
