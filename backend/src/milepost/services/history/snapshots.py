"""The sweep: snapshots of days that are over, a batch of learners a transaction; and what makes taken ones stale.

What is to do stands on the days themselves (`dirty`, `closes_at`), so a sweep that was late or killed has missed
nothing. The marks are cleared first and everything is read afterwards: whoever changes a day meanwhile waits for the
cleared row, or marks another one, and so leaves a mark that the next sweep finds.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

import asyncpg

from milepost.db.connection import Writing
from milepost.db.tables import DAY_SUMS, SUMS
from milepost.errors import Unavailable
from milepost.queries.history import SNAPSHOT_COLUMNS, snapshot_in
from milepost.queries.learners.facts import LOOK_AHEAD, LearnerFacts, learner_facts
from milepost.rules.history import ActiveDay, Snapshot, Sums, snapshots
from milepost.rules.policy import Policy
from milepost.services.batches import take_fitting
from milepost.services.history.next_days import take_next_days

DUE_DAYS_A_BATCH = 10_000
ROWS_A_BATCH = 20_000
# Of a learner whose first marked day is younger, the days from there on are so few that counting them would cost more.
_FEW_DAYS = timedelta(days=4)

_TAKE_TURN = "SELECT pg_try_advisory_xact_lock(hashtext('milepost-snapshots'))"

LOCK_DAYS_IN_ORDER = """
SET LOCAL enable_hashjoin = off; SET LOCAL enable_mergejoin = off; SET LOCAL enable_seqscan = off;
SET LOCAL enable_bitmapscan = off; SET LOCAL jit = off; SET LOCAL plan_cache_mode = force_generic_plan
"""
"""For the rest of a transaction: days of many learners are locked by learner and day, as intake locks them. With any
other join they would not be."""

# Nobody waits for this commit: should it be lost, its marks are lost with it and the days are taken again.
_IN_PASSING = "SET LOCAL synchronous_commit = off"

_DUE = """
SELECT k.learner_id, k.first_day, CASE WHEN k.first_day >= $3 THEN 1 ELSE (
    SELECT count(*) FROM activity_days d WHERE d.learner_id = k.learner_id AND d.local_day >= k.first_day
) END FROM (
    SELECT learner_id, min(local_day) AS first_day FROM (
        SELECT learner_id, local_day FROM activity_days WHERE dirty AND closes_at <= $1 ORDER BY closes_at LIMIT $2
    ) due GROUP BY learner_id
) k ORDER BY k.learner_id
"""

# By key: `dirty` alone would invite the partial index, and everybody's rows would be looked through for each learner.
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

# A day without a mark has a snapshot, which must follow those before it, even where the clock was set back to before
# the end of that day and only an earlier one is over.
_DAYS = f"""
SELECT d.learner_id, d.local_day, d.streak_activities > 0, d.closes_at <= $3 OR NOT d.dirty,
    {", ".join(f"d.{name}" for name in SUMS)}
FROM unnest($1::uuid[], $2::date[]) AS k(learner_id, after) JOIN activity_days d
    ON d.learner_id = k.learner_id AND d.local_day > k.after
ORDER BY d.learner_id, d.local_day
"""

_FORGET = """
DELETE FROM daily_snapshots s USING unnest($1::uuid[], $2::date[]) AS k(learner_id, after)
WHERE s.learner_id = k.learner_id AND s.day > k.after AND NOT EXISTS (
    SELECT FROM activity_days d WHERE d.learner_id = s.learner_id AND d.local_day = s.day
)
"""

_KEPT = ("day", *DAY_SUMS, *SUMS, "run", "longest", "last_met_day", "freezes", "progress", "alive_through")
_TYPES = ("uuid", "date", *("bigint" for _ in (*DAY_SUMS, *SUMS)), "int", "int", "date", "int", "int", "date")
_KEEP = f"""
INSERT INTO daily_snapshots (learner_id, {", ".join(_KEPT)})
SELECT * FROM unnest({", ".join(f"${place}::{kind}[]" for place, kind in enumerate(_TYPES, 1))})
ON CONFLICT (learner_id, day) DO UPDATE SET {", ".join(f"{name} = excluded.{name}" for name in _KEPT[1:])}
"""

# Days that are marked already are marked again: should the sweep hold them at this moment, it has read the excuses, and
# this waits for it. Their keys come from a list of its own, since `dirty` is no longer true of the row waited for.
_STALE_FROM = """
UPDATE activity_days d SET dirty = true FROM (
    SELECT k.learner_id, m.day FROM unnest($1::uuid[], $2::date[]) AS k(learner_id, first_day) CROSS JOIN LATERAL (
        SELECT local_day AS day FROM activity_days f WHERE f.learner_id = k.learner_id AND f.dirty::int = 1
        UNION SELECT min(day) FROM daily_snapshots s
        WHERE s.learner_id = k.learner_id AND s.alive_through >= k.first_day
    ) m ORDER BY 1, 2
) k WHERE d.learner_id = k.learner_id AND d.local_day = k.day
"""

_ALL_STALE = """
UPDATE activity_days d SET dirty = true FROM unnest($1::uuid[]) AS k(learner_id)
WHERE d.learner_id = k.learner_id
    AND d.local_day = (SELECT min(local_day) FROM activity_days f WHERE f.learner_id = k.learner_id)
