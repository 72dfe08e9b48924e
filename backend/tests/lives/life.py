"""One learner's life, lived through the API of the real service in this process, for tests that make one up as they go.

`World` holds the application, which runs in a thread of its own, so that a plain function can ask step by step. `Lived`
is what a test knows by itself of what it has told; what the service knows as facts is read from its tables.
"""

import asyncio
import threading
import tomllib
from collections.abc import Coroutine, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import Any, TypeVar
from uuid import UUID

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
from support.callers import Answered, Caller, uuid_of
from support.clock import AdjustableClock

T = TypeVar("T")
DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)
Raw = dict[str, Any]
Key = tuple[str, str]

POLICY = tomllib.loads((config_dir() / "policy.toml").read_text("utf-8"))
BEGIN = datetime(2026, 3, 20, 12, 0, tzinfo=UTC)
"""Clocks change in the weeks that follow, on many days."""
FIRST, LAST = date(2026, 1, 30), date(2026, 6, 10)
"""Nothing of a life lies outside these dates."""

_LOG = """
SELECT sender, id, verb, object_type, topic, path, difficulty, value_milli, duration_seconds, hints_used, points,
    once_key, zone, occurred_at
FROM activities WHERE learner_id = $1 AND voided_at IS NULL ORDER BY sender, id
"""
_ZONES = "SELECT nullif(valid_from, '-infinity'), zone FROM learner_zones WHERE learner_id = $1 ORDER BY valid_from"
_EXCUSES = "SELECT first_day, last_day FROM streak_excuses WHERE learner_id = $1"
_OUTAGES = "SELECT starts_at, ends_at FROM outages WHERE state = 'active'"


class World:
    """The application and its clock. `ask` waits for one coroutine in the application's thread."""

    def __init__(self, settings: Settings) -> None:
        self.clock = AdjustableClock(BEGIN)
        application = create_app(settings, self.clock)
        assert isinstance(application, Application)
        self.application = application
        self._loop = asyncio.new_event_loop()

    def ask(self, work: Coroutine[Any, Any, T]) -> T:
        """What the coroutine returns or raises."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(60)

    @property
    def held(self) -> Resources:
        """What the application works with."""
        held = self.application.state.resources
        assert held is not None
        return held

    @contextmanager
    def open(self) -> Iterator["World"]:
        """Started, and stopped at the end."""
        thread = threading.Thread(target=self._loop.run_forever)
        thread.start()
        running = self.application.test_app()
        try:
            self.ask(running.startup())
            yield self
            self.ask(running.shutdown())
        finally:
            self._loop.call_soon_threadsafe(self._loop.stop)
            thread.join()
            self._loop.close()


@dataclass
class Lived:
    """What a test has told of one learner: where it lived as far as known, and by which history each day was decided.

    A stored day changes when the first zone becomes known and when a history is imported, and never otherwise.
    """

    subject: str = field(default_factory=new_learner)
    moves: list[tuple[datetime | None, str]] = field(default_factory=list)
    told: dict[Key, Raw] = field(default_factory=dict)
    voided: set[Key] = field(default_factory=set)
    decided_by: dict[Key, brute.Moves] = field(default_factory=dict)

    @property
    def in_force(self) -> brute.Moves:
        """Its zones, or the assumed one."""
        return self.moves or [(None, POLICY["days"]["assumed_zone"])]

    def tell(self, sender: str, activity: Raw) -> None:
        """An activity the service has taken."""
        key = (sender, activity["id"])
        self.told[key] = activity
        self.decided_by[key] = list(self.in_force)

    def live_in(self, moves: brute.Moves) -> None:
        """The whole past moves along."""
        self.moves = list(moves)
        self.decided_by = {key: list(moves) for key in self.decided_by}

    def move(self, zone: str, now: datetime) -> None:
        """From now on somewhere else; the first zone ever named holds for the past too."""
        if not self.moves:
            self.live_in([(None, zone)])
        elif self.moves[-1][1] != zone:
            if self.moves[-1][0] == now:
                self.moves.pop()
            self.moves = [*self.moves, (now, zone)]


@dataclass(frozen=True)
class Facts:
    """What stands in the service's tables of facts: the log without what was taken back, excuses, active outages."""

    log: dict[Key, Raw]
    zones: list[tuple[datetime | None, str]]
    excuses: list[tuple[date, date]]
    outages: list[tuple[datetime, datetime]]


async def facts_of(held: Resources, learner_id: UUID) -> Facts:
    """Read the facts of a learner."""
    async with held.database.pools.intake.acquire() as connection:
        log = await connection.fetch(_LOG, learner_id)
        return Facts(
            {(row["sender"], row["id"]): _raw(row) for row in log},
            [tuple(row) for row in await connection.fetch(_ZONES, learner_id)],
            [tuple(row) for row in await connection.fetch(_EXCUSES, learner_id)],
            [tuple(row) for row in await connection.fetch(_OUTAGES)],
        )


def _raw(row: Mapping[str, Any]) -> Raw:
    """As it was posted: the oracle takes nothing else."""
    raw = {name: value for name, value in row.items() if value is not None}
    if "value_milli" in raw:
        raw["value"] = raw.pop("value_milli") / 1000
    return raw


async def forget_outages(held: Resources) -> None:
    """So that the next life begins without any: they are everybody's."""
    async with held.database.pools.intake.acquire() as connection:
        await connection.execute("DELETE FROM outages")
        await connection.execute("DELETE FROM backfills WHERE name LIKE 'outages:%'")


