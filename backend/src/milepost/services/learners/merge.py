"""Merges one learner into another: two accounts of one person. The log, plans, goals and awards of both become one's.

Facts are moved and projections rebuilt, so what is counted afterwards is what the united log gives. Where both have a
row of the same key, the target's stays; activities, once-keys, unlocks, categories and notices have rules of their own.
"""

from datetime import date, datetime
from typing import NamedTuple
from uuid import UUID

from milepost.db.connection import Reading, Writing
from milepost.db.database import Database
from milepost.db.departures import count_departure, departed_among
from milepost.db.learner_row import lock_learners
from milepost.db.tables import metadata
from milepost.db.tables.exported_columns import learner_tables
from milepost.errors import Conflict, Departed, Fault, Invalid, LearnersGone, NotFound
from milepost.queries.learners.facts import learner_facts
from milepost.rules.days.calendar import ZoneHistory, local_day
from milepost.rules.policy import Policy
from milepost.services import audit
from milepost.services.cursors import step_cursors_off
from milepost.services.learners.erasure import in_a_transaction
from milepost.services.learners.merged_rows import UNITE_CATEGORIES, UNITE_LOGS, UNITE_UNLOCKS
from milepost.services.learners.zones import adopt_zones, decide_days_again
from milepost.services.notices import move_notices
from milepost.services.projections.goal_periods import settle_goals_of
from milepost.services.projections.goal_versions import recheck_goals
from milepost.services.projections.planner_days import replan
from milepost.services.projections.refill import rebuild_learners

_LEFT_BEHIND = frozenset(("former_ids", "idempotency_keys", "learner_zones", "learners", "notices"))
"""Facts and awards that are not copied: the source's zones are not the target's, keys belong to its tokens."""

_COUNTS = "SELECT learner_id, activities FROM learners WHERE learner_id = ANY($1::uuid[]) AND erasing_at IS NULL"
_REACH_REVISION = """
UPDATE learners t SET revision = greatest(t.revision, s.revision), days_revision = t.days_revision + 1
FROM learners s WHERE t.learner_id = $2 AND s.learner_id = $1
"""
_REVISION = "SELECT revision FROM learners WHERE learner_id = $1"
_DAYS = "SELECT local_day FROM activity_days WHERE learner_id = $1"
_FORMER_IDS = """
WITH earlier AS (DELETE FROM former_ids WHERE learner_id = $1 RETURNING former_id, merged_at)
INSERT INTO former_ids (learner_id, former_id, merged_at, departure)
SELECT $2::uuid, former_id, merged_at, $4::bigint FROM earlier UNION ALL SELECT $2, $1, $3::timestamptz, $4
"""


class Merged(NamedTuple):
    """The learner who remains, and its revision."""

    learner_id: UUID
    revision: int


def moved_tables() -> list[str]:
    """The tables whose rows move to the target: all facts and awards of learners but those left behind."""
    return [
        table
        for table in learner_tables()
        if table not in _LEFT_BEHIND and not (metadata.tables[table].comment or "").startswith("projection")
    ]


async def merge_learners(
    database: Database, source: UUID, target: UUID, administrator: str, policy: Policy, now: datetime
) -> Merged:
    """Merge `source` into `target`. Doing it again changes nothing.

    Raises:
        Invalid: `merge_with_itself`.
        NotFound: `learner_not_found`, nothing was ever recorded of one of them.
        LearnersGone: one of them has left; the source not into the target.
        Conflict: `merge_too_large`, they have too many activities to rebuild them while the request waits.
    """
    if source == target:
        fault = Fault("/into", "must be another learner", "conflicting")
        raise Invalid("merge_with_itself", "A learner cannot be merged into itself.", (fault,))

    async def merge(connection: Writing) -> Merged:
        if not await _is_merged(connection, source, target):
            await _check_size(connection, source, target, policy.activities.rebuild_at_once_activities)
            await lock_learners(connection, [source, target])
            await _merge(connection, source, target, policy, now)
            await audit.move_learner(connection, source, target)
            await audit.note(connection, administrator, "learner.merge", {"former_id": str(source)}, now, target)
            await step_cursors_off(connection, source)
            await connection.execute(_FORMER_IDS, source, target, now, await count_departure(connection))
        return Merged(target, await connection.fetchval(_REVISION, target))

    try:
        return await in_a_transaction(database, merge)
    except LearnersGone as gone:
        if gone.departed != [Departed(source, target)]:
            raise
        # Another request has done the same meanwhile.
        return await in_a_transaction(database, merge)


async def _is_merged(connection: Reading, source: UUID, target: UUID) -> bool:
    """Whether this merge was done before.

    Raises:
        LearnersGone: one of them has left otherwise.
    """
    departed = await departed_among(connection, [source, target])
    others = [learner for learner in departed if learner != Departed(source, target)]
    if others:
        raise LearnersGone(others)
    return bool(departed)


async def _check_size(connection: Reading, source: UUID, target: UUID, most: int) -> None:
    """Raises as `merge_learners`."""
    counts = dict(await connection.fetch(_COUNTS, [source, target]))
    if len(counts) < 2:
        # Before the lock: locking would create a row for an unknown learner.
        raise NotFound("learner_not_found", "There is no such learner.")
    if sum(counts.values()) > most:
        detail = f"Both learners together may have at most {most} activities."
        raise Conflict("merge_too_large", detail, {"max_activities": most})


async def _merge(connection: Writing, source: UUID, target: UUID, policy: Policy, now: datetime) -> None:
    """Move everything and rebuild the target. The caller holds both locks."""
    await connection.execute(_REACH_REVISION, source, target)
    zones, touched = await _zones_of_both(connection, source, target, policy)
    for statement in (*UNITE_LOGS, *UNITE_UNLOCKS, *UNITE_CATEGORIES):
        await connection.execute(statement, source, target)
    for table in moved_tables():
        await connection.execute(_copy(table), source, target)
    await move_notices(connection, source, target)
    for table in learner_tables():
        if table != "former_ids":
            await connection.execute(f"DELETE FROM {table} WHERE learner_id = $1", source)
    today = local_day(now, zones.current)
    await recheck_goals(connection, target, today, now)
    await rebuild_learners(connection, [target], policy, now)
    planned = await replan(connection, target, zones)
    # Goals of each now have the days of both.
    days = {row[0] for row in await connection.fetch(_DAYS, target)}
    await settle_goals_of(connection, target, touched | days | planned | {today}, policy, now)


async def _zones_of_both(
    connection: Writing, source: UUID, target: UUID, policy: Policy
) -> tuple[ZoneHistory, set[date]]:
    """The target's zones, by which the source's days are decided again; and the days that activities left or came to.

    While the target's zone is only assumed, it takes the source's zones.
    """
    facts = await learner_facts(connection, [source, target], policy)
    zones, moving = facts[target].zones, source
    if facts[target].zone_is_assumed and not facts[source].zone_is_assumed:
        zones, moving = facts[source].zones, target
        await adopt_zones(connection, source, target, zones.current, facts[source].zone_source)
    return zones, (await decide_days_again(connection, moving, zones)).days


def _copy(table: str) -> str:
    """The statement that copies the rows of $1 to $2. Rows that $2 has already stay as they are."""
    columns = ", ".join(column.name for column in metadata.tables[table].columns if column.name != "learner_id")
    return (
        f"INSERT INTO {table} (learner_id, {columns}) SELECT $2, {columns} FROM {table} WHERE learner_id = $1 "
        "ON CONFLICT DO NOTHING"
    )
