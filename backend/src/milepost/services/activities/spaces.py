"""Raises the projections of spaces, goals and milestones that activities name, in one statement of the same commit.

Runs after the sums, so the learners' locks are held. A batch that names none sends no statement.
`db/log/space_contributions.py` defines what a row adds.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from datetime import date
from uuid import UUID

from milepost.db.connection import Writing
from milepost.db.log.space_contributions import METRIC_KEY, METRICS, REACHED, SPACE_CONTRIBUTION, TASK_KEY, TASKS
from milepost.db.tables.spaces import SPACE_SUMS
from milepost.rules.notices.digest import is_late
from milepost.rules.policy import MILESTONE_REACHED
from milepost.services.activities.submission import MilestoneReached, Submission
from milepost.services.notices import Notice

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


async def raise_spaces(connection: Writing, new: Sequence[Submission]) -> Mapping[UUID, Sequence[MilestoneReached]]:
    """Add the `new` activities of the log to spaces, goals and milestones.

    Returns the milestones they reached for the first time, by learner.
    """
    keys = [submission.key for submission in new if _names_something(submission)]
    if not keys:
        return {}
    reached: dict[UUID, list[MilestoneReached]] = {}
    for learner_id, *milestone in await connection.fetch(_RAISE, *map(list, zip(*keys, strict=True))):
        reached.setdefault(learner_id, []).append(MilestoneReached(*milestone))
    return reached


def milestone_notices(
    reached: Mapping[UUID, Sequence[MilestoneReached]], today: Callable[[UUID], date]
) -> list[Notice]:
    """The notices of milestones reached, by learner. `today` gives the local date of a learner."""
    return [
        Notice(learner_id, "milestone_reached", asdict(milestone), is_late(milestone.reached_on, today(learner_id)))
        for learner_id, milestones in reached.items()
        for milestone in milestones
    ]


def _names_something(submission: Submission) -> bool:
    activity = submission.activity
    if activity.space_id is not None or activity.goal_id is not None:
        return True
    return activity.object_id is not None and MILESTONE_REACHED.holds_for(activity.object_type, activity.verb)
