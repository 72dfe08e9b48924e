"""A learner's topics: sums and levels, by name."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from milepost.db.tables import skill_levels
from milepost.rules.skills import TopicSums

MAX_TOPICS = 1_000
_s = skill_levels.c


@dataclass(frozen=True, slots=True)
class Skill:
    """One topic: its level with history, and what it rests on."""

    topic: str
    level: str
    previous_level: str | None
    level_updated_at: datetime | None
    exercises: int
    sums: TopicSums


async def skills(connection: AsyncConnection, learner_id: UUID) -> Sequence[Skill]:
    """All topics of a learner by name. One statement."""
    query = (
        select(
            _s.topic,
            _s.level,
            _s.previous_level,
            _s.level_updated_at,
            _s.exercises,
            _s.graded,
            _s.grade_milli,
            _s.seconds,
            _s.review_n,
            _s.review_milli,
        )
        .where(_s.learner_id == learner_id)
        .order_by(_s.topic)
        .limit(MAX_TOPICS)
    )
    return [
        Skill(topic, level, previous_level, level_updated_at, exercises, TopicSums(*sums))
        for topic, level, previous_level, level_updated_at, exercises, *sums in await connection.execute(query)
    ]
