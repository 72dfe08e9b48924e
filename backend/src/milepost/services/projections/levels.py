"""Skill levels: the sums of topics, and the level that the rules decide from them."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from milepost.db.connection import Writing
from milepost.db.log.projections import SKILLS
from milepost.rules.policy import Policy
from milepost.rules.skills import level_for
from milepost.services.projections.declaration import Comparison, Difference, Refill

# Rows that stay keep the history of their level.
_MERGE = f"""
WITH made AS ({SKILLS.from_log}), gone AS (
    DELETE FROM skill_levels s WHERE learner_id = ANY($1::uuid[])
    AND NOT EXISTS (SELECT FROM made m WHERE m.learner_id = s.learner_id AND m.topic = s.topic)
)
INSERT INTO skill_levels ({SKILLS.listed}, level) SELECT made.*, $2 FROM made
ON CONFLICT (learner_id, topic) DO UPDATE SET {", ".join(f"{name} = excluded.{name}" for name in SKILLS.columns)}
"""
_STORED = """
SELECT learner_id, topic, graded, grade_milli, level FROM skill_levels WHERE learner_id = ANY($1::uuid[])
"""
_KEEP = """
UPDATE skill_levels s SET previous_level = s.level, level = u.level, level_updated_at = $4
FROM unnest($1::uuid[], $2::text[], $3::text[]) AS u(learner_id, topic, level)
WHERE s.learner_id = u.learner_id AND s.topic = u.topic
"""
_STORED_BY_LOG = f"""
SELECT s.learner_id, s.topic, s.level, m.graded, m.grade_milli
FROM skill_levels s JOIN ({SKILLS.from_log}) m USING (learner_id, topic)
WHERE s.learner_id = ANY($1::uuid[]) ORDER BY s.learner_id, s.topic
"""


async def relevel(connection: Writing, learners: Sequence[UUID], policy: Policy, now: datetime) -> None:
    """Decide the level of every topic of these learners again, and store those that changed."""
    moved = []
    for learner_id, topic, graded, grade_milli, stored in await connection.fetch(_STORED, learners):
        level = level_for(graded, grade_milli, policy.skills, stored)
        if level != stored:
            moved.append((learner_id, topic, level))
    if moved:
        learner_ids, topics, levels = map(list, zip(*moved, strict=True))
        await connection.execute(_KEEP, learner_ids, topics, levels, now)


async def refill_skills(refill: Refill) -> None:
    """Merge the sums of topics into the rows. A topic that was missing has the first level until its own is decided."""
    await refill.connection.execute(_MERGE, refill.learners, refill.policy.skills.levels[0].name)


async def refill_levels(refill: Refill) -> None:
    """Decide all levels of the learners again."""
    await relevel(refill.connection, refill.learners, refill.policy, refill.now)


async def differing_levels(comparison: Comparison) -> list[Difference]:
    """Stored levels that the grades in the log do not give."""
    differences = []
    for learner_id, topic, stored, graded, grade_milli in await comparison.connection.fetch(
        _STORED_BY_LOG, comparison.learners
    ):
        level = level_for(graded, grade_milli, comparison.policy.skills, stored)
        if level != stored:
            differences.append(Difference("skill_levels", learner_id, {"topic": topic}, "level", stored, level))
    return differences
