"""Activities that name a space, a goal or a milestone: their projections, raised in the same commit, in one statement.

Runs after the sums, so the learners' locks are held; batches in which nothing is named never come here. What a row adds
is defined in `db/log/space_contributions.py`.
"""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from uuid import UUID

import orjson

from milepost.db.connection import Writing
from milepost.db.log.space_contributions import METRIC_KEY, METRICS, REACHED, SPACE_CONTRIBUTION, TASK_KEY, TASKS
from milepost.db.tables.spaces import SPACE_SUMS
from milepost.rules.policy import MILESTONE_REACHED
from milepost.services.activities.statement import Decided
from milepost.services.activities.submission import MilestoneReached, Submission

_RAISE = f"""
WITH n AS MATERIALIZED (
    SELECT a.* FROM unnest($1::uuid[], $2::text[], $3::text[]) AS k(learner_id, sender, id)
    CROSS JOIN LATERAL (
        SELECT {SPACE_CONTRIBUTION} FROM activities a
        WHERE a.learner_id = k.learner_id AND a.sender = k.sender AND a.id = k.id OFFSET 0
    ) a
), metrics AS (
    INSERT INTO space_metrics AS m ({", ".join((*METRIC_KEY, *SPACE_SUMS))}, due_at)
    SELECT s.*, (SELECT min(day_ends_at) FROM n WHERE n.learner_id = s.learner_id) FROM ({METRICS}) s
    ON CONFLICT ({", ".join(METRIC_KEY)}) DO UPDATE SET
        {", ".join(f"{name} = m.{name} + excluded.{name}" for name in SPACE_SUMS)},
        due_at = least(m.due_at, excluded.due_at)
), tasks AS (
    INSERT INTO space_tasks AS t ({", ".join(TASK_KEY)}, best_milli) {TASKS}
    ON CONFLICT ({", ".join(TASK_KEY)}) DO UPDATE SET best_milli = greatest(t.best_milli, excluded.best_milli)
), added AS ({REACHED}), reaches AS (
    INSERT INTO milestone_reaches AS r (learner_id, milestone_id, activities, reached_on) SELECT * FROM added
    ON CONFLICT (learner_id, milestone_id) DO UPDATE SET activities = r.activities + excluded.activities,
        reached_on = least(r.reached_on, excluded.reached_on)
    RETURNING r.learner_id, r.milestone_id, r.activities, r.reached_on
), first AS (
    SELECT r.learner_id, r.milestone_id, r.reached_on FROM reaches r
    JOIN added a USING (learner_id, milestone_id) WHERE r.activities = a.activities
), counted AS (
    UPDATE learners l SET milestones_reached = l.milestones_reached + f.reached
    FROM (SELECT learner_id, count(*)::int AS reached FROM first GROUP BY learner_id) f
    WHERE l.learner_id = f.learner_id
)
SELECT f.learner_id, f.milestone_id, f.reached_on, m.title FROM first f
LEFT JOIN milestones m USING (learner_id, milestone_id) ORDER BY f.learner_id, f.milestone_id
"""
_TELL = """
INSERT INTO notices (learner_id, revision, n, kind, body, commit_id, created_at)
SELECT learner_id, revision, n, 'milestone_reached', body, $5, $6
FROM unnest($1::uuid[], $2::bigint[], $3::int[], $4::jsonb[]) AS u(learner_id, revision, n, body)
WHERE NOT EXISTS (SELECT FROM profiles q WHERE q.learner_id = u.learner_id AND q.quiet)
"""


async def raise_spaces(
    connection: Writing,
    decided: Sequence[Decided],
    fresh: Sequence[Submission],
    commit_id: UUID,
    now: datetime,
) -> None:
    """Count what `fresh` activities, all of them new in the log, add to spaces, goals and milestones.

    Milestones reached by it for the first time are noted in `decided`, and their learners told, but for those who want
    quiet.
    """
    keys = [sent.key for sent in fresh if _names_something(sent)]
    if not keys:
        return
    reached: dict[UUID, list[MilestoneReached]] = {}
    for learner_id, *first in await connection.fetch(_RAISE, *map(list, zip(*keys, strict=True))):
        reached.setdefault(learner_id, []).append(MilestoneReached(*first))
    for d in decided:
        d.reached = reached.get(d.learner.learner_id, ())
    notices = [
        (d.learner.learner_id, d.learner.revision, n, orjson.dumps(asdict(one)).decode())
        for d in decided
        for n, one in enumerate(d.reached, len(d.level_changes) + d.goals_met)
    ]
    if notices:
        await connection.execute(_TELL, *map(list, zip(*notices, strict=True)), commit_id, now)


def _names_something(sent: Submission) -> bool:
    activity = sent.activity
    if activity.space_id is not None or activity.goal_id is not None:
        return True
    return activity.object_id is not None and MILESTONE_REACHED.holds_for(activity.object_type, activity.verb)