"""


@dataclass(frozen=True, slots=True)
class Swept:
    """What one batch did. `more`: there may be more to do now, and it is this worker's turn."""

    learners: int
    days: int
    more: bool


@dataclass(frozen=True, slots=True)
class _Due:
    """A learner and the first of its days that is over and marked; `rows` of days from there on."""

    learner_id: UUID
    first_day: date
    rows: int


async def sweep_some(
    connection: Writing,
    policy: Policy,
    now: datetime,
    due_days: int = DUE_DAYS_A_BATCH,
    rows: int = ROWS_A_BATCH,
) -> Swept:
    """Take the snapshots of some learners whose days are over at `now`, in the caller's transaction.

    Each is rebuilt from its first marked day on. `due_days` and `rows` bound a batch; one learner is always taken.
    Does nothing while another worker has the turn.

    Raises:
        Unavailable: `snapshots_contended`, in a deadlock with another writer: nothing was done, begin again.
    """
    if not await connection.fetchval(_TAKE_TURN):
        return Swept(0, 0, more=False)
    await connection.execute(f"{LOCK_DAYS_IN_ORDER}; {_IN_PASSING}")
    found = [_Due(*row) for row in await connection.fetch(_DUE, now, due_days, now.date() - _FEW_DAYS)]
    due = take_fitting(found, lambda one: one.rows, rows)
    if not due:
        return Swept(0, 0, more=False)
    try:
        taken = await _take(connection, due, policy, now)
    except asyncpg.DeadlockDetectedError as fault:
        raise Unavailable("snapshots_contended", "A deadlock with another transaction stopped the sweep.") from fault
    return Swept(len(due), taken, more=len(due) < len(found) or sum(one.rows for one in found) >= due_days)


async def _take(connection: Writing, due: Sequence[_Due], policy: Policy, now: datetime) -> int:
    """Clear, read, decide, keep. How many days."""
    cleared = {row[0] for row in await connection.fetch(_CLEAR, *_keys(due), now)}
    # Whoever was rebuilt meanwhile has new rows, marked: nothing of theirs is held here.
    due = [one for one in due if one.learner_id in cleared]
    taken = await take_next_days(connection, *_keys(due), policy, now)
    left = [one for one in due if one.learner_id not in taken]
    return len(taken) + (await _take_from_first(connection, left, policy, now) if left else 0)


def _keys(due: Sequence[_Due]) -> tuple[list[UUID], list[date]]:
    return [one.learner_id for one in due], [one.first_day for one in due]


async def _take_from_first(connection: Writing, due: Sequence[_Due], policy: Policy, now: datetime) -> int:
    """Every day of these learners from the first marked one on."""
    learners, first_days = _keys(due)
    starts = {row[0]: snapshot_in(row[1:]) for row in await connection.fetch(_START, learners, first_days)}
    afters = [starts[learner_id].day if learner_id in starts else date.min for learner_id in learners]
    days: dict[UUID, list[ActiveDay]] = {learner_id: [] for learner_id in learners}
    to_keep: set[tuple[UUID, date]] = set()
    for learner_id, day, met, is_kept, *sums in await connection.fetch(_DAYS, learners, afters, now):
        days[learner_id].append(ActiveDay(day, Sums(*sums), met))
        if is_kept:
            to_keep.add((learner_id, day))
    facts = await learner_facts(connection, learners, policy)
    kept = [
        row
        for learner_id in learners
        for row in _rows(learner_id, days[learner_id], starts.get(learner_id), facts, policy)
        if row[:2] in to_keep
    ]
    await connection.execute(_FORGET, learners, afters)
    if kept:
        await connection.execute(_KEEP, *zip(*kept, strict=True))
    return len(kept)


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


async def excused_days_changed(connection: Writing, learner_id: UUID, first_day: date) -> None:
    """Of one learner, days from `first_day` on are excused now, or no longer: mark what that may have changed.

    The caller holds the learner's lock.
    """
    await excused_days_changed_of(connection, {learner_id: first_day})


async def excused_days_changed_of(connection: Writing, first_days: Mapping[UUID, date]) -> None:
    """The same of many learners, each from a day of its own on. One statement.

    Marked is the first snapshot whose run reaches that day: those before it were over by then and stay as they are.
    """
    await connection.execute(_STALE_FROM, list(first_days), list(first_days.values()))


async def streaks_changed(connection: Writing, learners: Sequence[UUID]) -> None:
    """Nothing taken of these learners holds any more: mark all their days. The caller holds their locks."""
    await connection.execute(_ALL_STALE, learners)
