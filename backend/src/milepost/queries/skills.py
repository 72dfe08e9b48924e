"""A learner's topics with their sums and levels, ordered by name."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from milepost.db.connection import Reading
from milepost.rules.skills import TopicSums

MAX_TOPICS = 1_000
_SKILLS = f"""
SELECT topic, level, previous_level, level_updated_at, exercises, graded, grade_milli, seconds, review_n, review_milli
FROM skill_levels WHERE learner_id = $1 ORDER BY topic LIMIT {MAX_TOPICS}
"""


@dataclass(frozen=True, slots=True)
class Skill:
    """One topic: its level with history, and the sums that decide it."""

    topic: str
    level: str
    previous_level: str | None
    level_updated_at: datetime | None
    exercises: int
    sums: TopicSums


async def skills(connection: Reading, learner_id: UUID) -> Sequence[Skill]:
    """All topics of a learner, ordered by name. One statement."""
    return [
        Skill(topic, level, previous_level, level_updated_at, exercises, TopicSums(*sums))
        for topic, level, previous_level, level_updated_at, exercises, *sums in await connection.fetch(
            _SKILLS, learner_id
        )
    ]
