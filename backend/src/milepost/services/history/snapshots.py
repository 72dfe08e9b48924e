"""The sweep that takes snapshots of days that are over, one transaction per batch of learners; and marking snapshots
stale.

The day rows say what is due (`dirty`, `closes_at`), so a sweep that is late or killed misses nothing. It clears the
marks first and reads afterwards: a writer that changes a day meanwhile waits for the cleared row or marks another one,
and so leaves a mark for the next sweep.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

import asyncpg

from milepost.db.connection import Writing
from milepost.db.tables import DAY_SUMS, SUMS
from milepost.errors import Unavailable
from milepost.queries.history import SNAPSHOT_COLUMNS, snapshot_from_columns
from milepost.queries.learners.facts import LOOK_AHEAD, LearnerFacts, learner_facts
from milepost.rules.history import ActiveDay, Snapshot, Sums, snapshots
from milepost.rules.policy import Policy
from milepost.services.batches import take_fitting
from milepost.services.history.next_days import snapshot_next_days

DUE_DAYS_PER_BATCH = 10_000
ROWS_PER_BATCH = 20_000
# If a learner's first dirty day is younger, so few days follow that counting them would cost more.
_UNCOUNTED_DAYS = timedelta(days=4)

_TRY_LOCK = "SELECT pg_try_advisory_xact_lock(hashtext('milepost-snapshots'))"

LOCK_DAYS_IN_ORDER = """
SET LOCAL enable_hashjoin = off; SET LOCAL enable_mergejoin = off; SET LOCAL enable_seqscan = off;
SET LOCAL enable_bitmapscan = off; SET LOCAL jit = off; SET LOCAL plan_cache_mode = force_generic_plan
"""
"""For the rest of the transaction: lock the days of many learners by learner and day, in the order of intake. Any other
join would lock them in another order."""

# No caller depends on this commit. If it is lost, the cleared marks are lost with it and the sweep repeats the days.
_ASYNC_COMMIT = "SET LOCAL synchronous_commit = off"

_DUE = """
SELECT k.learner_id, k.first_day, CASE WHEN k.first_day >= $3 THEN 1 ELSE (
    SELECT count(*) FROM activity_days d WHERE d.learner_id = k.learner_id AND d.local_day >= k.first_day
) END FROM (
    SELECT learner_id, min(local_day) AS first_day FROM (
        SELECT learner_id, local_day FROM activity_days WHERE dirty AND closes_at <= $1 ORDER BY closes_at LIMIT $2
    ) due GROUP BY learner_id
) k ORDER BY k.learner_id
"""

# By key: with `dirty` alone, PostgreSQL would choose the partial index and scan all learners' rows for each learner.
_CLEAR = """
UPDATE activity_days d SET dirty = false FROM unnest($1::uuid[], $2::date[]) AS k(learner_id, first_day)
WHERE d.learner_id = k.learner_id AND d.local_day >= k.first_day AND d.dirty::int = 1 AND d.closes_at <= $3
RETURNING d.learner_id
"""

_START = f"""
SELECT s.learner_id, {", ".join(f"s.{name}" for name in SNAPSHOT_COLUMNS)}
FROM unnest($1::uuid[], $2::date[]) AS k(learner_id, first_day) CROSS JOIN LATERAL (
    SELECT * FROM daily_snapshots s WHERE s.learner_id = k.learner_id AND s.day < k.first_day
    ORDER BY s.day DESC LIMIT 1
) s
"""

# A clean day has a snapshot, which must follow from those before it. This holds even if the clock was set back to
# before the end of that day and only an earlier day is over.
_DAYS = f"""
SELECT d.learner_id, d.local_day, d.streak_activities > 0, d.closes_at <= $3 OR NOT d.dirty,
    {", ".join(f"d.{name}" for name in SUMS)}
FROM unnest($1::uuid[], $2::date[]) AS k(learner_id, after) JOIN activity_days d
    ON d.learner_id = k.learner_id AND d.local_day > k.after
