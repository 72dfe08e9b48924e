"""The sweep of spaces and composite goals: how far each was when a day was over, a batch of learners a transaction.

What is to do stands on the sums (`space_metrics.due_at`): the end of the first day on which something came in that was
not looked at. A snapshot is what the sweep saw; it is taken once and never recomputed. Only changes are kept.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from uuid import UUID

import orjson

from milepost.db.connection import Writing
from milepost.db.learner_row import grow_revisions, lock_learners
from milepost.queries.learners.facts import LearnerFacts, learner_facts
from milepost.queries.spaces.snapshots import Subject
from milepost.queries.spaces.spaces import goals_of, spaces_of
from milepost.rules.days.calendar import day_end
from milepost.rules.policy import Policy
from milepost.rules.spaces import Progress, goal_progress, space_progress

LEARNERS_A_BATCH = 100

_TAKE_TURN = "SELECT pg_try_advisory_xact_lock(hashtext('milepost-progress-snapshots'))"
_DUE = """
SELECT DISTINCT learner_id FROM (
    SELECT learner_id FROM space_metrics WHERE due_at <= $1 ORDER BY due_at LIMIT $2
) due
"""
_SEEN = "UPDATE space_metrics SET due_at = NULL WHERE learner_id = ANY($1::uuid[]) AND due_at <= $2"
# A snapshot is taken where something differs from the last one. Where that one is of the same day already, something
# came in late: it belongs to the day that is still open, and is looked at again when that one is over.
_COMPARED = """
SELECT u.place, last.day >= u.day FROM unnest($1::int[], $2::uuid[], $3::text[], $4::text[], $5::date[], $6::numeric[],
    $7::jsonb[]) AS u(place, learner_id, subject, id, day, total, components)
LEFT JOIN LATERAL (
    SELECT * FROM progress_snapshots p WHERE p.learner_id = u.learner_id AND p.subject = u.subject AND p.id = u.id
    ORDER BY p.day DESC LIMIT 1
) last ON true
WHERE last.day IS NULL OR (last.total, last.components) IS DISTINCT FROM (u.total, u.components)
"""
_KEEP = """
INSERT INTO progress_snapshots (learner_id, subject, id, day, total, components, taken_at)
SELECT u.*, $7 FROM unnest($1::uuid[], $2::text[], $3::text[], $4::date[], $5::numeric[], $6::jsonb[]) AS u
ON CONFLICT DO NOTHING
"""
_LATER = """
UPDATE space_metrics m SET due_at = least(m.due_at, k.due_at) FROM unnest($1::uuid[], $2::timestamptz[])
    AS k(learner_id, due_at)
WHERE m.learner_id = k.learner_id
"""
_Row = tuple[UUID, Subject, str, date, Decimal, str]


@dataclass(frozen=True, slots=True)
class SweptProgress:
    """What one batch did. `more`: there may be more to do now, and it is this worker's turn."""

    snapshots: int
    more: bool


async def sweep_progress(
    connection: Writing, policy: Policy, now: datetime, most: int = LEARNERS_A_BATCH
) -> SweptProgress:
    """Take the snapshots of at most `most` learners who have one due at `now`, in the caller's transaction.

    Each is of the learner's last day that is over. Does nothing while another worker has the turn.
    """
    if not await connection.fetchval(_TAKE_TURN):
        return SweptProgress(0, more=False)
    learners = sorted([row[0] for row in await connection.fetch(_DUE, now, most)], key=lambda one: one.int)
    if not learners:
        return SweptProgress(0, more=False)
    await lock_learners(connection, learners)
    await connection.execute(_SEEN, learners, now)
    facts = await learner_facts(connection, learners, policy)
    rows = await _version(connection, facts, policy, now)
    kept, late = await _compared(connection, rows)
    if kept:
        await connection.execute(_KEEP, *map(list, zip(*kept, strict=True)), now)
        await grow_revisions(connection, list({row[0] for row in kept}))
    if late:
        ends = [_end_of_today(facts[learner_id], now) for learner_id in late]
        await connection.execute(_LATER, late, ends)
    return SweptProgress(len(kept), more=True)


async def _version(
    connection: Writing, facts: Mapping[UUID, LearnerFacts], policy: Policy, now: datetime
) -> list[_Row]:
    """Every space and goal of these learners as it stands, under the last day that is over."""
    yesterday = {learner_id: known.today(now) - timedelta(days=1) for learner_id, known in facts.items()}
    rows = []
    for space in await spaces_of(connection, list(facts)):
        found = space_progress(space.state, policy.spaces)
        rows.append(_row(space.learner_id, "space", space.space_id, yesterday[space.learner_id], found))
    for goal in await goals_of(connection, list(facts)):
        found = goal_progress(goal.state, policy.spaces, policy.composite_goals)
        rows.append(_row(goal.learner_id, "goal", goal.goal_id, yesterday[goal.learner_id], found))
    return rows


def _row(learner_id: UUID, subject: Subject, subject_id: str, day: date, found: Progress) -> _Row:
    components = orjson.dumps({"parts": dict(found.parts), "weights_used": dict(found.weights_used)}).decode()
    return (learner_id, subject, subject_id, day, Decimal(str(found.total)), components)


async def _compared(connection: Writing, rows: Sequence[_Row]) -> tuple[list[_Row], list[UUID]]:
    """Of `rows` those to keep, and the learners of those that differ from what is kept of the same day."""
    if not rows:
        return [], []
    places = list(range(len(rows)))
    differing = await connection.fetch(_COMPARED, places, *map(list, zip(*rows, strict=True)))
    kept = [rows[place] for place, is_late in differing if not is_late]
    return kept, list({rows[place][0] for place, is_late in differing if is_late})


def _end_of_today(known: LearnerFacts, now: datetime) -> datetime:
    return day_end(known.today(now), known.zones.name_at(now))
