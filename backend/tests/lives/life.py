"""One learner's life through the API of the real service in this process, for stateful tests that generate it.

`World` holds the application, which runs in its own thread, so that synchronous code can call it step by step.
`LifeRecord` is the test's own record of what it has sent; the service's facts are read from its tables.
"""

import asyncio
import threading
import tomllib
from collections.abc import Coroutine, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import Any, TypeVar
from uuid import UUID

from lives.replayed_timeline import assert_replayed
from milepost.api.edge.application import Application
from milepost.app import create_app
from milepost.db.learner_row import lock_learners
from milepost.jobs.sweeps import settle_outages
from milepost.resources import Resources
from milepost.services.projections.refill import rebuild_learners
from milepost.services.rebuild.check import differences
from milepost.settings import Settings, config_dir
from oracles import brute, oracle
from oracles.stored_state import canonical
from support.builders import new_learner
from support.callers import Answer, Caller, uuid_of
from support.clock import AdjustableClock

T = TypeVar("T")
DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)
Raw = dict[str, Any]
Key = tuple[str, str]

POLICY = tomllib.loads((config_dir() / "policy.toml").read_text("utf-8"))
BEGIN = datetime(2026, 3, 20, 12, 0, tzinfo=UTC)
"""In the following weeks clocks change on many days."""
FIRST, LAST = date(2026, 1, 30), date(2026, 6, 10)
"""All dates of a life are within these."""

_LOG = """
SELECT sender, id, verb, object_type, object_id, topic, path, difficulty, value_milli, duration_seconds, hints_used,
    points, once_key, zone, occurred_at, received_at
FROM activities WHERE learner_id = $1 AND voided_at IS NULL ORDER BY sender, id
"""
_ZONES = "SELECT nullif(valid_from, '-infinity'), zone FROM learner_zones WHERE learner_id = $1 ORDER BY valid_from"
_EXCUSES = "SELECT first_day, last_day FROM streak_excuses WHERE learner_id = $1"
_OUTAGES = "SELECT starts_at, ends_at FROM outages WHERE state = 'active'"
_EASES = """
SELECT valid_from, NULL, NULL, ease FROM ease_publications
UNION ALL SELECT valid_from, topic, object_id, shift FROM eases
"""
_FORGET_EASES = """
TRUNCATE eases, ease_publications, ease_sums;
DELETE FROM backfills WHERE name LIKE 'eases:%';
UPDATE ease_state SET revision = revision + 1, seen_until = NULL
"""


class World:
    """The application and its clock. `run` waits for one coroutine in the application's thread."""

    def __init__(self, settings: Settings) -> None:
        self.clock = AdjustableClock(BEGIN)
        application = create_app(settings, self.clock)
        assert isinstance(application, Application)
        self.application = application
        self._loop = asyncio.new_event_loop()

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Return or raise what the coroutine does."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(60)

    @property
    def resources(self) -> Resources:
        """The application's open resources."""
        resources = self.application.state.resources
        assert resources is not None
        return resources

    @contextmanager
    def open(self) -> Iterator["World"]:
        """Start the application, and stop it at the end."""
        thread = threading.Thread(target=self._loop.run_forever)
        thread.start()
        running = self.application.test_app()
        try:
            self.run(running.startup())
            yield self
            self.run(running.shutdown())
        finally:
            self._loop.call_soon_threadsafe(self._loop.stop)
            thread.join()
            self._loop.close()


@dataclass
class LifeRecord:
    """A test's own record of one learner: its zone history, the activities sent, and the zones that decided each day.

    A stored day changes only when the first zone becomes known and when a zone history is imported.
    """

    subject: str = field(default_factory=new_learner)
    moves: list[tuple[datetime | None, str]] = field(default_factory=list)
    sent: dict[Key, Raw] = field(default_factory=dict)
    voided: set[Key] = field(default_factory=set)
    decided_by: dict[Key, brute.Moves] = field(default_factory=dict)

    @property
    def in_force(self) -> brute.Moves:
        """The learner's zones, or the assumed one."""
        return self.moves or [(None, POLICY["days"]["assumed_zone"])]

    def learns_zone_from(self, activities: Sequence[Raw]) -> bool:
        """Take the zone of the earliest activity that names one, if none is known yet. Returns whether it did."""
        naming = [activity for activity in activities if activity.get("zone")]
        if self.moves or not naming:
            return False
        earliest = min(naming, key=lambda activity: (datetime.fromisoformat(activity["occurred_at"]), activity["id"]))
        self.replace_zones([(None, earliest["zone"])])
        return True

    def add(self, sender: str, activity: Raw) -> None:
        """Record an activity that the service has accepted."""
        key = (sender, activity["id"])
        self.sent[key] = activity
        self.decided_by[key] = list(self.in_force)

    def replace_zones(self, moves: brute.Moves) -> None:
        """Replace the zone history, which reassigns all days."""
        self.moves = list(moves)
        self.decided_by = {key: list(moves) for key in self.decided_by}

    def move(self, zone: str, now: datetime) -> None:
        """Change the zone from `now` on. The first known zone also applies to the past."""
        if not self.moves:
            self.replace_zones([(None, zone)])
        elif self.moves[-1][1] != zone:
            if self.moves[-1][0] == now:
                self.moves.pop()
            self.moves = [*self.moves, (now, zone)]