ORDER BY d.learner_id, d.local_day
"""

_DELETE_ORPHANS = """
DELETE FROM daily_snapshots s USING unnest($1::uuid[], $2::date[]) AS k(learner_id, after)
WHERE s.learner_id = k.learner_id AND s.day > k.after AND NOT EXISTS (
    SELECT FROM activity_days d WHERE d.learner_id = s.learner_id AND d.local_day = s.day
)
"""

_COLUMNS = ("day", *DAY_SUMS, *SUMS, "run", "longest", "last_met_day", "freezes", "progress", "alive_through")
_TYPES = ("uuid", "date", *("bigint" for _ in (*DAY_SUMS, *SUMS)), "int", "int", "date", "int", "int", "date")
_UPSERT = f"""
INSERT INTO daily_snapshots (learner_id, {", ".join(_COLUMNS)})
SELECT * FROM unnest({", ".join(f"${number}::{kind}[]" for number, kind in enumerate(_TYPES, 1))})
ON CONFLICT (learner_id, day) DO UPDATE SET {", ".join(f"{name} = excluded.{name}" for name in _COLUMNS[1:])}
"""

# Marks dirty days again: if a running sweep holds them, it has already read the excuses, and this update waits for it.
# A separate list supplies their keys, because `dirty` is false by then on the row waited for.
_MARK_STALE_FROM = """
UPDATE activity_days d SET dirty = true, dirty_at = CASE WHEN d.dirty THEN d.dirty_at ELSE $3 END FROM (
    SELECT k.learner_id, m.day FROM unnest($1::uuid[], $2::date[]) AS k(learner_id, first_day) CROSS JOIN LATERAL (
        SELECT local_day AS day FROM activity_days f WHERE f.learner_id = k.learner_id AND f.dirty::int = 1
        UNION SELECT min(day) FROM daily_snapshots s
        WHERE s.learner_id = k.learner_id AND s.alive_through >= k.first_day
    ) m ORDER BY 1, 2
) k WHERE d.learner_id = k.learner_id AND d.local_day = k.day
"""

_MARK_ALL_STALE = """
UPDATE activity_days d SET dirty = true,
    dirty_at = CASE WHEN d.dirty AND d.dirty_at IS NOT NULL THEN d.dirty_at ELSE $2 END
FROM unnest($1::uuid[]) AS k(learner_id)
WHERE d.learner_id = k.learner_id AND (d.dirty::int = 1 AND d.dirty_at IS NULL
    OR d.local_day = (SELECT min(local_day) FROM activity_days f WHERE f.learner_id = k.learner_id))
