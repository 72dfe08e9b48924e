"""Rebuilding projections from the log, and comparing them with it, learners by the batch, while the service runs.

A rebuild is resumable: how far it is stands in `backfills`. A check reads one snapshot of the database a batch, takes
no locks and writes nothing.
"""

from collections.abc import AsyncGenerator, Mapping, Sequence
from datetime import date, datetime
from typing import NamedTuple
from uuid import UUID

import asyncpg
import orjson
from sqlalchemy.ext.asyncio import AsyncEngine

from milepost.db.log.projections import MET_DAYS_OF_LOG, SKILLS, STREAK_COLUMNS, SUMMED, Projection
from milepost.db.tables import PLANNER_SUMS
from milepost.db.transactions import reading_one_snapshot, unit_of_work
from milepost.queries.achievements.catalogue import catalogue_in_force, stored_definitions
from milepost.queries.learners.facts import learner_facts
from milepost.queries.streaks.streaks import walk_streaks
from milepost.rules.achievements.earned_on import counts_achievements
from milepost.rules.policy import Policy
from milepost.rules.skills import level_for
from milepost.services.achievements.reconcile import due_settling
from milepost.services.activities.void import count_anew, still_counted
from milepost.services.cursors import NOBODY, advance, begin, finish, progress_of
from milepost.services.history.check import kept_and_by_log
from milepost.services.projections.planner_days import kept_and_due, replan_all
from milepost.services.projections.refill import lock_learners, rebuild_learners
from milepost.services.projections.running_totals import kept_and_by_log as totals_and_by_log

LEARNERS_A_BATCH = 200
ACTIVITIES_A_BATCH = 20_000
"""A batch ends with the learner that reaches it: this bounds how long a writer may have to wait."""

_EVERYBODY = UUID(int=2**128 - 1)
_NEXT = f"""
SELECT learner_id, activities FROM learners WHERE learner_id > $1 ORDER BY learner_id LIMIT {LEARNERS_A_BATCH}
"""
_PROJECTIONS = [one.table for one in SUMMED if one.table != "learners"]
# Also learners of whom only some rows are left: that is what a check has to find. Within bounds: the planner would
# rather read a whole table than skip from learner to learner.
_HALF_THERE = " UNION ".join(
    f"(SELECT DISTINCT learner_id FROM {table} WHERE learner_id > $1 AND learner_id <= $2"
    f" ORDER BY learner_id LIMIT {LEARNERS_A_BATCH})"
    for table in dict.fromkeys(("activities", *_PROJECTIONS, "planner_days", "daily_snapshots"))
)
# Who waits for the job is not compared: what is counted of them is known not to hold.
_DUE = "SELECT learner_id FROM learners WHERE rebuild_due_at IS NOT NULL AND learner_id = ANY($1::uuid[])"
_FIRST_DUE = "SELECT learner_id FROM learners WHERE rebuild_due_at IS NOT NULL ORDER BY activities, learner_id LIMIT $1"
_COUNT = "SELECT count(*) FROM learners"
_IS_KNOWN = (
    "SELECT 1 FROM learners WHERE learner_id = $1 UNION ALL SELECT 1 FROM activities WHERE learner_id = $1 LIMIT 1"
)
_POLICY_APPLIED = "SELECT policy_fingerprint FROM system_state"
_OUTAGES_SETTLED = """
SELECT s.activation IS NULL OR b.finished_at IS NOT NULL
FROM (SELECT max(activation) AS activation FROM outages) s LEFT JOIN backfills b ON b.name = 'outages:' || s.activation
"""

_STREAKS_KEPT = f"SELECT learner_id, {', '.join(STREAK_COLUMNS)} FROM learners WHERE learner_id = ANY($1::uuid[])"
_LEVELS_KEPT = f"""
SELECT s.learner_id, s.topic, s.level, m.graded, m.grade_milli
FROM skill_levels s JOIN ({SKILLS.from_log}) m USING (learner_id, topic)
WHERE s.learner_id = ANY($1::uuid[]) ORDER BY s.learner_id, s.topic
"""