@dataclass(frozen=True)
class Facts:
    """The contents of the service's fact tables: the log without voided activities, zones, excuses, active outages, and
    published eases.
    """

    log: dict[Key, Raw]
    zones: list[tuple[datetime | None, str]]
    excuses: list[tuple[date, date]]
    outages: list[tuple[datetime, datetime]]
    eases: dict[date, dict[tuple[str, str] | None, float]]


async def facts_of(resources: Resources, learner_id: UUID) -> Facts:
    """Read the facts of a learner."""
    async with resources.database.pools.intake.acquire() as connection:
        log = await connection.fetch(_LOG, learner_id)
        eases: dict[date, dict[tuple[str, str] | None, float]] = {}
        for valid_from, topic, object_id, value in await connection.fetch(_EASES):
            eases.setdefault(valid_from, {})[None if topic is None else (topic, object_id)] = value
        return Facts(
            {(row["sender"], row["id"]): _raw(row) for row in log},
            [tuple(row) for row in await connection.fetch(_ZONES, learner_id)],
            [tuple(row) for row in await connection.fetch(_EXCUSES, learner_id)],
            [tuple(row) for row in await connection.fetch(_OUTAGES)],
            eases,
        )


def _raw(row: Mapping[str, Any]) -> Raw:
    """The activity as it was posted, the format that the oracle takes."""
    raw = {name: value for name, value in row.items() if value is not None}
    if "value_milli" in raw:
        raw["value"] = raw.pop("value_milli") / 1000
    return raw


async def forget_outages(resources: Resources) -> None:
    """Delete all outages, which affect every learner, so that the next life begins without any."""
    async with resources.database.pools.intake.acquire() as connection:
        await connection.execute("DELETE FROM outages")
        await connection.execute("DELETE FROM backfills WHERE name LIKE 'outages:%'")


async def forget_eases(resources: Resources) -> None:
    """Delete all published eases, so that the next life begins without any."""
    async with resources.database.pools.intake.acquire() as connection:
        await connection.execute(_FORGET_EASES)


async def checked_projections(resources: Resources, learner_id: UUID) -> dict[str, Any]:
    """The learner's projections, after checking that they match the log and that a rebuild does not change them."""
    async with resources.database.pools.intake.acquire() as connection, connection.transaction():
        before_rebuild = await canonical(connection, learner_id)
        assert await differences(connection, [learner_id], resources.policy) == []
        await lock_learners(connection, [learner_id])
        await rebuild_learners(connection, [learner_id], resources.policy, resources.clock.now())
        assert await canonical(connection, learner_id) == before_rebuild
        return before_rebuild


@lru_cache(maxsize=64)
def _calendar(moves: tuple[tuple[datetime | None, str], ...]) -> brute.WallCalendar:
    return brute.WallCalendar(moves, FIRST, LAST)


class NaiveLife:
    """What a naive count expects of a life, from the facts and the test's own record of the zones."""

    def __init__(self, record: LifeRecord, facts: Facts) -> None:
        self.moves = record.in_force
        self.eases = facts.eases
        self.log = [
            {**raw, "home": zone_at(record.decided_by[key], min(raw["occurred_at"], raw["received_at"]))}
            for key, raw in facts.log.items()
        ]
        self.wall = _calendar(tuple(self.moves))
        self.excused = self.wall.travel_days() | self.wall.never_shown()
        for first, last in facts.excuses:
            self.excused.update(brute.dates(first, last))
        for starts_at, ends_at in facts.outages:
            self.excused |= self.wall.dates_during(starts_at, ends_at)

    def counted(self) -> dict[str, Any]:
        """The expected projections."""
        return oracle.expected(self.log, "UTC", POLICY, self.excused, self.eases)

    def met(self, until: datetime | None = None) -> dict[date, datetime]:
        """Met days, each with the first instant that met it; with `until`, only by activities up to that instant."""
        met: dict[date, datetime] = {}
        for raw in self.log:
            at = raw["occurred_at"]
            if oracle.kind_of(raw, POLICY)["streak"] and (until is None or at <= until):
                day = oracle.local_day(raw, "UTC")
                met[day] = min(at, met.get(day, at))
        return met

    def standing(self, now: datetime, until: datetime | None = None) -> brute.Standing:
        """The expected streak at `now`."""
        here = _calendar(((None, zone_at(self.moves, now)),))
        return brute.streak(self.met(until), self.excused, self.wall.date_at(now), here)


