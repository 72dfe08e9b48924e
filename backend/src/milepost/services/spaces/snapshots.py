"""The sweep that records the progress of spaces and composite goals at the end of a day, one transaction per batch of
learners.

The sums say what is due: `space_metrics.due_at` is the end of the first day with input that no sweep has seen. A
snapshot is what the sweep saw; it is taken once and never recomputed. Only changes are stored.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from uuid import UUID

import orjson

from milepost.db.connection import Writing
from milepost.db.learner_row import lock_remaining_learners, raise_revisions
from milepost.queries.learners.facts import LearnerFacts, learner_facts
from milepost.queries.spaces.snapshots import Subject
from milepost.queries.spaces.spaces import composite_goals_of, spaces_of
from milepost.rules.days.calendar import day_end
from milepost.rules.policy import Policy
from milepost.rules.spaces import WeightedProgress, goals_progress, space_progress

LEARNERS_PER_BATCH = 100

_TRY_LOCK = "SELECT pg_try_advisory_xact_lock(hashtext('milepost-progress-snapshots'))"
_DUE = """
SELECT DISTINCT learner_id FROM (
    SELECT learner_id FROM space_metrics WHERE due_at <= $1 ORDER BY due_at LIMIT $2
) due
"""
_CLEAR_DUE = "UPDATE space_metrics SET due_at = NULL WHERE learner_id = ANY($1::uuid[]) AND due_at <= $2"
# A snapshot is taken only if it differs from the last one. If the last one is of the same day, the input was late: it
# belongs to the day that is still open, and the sweep returns to it when that day is over.
_DIFFERING = """
SELECT u.place, last.day >= u.day FROM unnest($1::int[], $2::uuid[], $3::text[], $4::text[], $5::date[], $6::numeric[],
    $7::jsonb[]) AS u(place, learner_id, subject, id, day, total, components)
LEFT JOIN LATERAL (
    SELECT * FROM progress_snapshots p WHERE p.learner_id = u.learner_id AND p.subject = u.subject AND p.id = u.id
    ORDER BY p.day DESC LIMIT 1
) last ON true
WHERE last.day IS NULL OR (last.total, last.components) IS DISTINCT FROM (u.total, u.components)
"""
_INSERT = """
INSERT INTO progress_snapshots (learner_id, subject, id, day, total, components, taken_at)
SELECT u.*, $7 FROM unnest($1::uuid[], $2::text[], $3::text[], $4::date[], $5::numeric[], $6::jsonb[]) AS u
ON CONFLICT DO NOTHING
"""
_POSTPONE = """
UPDATE space_metrics m SET due_at = least(m.due_at, k.due_at) FROM unnest($1::uuid[], $2::timestamptz[])
    AS k(learner_id, due_at)
WHERE m.learner_id = k.learner_id
"""
_Row = tuple[UUID, Subject, str, date, Decimal, str]


@dataclass(frozen=True, slots=True)
class SweptProgress:
    """The result of one batch. `more`: this worker holds the lock, and more may be due now."""

    snapshots: int
    more: bool


async def snapshot_progress_batch(
    connection: Writing, policy: Policy, now: datetime, max_learners: int = LEARNERS_PER_BATCH
) -> SweptProgress:
    """Take the snapshots of at most `max_learners` learners who have one due at `now`, in the caller's transaction.

    Each snapshot is of the learner's yesterday. Does nothing while another worker holds the lock.
    """
    if not await connection.fetchval(_TRY_LOCK):
        return SweptProgress(0, more=False)
    due_learners = [row[0] for row in await connection.fetch(_DUE, now, max_learners)]
    learners = sorted(due_learners, key=lambda learner: learner.int)
    if not learners:
        return SweptProgress(0, more=False)
    learners = await lock_remaining_learners(connection, learners)
    await connection.execute(_CLEAR_DUE, learners, now)
    facts = await learner_facts(connection, learners, policy)
    rows = await _current_progress(connection, facts, policy, now)
    changed, late = await _changed_and_late(connection, rows)
    if changed:
        await connection.execute(_INSERT, *map(list, zip(*changed, strict=True)), now)
        await raise_revisions(connection, list({row[0] for row in changed}))
    if late:
        ends = [_end_of_today(facts[learner_id], now) for learner_id in late]
        await connection.execute(_POSTPONE, late, ends)
    return SweptProgress(len(changed), more=True)


async def _current_progress(
    connection: Writing, facts: Mapping[UUID, LearnerFacts], policy: Policy, now: datetime
) -> list[_Row]:
    """The current progress of every space and goal of these learners, dated yesterday."""
    yesterday = {learner_id: learner.today(now) - timedelta(days=1) for learner_id, learner in facts.items()}
    rows = []
    for space in await spaces_of(connection, list(facts)):
        progress = space_progress(space.state, policy.spaces)
        rows.append(_row(space.learner_id, "space", space.space_id, yesterday[space.learner_id], progress))
    goals = await composite_goals_of(connection, list(facts))
    states = [goal.state for goal in goals]
    for goal, progress in zip(goals, goals_progress(states, policy.spaces, policy.composite_goals), strict=True):
        rows.append(_row(goal.learner_id, "goal", goal.goal_id, yesterday[goal.learner_id], progress))
    return rows


def _row(learner_id: UUID, subject: Subject, subject_id: str, day: date, progress: WeightedProgress) -> _Row:
    components = orjson.dumps({"parts": dict(progress.parts), "weights_used": dict(progress.weights_used)}).decode()
    return (learner_id, subject, subject_id, day, Decimal(str(progress.total)), components)


async def _changed_and_late(connection: Writing, rows: Sequence[_Row]) -> tuple[list[_Row], list[UUID]]:
    """The rows to store, and the learners whose rows differ from a snapshot of the same day."""
    if not rows:
        return [], []
    places = list(range(len(rows)))
    differing = await connection.fetch(_DIFFERING, places, *map(list, zip(*rows, strict=True)))
    changed = [rows[place] for place, is_late in differing if not is_late]
    return changed, list({rows[place][0] for place, is_late in differing if is_late})


def _end_of_today(facts: LearnerFacts, now: datetime) -> datetime:
    return day_end(facts.today(now), facts.zone)