class Difference(NamedTuple):
    """A field that does not hold what the log gives, or (`field` None) a row that is missing or one too many."""

    table: str
    learner_id: UUID
    key: Mapping[str, object]
    field: str | None
    stored: object
    by_log: object

    def __str__(self) -> str:
        place = " ".join([self.table, f"learner={self.learner_id}", *(f"{n}={v}" for n, v in self.key.items())])
        if self.field is None:
            return f"{place}: the row is {'missing' if self.stored is None else 'not in the log'}"
        return f"{place} {self.field}: {self.stored}, by the log {self.by_log}"


class Progress(NamedTuple):
    """How far a run is: learners `done` of about `total`, and what this batch found to differ.

    `waiting`: learners of this batch that were left out, because the worker is to rebuild them.
    """

    done: int
    total: int
    differences: Sequence[Difference] = ()
    waiting: Sequence[UUID] = ()


async def is_known(engine: AsyncEngine, learner_id: UUID) -> bool:
    """Whether anything was ever recorded of this learner."""
    async with reading_one_snapshot(engine) as work:
        return await work.raw.fetchval(_IS_KNOWN, learner_id) is not None


async def policy_is_applied(engine: AsyncEngine, policy: Policy) -> bool:
    """False while streaks and levels still come from other numbers than `policy`'s: the worker is at it."""
    async with reading_one_snapshot(engine) as work:
        applied: str = await work.raw.fetchval(_POLICY_APPLIED)
        return applied in ("", policy.fingerprint)


async def outages_are_settled(engine: AsyncEngine) -> bool:
    """False while the newest activation or withdrawal of an outage has yet to reach somebody: the worker is at it."""
    async with reading_one_snapshot(engine) as work:
        return bool(await work.raw.fetchval(_OUTAGES_SETTLED))


async def catalogue_is_applied(engine: AsyncEngine) -> bool:
    """False while there are learners the newest achievements have not been looked up for: the worker is at it."""
    async with reading_one_snapshot(engine) as work:
        return (await stored_definitions(work.raw)).is_applied


async def check(
    engine: AsyncEngine, policy: Policy, learner_id: UUID | None = None, only: str | None = None
) -> AsyncGenerator[Progress, None]:
    """Compare what is stored of everybody, or of one learner, with what the log gives. Yields after each batch.

    `only`: the projection of that name, of `canonical.NAMES`.
    """
    done, after = 0, NOBODY
    while True:
        async with reading_one_snapshot(engine) as work:
            learners = [learner_id] if learner_id else await _next_learners(work.raw, after)
            total = 1 if learner_id else await work.raw.fetchval(_COUNT)
            waiting = [row[0] for row in await work.raw.fetch(_DUE, learners)]
            compared = [one for one in learners if one not in waiting]
            found = await differences(work.raw, compared, policy, only) if compared else []
        done += len(learners)
        if learners:
            yield Progress(done, total, found, waiting)
        if learner_id or not learners:
            return
        after = learners[-1]


async def learners_due(engine: AsyncEngine, most: int) -> list[UUID]:
    """At most so many learners who wait to be rebuilt, those with the fewest activities first."""
    async with reading_one_snapshot(engine) as work:
        return [row[0] for row in await work.raw.fetch(_FIRST_DUE, most)]


async def rebuild_one(
    engine: AsyncEngine, learner_id: UUID, policy: Policy, now: datetime, only: str | None = None
) -> None:
    """Refill the projections of one learner, or the one of that name."""
    async with unit_of_work(engine) as work:
        await _refill(work.raw, [learner_id], policy, now, only)


async def rebuild(
    engine: AsyncEngine, policy: Policy, now: datetime, only: str | None = None
) -> AsyncGenerator[Progress, None]:
    """Refill the projections of everybody, or the one of that name; goes on where a run was cut off.

    Yields after each batch, which is committed. Several may run: they share the work.
    """
    name = f"rebuild:{only or 'all'}"
    async with unit_of_work(engine) as work:
        await begin(work.raw, name, now, anew=True)
    while True:
        async with unit_of_work(engine) as work:
            total = await work.raw.fetchval(_COUNT)
            cursor, done, finished_at = await progress_of(work.raw, name)
            learners = await _next_learners(work.raw, cursor) if finished_at is None else []
            if learners:
                await _refill(work.raw, learners, policy, now, only)
                await advance(work.raw, name, learners[-1], len(learners))
            else:
                await finish(work.raw, name, now)
        yield Progress(done + len(learners), total)
        if not learners:
            return


