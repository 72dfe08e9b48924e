"""Deciding the level of one topic on request: the same decision intake makes, from the same sums."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from milepost.db.connection import Writing
from milepost.rules.policy import Policy
from milepost.rules.skills import level_for

_TOPIC = (
    "SELECT exercises, graded, grade_milli, level FROM skill_levels WHERE learner_id = $1 AND topic = $2 FOR UPDATE"
)
_LOCK = "SELECT 1 FROM learners WHERE learner_id = $1 FOR UPDATE"
_KEEP = """
UPDATE skill_levels SET previous_level = level, level = $3, level_updated_at = $4 WHERE learner_id = $1 AND topic = $2
"""
_GROW = "UPDATE learners SET revision = revision + 1 WHERE learner_id = $1"


@dataclass(frozen=True, slots=True)
class RecalculatedLevel:
    """The level of a topic, from `graded` of its exercises with `grade_milli` thousandths of grade points in sum."""

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
    """Decide again and keep the level when it differs; a topic never practised has the first level."""
    await connection.fetch(_LOCK, learner_id)
    row = await connection.fetchrow(_TOPIC, learner_id, topic)
    if row is None:
        first = policy.skills.levels[0].name
        return RecalculatedLevel(topic, first, first, changed=False, exercises=0, graded=0, grade_milli=0)
    exercises, graded, grade_milli, held = row
    level = level_for(graded, grade_milli, policy.skills, held)
    if level != held:
        await connection.execute(_KEEP, learner_id, topic, level, now)
        await connection.execute(_GROW, learner_id)
    changed = level != held
    return RecalculatedLevel(topic, level, held, changed, exercises, graded, grade_milli)
