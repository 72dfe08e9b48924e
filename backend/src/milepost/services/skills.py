"""Recalculates the level of one topic on request, from the same sums and by the same rule as intake."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from milepost.db.connection import Writing
from milepost.db.learner_row import raise_revisions
from milepost.rules.policy import Policy
from milepost.rules.skills import level_for

_TOPIC = (
    "SELECT exercises, graded, grade_milli, level FROM skill_levels WHERE learner_id = $1 AND topic = $2 FOR UPDATE"
)
_LOCK = "SELECT 1 FROM learners WHERE learner_id = $1 FOR UPDATE"
_SET_LEVEL = """
UPDATE skill_levels SET previous_level = level, level = $3, level_updated_at = $4 WHERE learner_id = $1 AND topic = $2
"""


@dataclass(frozen=True, slots=True)
class RecalculatedLevel:
    """A topic's level. `graded` of its exercises have a grade; `grade_milli` is the sum of grades in thousandths."""

    topic: str
    level: str
    previous_level: str
    changed: bool
    exercises: int
    graded: int
    grade_milli: int


async def recalculate_level(
    connection: Writing, learner_id: UUID, topic: str, policy: Policy, now: datetime
) -> RecalculatedLevel:
    """Decide the level again and store it if it differs. A topic that was never practised has the first level."""
    await connection.fetch(_LOCK, learner_id)
    row = await connection.fetchrow(_TOPIC, learner_id, topic)
    if row is None:
        first = policy.skills.levels[0].name
        return RecalculatedLevel(topic, first, first, changed=False, exercises=0, graded=0, grade_milli=0)
    exercises, graded, grade_milli, current = row
    level = level_for(graded, grade_milli, policy.skills, current)
    if level != current:
        await connection.execute(_SET_LEVEL, learner_id, topic, level, now)
        await raise_revisions(connection, [learner_id])
    changed = level != current
    return RecalculatedLevel(topic, level, current, changed, exercises, graded, grade_milli)
