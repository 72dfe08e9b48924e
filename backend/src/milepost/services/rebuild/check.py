"""Comparing what is kept with what the log gives."""

from collections.abc import AsyncGenerator, Mapping, Sequence
from datetime import date
from uuid import UUID

import orjson

from milepost.db.connection import Reading
from milepost.db.database import Database
from milepost.db.log.projections import MET_DAYS_OF_LOG, SKILLS, STREAK_COLUMNS, SUMMED, Projection
from milepost.db.tables import PLANNER_SUMS
from milepost.queries.achievements.catalogue import catalogue_in_force, stored_definitions
from milepost.queries.learners.facts import learner_facts
from milepost.queries.streaks.streaks import walk_streaks
from milepost.rules.achievements.earned_on import counts_achievements
from milepost.rules.policy import Policy
from milepost.rules.skills import level_for
from milepost.services.achievements.reconcile import due_reconciling
from milepost.services.cursors import START_CURSOR
from milepost.services.history.check import stored_and_expected_snapshots
from milepost.services.projections.planner_days import kept_and_due
from milepost.services.projections.running_totals import kept_and_by_log as totals_and_by_log
from milepost.services.rebuild.batches import _COUNT, _next_learners
from milepost.services.rebuild.report import Difference, Progress

# Who waits for the job is not compared: what is counted of them is known not to hold.
_DUE = "SELECT learner_id FROM learners WHERE rebuild_due_at IS NOT NULL AND learner_id = ANY($1::uuid[])"


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


async def policy_is_applied(database: Database, policy: Policy) -> bool:
    """False while streaks and levels still come from other numbers than `policy`'s: the worker is at it."""
    async with database.snapshot() as connection:
        applied: str = await connection.fetchval(_POLICY_APPLIED)
        return applied in ("", policy.fingerprint)


async def outages_are_settled(database: Database) -> bool:
    """False while the newest activation or withdrawal of an outage has yet to reach somebody: the worker is at it."""
    async with database.snapshot() as connection:
        return bool(await connection.fetchval(_OUTAGES_SETTLED))


async def catalogue_is_applied(database: Database) -> bool:
    """False while there are learners the newest achievements have not been looked up for: the worker is at it."""
    async with database.snapshot() as connection:
        return (await stored_definitions(connection)).is_applied


async def check(
    database: Database, policy: Policy, learner_id: UUID | None = None, only: str | None = None
) -> AsyncGenerator[Progress, None]:
    """Compare what is stored of everybody, or of one learner, with what the log gives. Yields after each batch.

    `only`: the projection of that name, of `canonical.NAMES`.
    """
    done, after = 0, START_CURSOR
    while True:
        async with database.snapshot() as connection:
            learners = [learner_id] if learner_id else await _next_learners(connection, after)
            total = 1 if learner_id else await connection.fetchval(_COUNT)
            waiting = [row[0] for row in await connection.fetch(_DUE, learners)]
            compared = [one for one in learners if one not in waiting]
            found = await differences(connection, compared, policy, only) if compared else []
        done += len(learners)
        if learners:
            yield Progress(done, total, found, waiting)
        if learner_id or not learners:
            return
        after = learners[-1]


async def differences(
    connection: Reading, learners: Sequence[UUID], policy: Policy, only: str | None = None
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


async def _differing_levels(connection: Reading, learners: Sequence[UUID], policy: Policy) -> list[Difference]:
    found = []
    for learner_id, topic, kept, graded, grade_milli in await connection.fetch(_LEVELS_KEPT, learners):
        level = level_for(graded, grade_milli, policy.skills, kept)
        if level != kept:
            found.append(Difference("skill_levels", learner_id, {"topic": topic}, "level", kept, level))
    return found


async def _differing_streaks(connection: Reading, learners: Sequence[UUID], policy: Policy) -> list[Difference]:
    facts = await learner_facts(connection, learners, policy)
    walked = await walk_streaks(connection, facts, policy, MET_DAYS_OF_LOG)
    return [
        Difference("learners", learner_id, {}, name, kept, by_log)
        for learner_id, *stored in await connection.fetch(_STREAKS_KEPT, learners)
        for name, kept, by_log in zip(STREAK_COLUMNS, stored, walked[learner_id], strict=True)
        if kept != by_log
    ]


async def _differing_snapshots(connection: Reading, learners: Sequence[UUID], policy: Policy) -> list[Difference]:
    found = []
    facts = await learner_facts(connection, learners, policy)
    for learner_id, kept, by_log in await stored_and_expected_snapshots(connection, facts, policy):
        for day in sorted({*kept, *by_log}):
            found += _differing_fields(
                "daily_snapshots", learner_id, {"day": day.isoformat()}, kept.get(day), by_log.get(day)
            )
    return found


async def _differing_totals(connection: Reading, learners: Sequence[UUID]) -> list[Difference]:
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


async def _differing_unlocks(connection: Reading, learners: Sequence[UUID], policy: Policy) -> list[Difference]:
    """What is due and not held, dates that are not those of the days, and masks that do not say what is held."""
    facts = await learner_facts(connection, learners, policy)
    in_force = await catalogue_in_force(connection, policy)
    due = await due_reconciling(connection, facts, in_force, policy, dict.fromkeys(learners, date.max))
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


async def _differing_planner_days(connection: Reading, learners: Sequence[UUID], policy: Policy) -> list[Difference]:
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