def zone_at(moves: brute.Moves, instant: datetime) -> str:
    """The last zone that began by then; before the first, the first."""
    name = moves[0][1]
    for since, later in moves[1:]:
        if since is not None and since <= instant:
            name = later
    return name


def assert_shows(answer: Answer, standing: brute.Standing, day: date | None = None) -> None:
    """The streak in an answer is as expected, and so is each day up to `day` in its calendar, if it has one."""
    shown = answer.ok().get("streak") or answer.body
    expires_at = shown["expires_at"] and datetime.fromisoformat(shown["expires_at"])
    values = (shown["current_streak"], shown["longest_streak"], shown["freezes"], shown["state"], expires_at)
    assert values == (standing.current, standing.longest, standing.freezes, standing.state, standing.expires_at)
    assert shown["paused"] == standing.paused
    assert shown["freezes"] >= 0
    assert shown["freezes_pending"] >= 0
    for entry in answer.body.get("calendar", []):
        entry_day = date.fromisoformat(entry["day"])
        if day is not None and entry_day in standing.days and entry_day <= day:
            assert entry["state"] == standing.days[entry_day], entry


def assert_whole(world: World, record: LifeRecord, asking: Caller) -> None:
    """The test's record, log, projections, rebuild, oracle and answers agree; answers also before jobs have run."""
    learner_id = UUID(uuid_of(record.subject))
    facts = world.run(facts_of(world.resources, learner_id))
    logged = {(*key, raw["occurred_at"]) for key, raw in facts.log.items()}
    sent = {(*key, datetime.fromisoformat(raw["occurred_at"])) for key, raw in record.sent.items()}
    assert logged == {activity for activity in sent if activity[:2] not in record.voided}
    assert [zone for _, zone in facts.zones] == [zone for _, zone in record.moves]
    assert [since for since, _ in facts.zones[1:]] == [since for since, _ in record.moves[1:]]
    naive = NaiveLife(record, facts)
    _assert_shown(world, naive, record, asking)
    world.run(settle_outages(world.resources))
    if record.sent:
        kept = world.run(checked_projections(world.resources, learner_id))
        for part, values in naive.counted().items():
            assert without_last_day(kept[part]) == values, part
    _assert_shown(world, naive, record, asking)


def _assert_shown(world: World, naive: NaiveLife, record: LifeRecord, asking: Caller) -> None:
    now = world.clock.now()
    if any(since is not None and since > now for since, _ in record.moves):
        return  # The clock is behind a move: the service's today is in the newest zone, the oracle's in the one before.
    standing, today = naive.standing(now), naive.wall.date_at(now)
    assert_shows(world.run(asking.get("/progress", learner_id=record.subject)), standing)
    assert_shows(world.run(asking.get("/progress/streak", learner_id=record.subject)), standing, today)
    _assert_history(world.run(asking.get("/progress/history", learner_id=record.subject, days=60)), naive, now)
    if record.sent:
        path = f"/admin/learners/{record.subject}/timeline"
        told = world.run(asking.get(path, from_=FIRST.isoformat()))
        assert_replayed(told, naive.met(), standing, _calendar(((None, zone_at(record.in_force, now)),)))


def _assert_history(answer: Answer, naive: NaiveLife, now: datetime) -> None:
    met, today, standing = naive.met(), naive.wall.date_at(now), naive.standing(now)
    for shown in answer.ok()["days"]:
        day = date.fromisoformat(shown["snapshot_date"])
        then = oracle.streak_on(day, [met_day for met_day in met if met_day <= day], "UTC", POLICY, naive.excused)
        if day == today:  # A date ahead may have been met already: the learner flew west.
            then |= {"current_streak": standing.current, "longest_streak": standing.longest}
        assert (shown["current_streak"], shown["longest_streak"]) == (then["current_streak"], then["longest_streak"]), (
            day
        )
    assert answer.body["days"][-1]["snapshot_date"] == today.isoformat()


def without_last_day(part: dict[Any, Any]) -> dict[Any, Any]:
    """Removes the last day of topics, which the oracle does not know."""
    return {
        key: {name: value for name, value in row.items() if name != "last_day"} if isinstance(row, dict) else row
        for key, row in part.items()
    }