async def kept_of(held: Resources, learner_id: UUID) -> dict[str, Any]:
    """The projections of a learner, after a check of them against the log and a rebuild that changes nothing."""
    async with held.database.pools.intake.acquire() as connection, connection.transaction():
        as_it_came = await canonical(connection, learner_id)
        assert await differences(connection, [learner_id], held.policy) == []
        await lock_learners(connection, [learner_id])
        await rebuild_learners(connection, [learner_id], held.policy, held.clock.now())
        assert await canonical(connection, learner_id) == as_it_came
        return as_it_came


@lru_cache(maxsize=64)
def _calendar(moves: tuple[tuple[datetime | None, str], ...]) -> brute.WallCalendar:
    return brute.WallCalendar(moves, FIRST, LAST)


class Looked:
    """A life as the naive sees it, from the facts and the test's own knowledge of where the learner lived."""

    def __init__(self, lived: Lived, facts: Facts) -> None:
        self.moves = lived.in_force
        self.log = [
            {**raw, "zone": raw.get("zone") or zone_at(lived.decided_by[key], raw["occurred_at"])}
            for key, raw in facts.log.items()
        ]
        self.wall = _calendar(tuple(self.moves))
        self.excused = self.wall.travel_days() | self.wall.never_shown()
        for first, last in facts.excuses:
            self.excused.update(brute.dates(first, last))
        for starts_at, ends_at in facts.outages:
            self.excused |= self.wall.dates_during(starts_at, ends_at)

    def counted(self) -> dict[str, Any]:
        """Every projection."""
        return oracle.expected(self.log, "UTC", POLICY, self.excused)

    def met(self, until: datetime | None = None) -> dict[date, datetime]:
        """Met days, each with the first instant that met it; only by activities up to an instant."""
        met: dict[date, datetime] = {}
        for raw in self.log:
            at = raw["occurred_at"]
            if oracle.kind_of(raw, POLICY)["streak"] and (until is None or at <= until):
                day = oracle.local_day(raw, "UTC")
                met[day] = min(at, met.get(day, at))
        return met

    def standing(self, now: datetime, until: datetime | None = None) -> brute.Standing:
        """The streak at `now`."""
        here = _calendar(((None, zone_at(self.moves, now)),))
        return brute.streak(self.met(until), self.excused, self.wall.date_at(now), here)


def zone_at(moves: brute.Moves, instant: datetime) -> str:
    """The newest zone begun by then; before the first, the first."""
    name = moves[0][1]
    for since, later in moves[1:]:
        if since is not None and since <= instant:
            name = later
    return name


def assert_shows(answer: Answered, standing: brute.Standing, day: date | None = None) -> None:
    """A streak on the wire says what was found, and its calendar, if it has one, explains each day up to `day` so."""
    shown = answer.ok().get("streak") or answer.body
    expires_at = shown["expires_at"] and datetime.fromisoformat(shown["expires_at"])
    found = (shown["current_streak"], shown["longest_streak"], shown["freezes"], shown["state"], expires_at)
    assert found == (standing.current, standing.longest, standing.freezes, standing.state, standing.expires_at)
    assert shown["paused"] == standing.paused
    assert shown["freezes"] >= 0
    assert shown["freezes_pending"] >= 0
    for entry in answer.body.get("calendar", []):
        one = date.fromisoformat(entry["day"])
        if day is not None and one in standing.days and one <= day:
            assert entry["state"] == standing.days[one], entry


def assert_whole(world: World, lived: Lived, asking: Caller) -> None:
    """Told, log, projections, rebuild, oracle and what readers are shown say the same; readers also before jobs ran."""
    learner_id = UUID(uuid_of(lived.subject))
    facts = world.ask(facts_of(world.held, learner_id))
    there = {(*key, raw["occurred_at"]) for key, raw in facts.log.items()}
    told = {(*key, datetime.fromisoformat(raw["occurred_at"])) for key, raw in lived.told.items()}
    assert there == {one for one in told if one[:2] not in lived.voided}
    assert [zone for _, zone in facts.zones] == [zone for _, zone in lived.moves]
    assert [since for since, _ in facts.zones[1:]] == [since for since, _ in lived.moves[1:]]
    looked = Looked(lived, facts)
    _assert_shown(world, looked, lived, asking)
    world.ask(settle_outages(world.held))
    if lived.told:
        kept = world.ask(kept_of(world.held, learner_id))
        for part, values in looked.counted().items():
            assert without_last_day(kept[part]) == values, part
    _assert_shown(world, looked, lived, asking)


def _assert_shown(world: World, looked: Looked, lived: Lived, asking: Caller) -> None:
    now = world.clock.now()
    if any(since is not None and since > now for since, _ in lived.moves):
        return  # The clock was set back to before a move: what is today, until it gets there again, nobody promises.
    standing, today = looked.standing(now), looked.wall.date_at(now)
    assert_shows(world.ask(asking.get("/progress", learner_id=lived.subject)), standing)
    assert_shows(world.ask(asking.get("/progress/streak", learner_id=lived.subject)), standing, today)
    _assert_history(world.ask(asking.get("/progress/history", learner_id=lived.subject, days=60)), looked, today)


def _assert_history(answer: Answered, looked: Looked, today: date) -> None:
    met = looked.met()
    for shown in answer.ok()["days"]:
        day = date.fromisoformat(shown["snapshot_date"])
        then = oracle.streak_on(day, [one for one in met if one <= day], "UTC", POLICY, looked.excused)
        assert (shown["current_streak"], shown["longest_streak"]) == (then["current_streak"], then["longest_streak"]), (
            day
        )
    assert answer.body["days"][-1]["snapshot_date"] == today.isoformat()


def without_last_day(part: dict[Any, Any]) -> dict[Any, Any]:
    """The oracle does not tell on which day a topic was practised last."""
    return {
        key: {name: value for name, value in row.items() if name != "last_day"} if isinstance(row, dict) else row
        for key, row in part.items()
    }