"""


@dataclass(frozen=True, slots=True)
class SweptDays:
    """The result of one batch. `more`: this worker holds the lock, and more may be due now."""

    learners: int
    days: int
    more: bool


@dataclass(frozen=True, slots=True)
class _Due:
    """A learner and its first dirty day that is over. `rows`: how many day rows it has from there on."""

    learner_id: UUID
    first_day: date
    rows: int


async def snapshot_days_batch(
    connection: Writing,
    policy: Policy,
    now: datetime,
    due_days: int = DUE_DAYS_PER_BATCH,
    rows: int = ROWS_PER_BATCH,
) -> SweptDays:
    """Take the snapshots of learners with dirty days that are over at `now`, in the caller's transaction.

    Snapshots are rebuilt from each learner's first dirty day on. `due_days` and `rows` limit a batch, which always has
    at least one learner. Does nothing while another worker holds the lock.

    Raises:
        Unavailable: `snapshots_contended`, after a deadlock with another writer: nothing was written, try again.
    """
    if not await connection.fetchval(_TRY_LOCK):
        return SweptDays(0, 0, more=False)
    await connection.execute(f"{LOCK_DAYS_IN_ORDER}; {_ASYNC_COMMIT}")
    candidates = [_Due(*row) for row in await connection.fetch(_DUE, now, due_days, now.date() - _UNCOUNTED_DAYS)]
    due = take_fitting(candidates, lambda candidate: candidate.rows, rows)
    if not due:
        return SweptDays(0, 0, more=False)
    try:
        days = await _take_snapshots(connection, due, policy, now)
    except asyncpg.DeadlockDetectedError as fault:
        raise Unavailable("snapshots_contended", "A deadlock with another transaction stopped the sweep.") from fault
    more = len(due) < len(candidates) or sum(candidate.rows for candidate in candidates) >= due_days
    return SweptDays(len(due), days, more)


async def _take_snapshots(connection: Writing, due: Sequence[_Due], policy: Policy, now: datetime) -> int:
    """Clear the marks, read, decide and store. Returns the number of days."""
    cleared = {row[0] for row in await connection.fetch(_CLEAR, *_keys(due), now)}
    # A learner rebuilt meanwhile has new, dirty rows, and none of them is locked here.
    due = [learner for learner in due if learner.learner_id in cleared]
    taken = await snapshot_next_days(connection, *_keys(due), policy, now)
    remaining = [learner for learner in due if learner.learner_id not in taken]
    return len(taken) + (await _take_from_first_dirty(connection, remaining, policy, now) if remaining else 0)


def _keys(due: Sequence[_Due]) -> tuple[list[UUID], list[date]]:
    return [learner.learner_id for learner in due], [learner.first_day for learner in due]


async def _take_from_first_dirty(connection: Writing, due: Sequence[_Due], policy: Policy, now: datetime) -> int:
    """Take the snapshots of these learners from the first dirty day on. Returns the number of days."""
    learners, first_days = _keys(due)
    starts = {row[0]: snapshot_from_columns(row[1:]) for row in await connection.fetch(_START, learners, first_days)}
    afters = [starts[learner_id].day if learner_id in starts else date.min for learner_id in learners]
    days: dict[UUID, list[ActiveDay]] = {learner_id: [] for learner_id in learners}
    due_days: set[tuple[UUID, date]] = set()
    for learner_id, day, met, is_due, *sums in await connection.fetch(_DAYS, learners, afters, now):
        days[learner_id].append(ActiveDay(day, Sums(*sums), met))
        if is_due:
            due_days.add((learner_id, day))
    facts = await learner_facts(connection, learners, policy)
    rows = [
        row
        for learner_id in learners
        for row in _rows(learner_id, days[learner_id], starts.get(learner_id), facts, policy)
        if row[:2] in due_days
    ]
    await connection.execute(_DELETE_ORPHANS, learners, afters)
    if rows:
        await connection.execute(_UPSERT, *zip(*rows, strict=True))
    return len(rows)


def _rows(
    learner_id: UUID,
    days: Sequence[ActiveDay],
    start: Snapshot | None,
    facts: Mapping[UUID, LearnerFacts],
    policy: Policy,
) -> Iterable[tuple[object, ...]]:
    if not days:
        return
    last_met_day = None if start is None else start.streak.last_met_day
    excused = facts[learner_id].excused(last_met_day or days[0].day, days[-1].day + LOOK_AHEAD, policy)
    for day, day_sums, sums, streak, alive_through in snapshots(days, start, excused, policy.streak):
        run, longest, last_met_day, freezes, progress = streak
        yield (learner_id, day, *day_sums, *sums, run, longest, last_met_day, freezes, progress, alive_through)


async def mark_snapshots_stale(connection: Writing, learner_id: UUID, first_day: date, now: datetime) -> None:
    """Mark the snapshots of a learner that a change of excused days from `first_day` on may affect.

    The caller holds the learner's lock.
    """
    await mark_snapshots_stale_batch(connection, {learner_id: first_day}, now)


async def mark_snapshots_stale_batch(connection: Writing, first_days: Mapping[UUID, date], now: datetime) -> None:
    """`mark_snapshots_stale` for many learners, each from its own day on. One statement.

    Marks the first snapshot whose run reaches that day. Runs of earlier snapshots were over by then, so these stay
    valid.
    """
    await connection.execute(_MARK_STALE_FROM, list(first_days), list(first_days.values()), now)


async def mark_all_snapshots_stale(connection: Writing, learners: Sequence[UUID], now: datetime) -> None:
    """Mark every snapshot of these learners stale, and days that were refilled. The caller holds their locks."""
    await connection.execute(_MARK_ALL_STALE, learners, now)