async def _refill(
    connection: asyncpg.Connection, learners: Sequence[UUID], policy: Policy, now: datetime, only: str | None
) -> None:
    await lock_learners(connection, learners)
    if only in (None, "planner"):
        await replan_all(connection, await learner_facts(connection, learners, policy))
    due = await still_counted(connection, learners) if only is None else {}
    others = [learner_id for learner_id in learners if learner_id not in due]
    if others:
        await rebuild_learners(connection, others, policy, now, only)
    if due:
        await count_anew(connection, due, policy, now)


async def _next_learners(connection: asyncpg.Connection, after: UUID) -> list[UUID]:
    """The next learners by id, as many as make up a batch."""
    batch: list[UUID] = []
    weight = 0
    rows = await connection.fetch(_NEXT, after)
    for learner_id, activities in rows:
        batch.append(learner_id)
        weight += activities
        if weight >= ACTIVITIES_A_BATCH:
            break
    ends_here = len(batch) < len(rows) or len(rows) == LEARNERS_A_BATCH
    until = batch[-1] if ends_here else _EVERYBODY
    half_there = [row[0] for row in await connection.fetch(_HALF_THERE, after, until)]
    return sorted({*batch, *half_there}, key=lambda learner: learner.int)[:LEARNERS_A_BATCH]


async def differences(
    connection: asyncpg.Connection, learners: Sequence[UUID], policy: Policy, only: str | None = None
) -> list[Difference]:
    """Everything that is stored of these learners and is not what the log gives, in the caller's one snapshot."""
    found: list[Difference] = []
    for projection in SUMMED:
        if only in (None, projection.name):
            rows = await connection.fetch(_differing(projection), learners)
            found += [one for row in rows for one in _by_field(projection, *row)]
    if only in (None, "levels"):
        found += await _differing_levels(connection, learners, policy)
    if only in (None, "streaks"):
        found += await _differing_streaks(connection, learners, policy)
    if only in (None, "snapshots"):
        found += await _differing_snapshots(connection, learners, policy)
    if only in (None, "running_totals"):
        found += await _differing_totals(connection, learners)
    if only in (None, "unlocks"):
        found += await _differing_unlocks(connection, learners, policy)
    if only in (None, "planner"):
        found += await _differing_planner_days(connection, learners, policy)
    return found


def _differing(projection: Projection) -> str:
    """Stored and made rows that are not the same, as JSON, so that every value can be shown."""
    same_key = " AND ".join(f"k.{name} = m.{name}" for name in projection.key)
    order = ", ".join(f"coalesce(k.{name}, m.{name})" for name in projection.key)
    kept, made = (", ".join(f"{side}.{name}" for name in projection.columns) for side in "km")
    stored = f"SELECT {projection.listed} FROM {projection.table} WHERE learner_id = ANY($1::uuid[])"
    return f"""
WITH kept AS ({stored}), made AS ({projection.from_log})
SELECT coalesce(k.learner_id, m.learner_id), to_jsonb(k)::text, to_jsonb(m)::text
FROM kept k FULL JOIN made m ON {same_key}
WHERE k.learner_id IS NULL OR m.learner_id IS NULL OR ({kept}) IS DISTINCT FROM ({made}) ORDER BY {order}
"""


def _by_field(projection: Projection, learner_id: UUID, kept: str | None, made: str | None) -> list[Difference]:
    stored = orjson.loads(kept) if kept else None
    by_log = orjson.loads(made) if made else None
    key = {name: (stored or by_log or {})[name] for name in projection.key if name != "learner_id"}
    return _differing_fields(projection.table, learner_id, key, stored, by_log)


async def _differing_levels(
    connection: asyncpg.Connection, learners: Sequence[UUID], policy: Policy
) -> list[Difference]:
    found = []
    for learner_id, topic, kept, graded, grade_milli in await connection.fetch(_LEVELS_KEPT, learners):
        level = level_for(graded, grade_milli, policy.skills, kept)
        if level != kept:
            found.append(Difference("skill_levels", learner_id, {"topic": topic}, "level", kept, level))
    return found


async def _differing_streaks(
    connection: asyncpg.Connection, learners: Sequence[UUID], policy: Policy
) -> list[Difference]:
    facts = await learner_facts(connection, learners, policy)
    walked = await walk_streaks(connection, facts, policy, MET_DAYS_OF_LOG)
    return [
        Difference("learners", learner_id, {}, name, kept, by_log)
        for learner_id, *stored in await connection.fetch(_STREAKS_KEPT, learners)
        for name, kept, by_log in zip(STREAK_COLUMNS, stored, walked[learner_id], strict=True)
        if kept != by_log
    ]


async def _differing_snapshots(
    connection: asyncpg.Connection, learners: Sequence[UUID], policy: Policy
) -> list[Difference]:
    found = []
    facts = await learner_facts(connection, learners, policy)
    for learner_id, kept, by_log in await kept_and_by_log(connection, facts, policy):
        for day in sorted({*kept, *by_log}):
            found += _differing_fields(
                "daily_snapshots", learner_id, {"day": day.isoformat()}, kept.get(day), by_log.get(day)
            )
    return found


async def _differing_totals(connection: asyncpg.Connection, learners: Sequence[UUID]) -> list[Difference]:
    found = []
    for learner_id, through, kept, by_log in await totals_and_by_log(connection, learners):
        found += _differing_fields("running_totals", learner_id, {"through": through.isoformat()}, kept, by_log)
    return found


def _differing_fields(
    table: str,
    learner_id: UUID,
    key: Mapping[str, object],
    kept: Mapping[str, object] | None,
    by_log: Mapping[str, object] | None,
) -> list[Difference]:
    if kept is None or by_log is None:
        return [Difference(table, learner_id, key, None, kept, by_log)]
    return [
        Difference(table, learner_id, key, name, stored, by_log[name])
        for name, stored in kept.items()
        if stored != by_log[name]
    ]


async def _differing_unlocks(
    connection: asyncpg.Connection, learners: Sequence[UUID], policy: Policy
) -> list[Difference]:
    """What is due and not held, dates that are not those of the days, and masks that do not say what is held."""
    facts = await learner_facts(connection, learners, policy)
    in_force = await catalogue_in_force(connection, policy)
    due = await due_settling(connection, facts, in_force, policy, dict.fromkeys(learners, date.max))
    found = []
    for learner_id, settled in due.items():
        for one in settled.unlocked:
            found.append(Difference("unlocks", learner_id, {"code": one.definition.code}, None, None, one.earned_on))
        for code, (kept, by_days) in settled.redated.items():
            # Dates of what counts achievements follow from dates that no log gives, those of skill levels for one, and
            # from when each came: outside the law.
            entry = in_force.catalogue.entries.get(code)
            if entry is not None and counts_achievements(entry.definition):
                continue
            found.append(Difference("unlocks", learner_id, {"code": code}, "earned_on", kept, by_days))
        if settled.mask != settled.kept_mask and not settled.unlocked:
            found.append(Difference("learners", learner_id, {}, "unlocked", settled.kept_mask, settled.mask))
    return found


async def _differing_planner_days(
    connection: asyncpg.Connection, learners: Sequence[UUID], policy: Policy
) -> list[Difference]:
    found = []
    for learner_id, facts in (await learner_facts(connection, learners, policy)).items():
        kept, due = await kept_and_due(connection, learner_id, facts.zones)
        for day, category in sorted({*kept, *due}):
            stored, by_plans = kept.get((day, category)), due.get((day, category))
            key: dict[str, object] = {"day": day.isoformat(), "category": category}
            found += _differing_fields("planner_days", learner_id, key, _planner_sums(stored), _planner_sums(by_plans))
    return found


def _planner_sums(sums: Sequence[int] | None) -> dict[str, object] | None:
    return None if sums is None else dict(zip(PLANNER_SUMS, sums, strict=True))
