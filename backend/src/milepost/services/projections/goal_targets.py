"""The columns of goals that repeat the newest version, so that lists and indexes need not look at versions."""

from milepost.services.projections.declaration import Comparison, Difference, Refill, differing_fields

_NEWEST = """
SELECT DISTINCT ON (learner_id, goal_id) learner_id, goal_id, target, archived FROM goal_versions
WHERE learner_id = ANY($1::uuid[]) ORDER BY learner_id, goal_id, from_day DESC
"""
_REFILL = f"""
UPDATE goals g SET target_value = v.target,
    archived_at = CASE WHEN v.archived THEN coalesce(g.archived_at, $2::timestamptz) END
FROM ({_NEWEST}) v
WHERE g.learner_id = v.learner_id AND g.goal_id = v.goal_id
    AND (g.target_value, g.archived_at IS NOT NULL) <> (v.target, v.archived)
"""
_DIFFERENCES = f"""
SELECT g.learner_id, g.goal_id, g.target_value, g.archived_at IS NOT NULL AS is_archived, v.target, v.archived
FROM goals g JOIN ({_NEWEST}) v USING (learner_id, goal_id)
WHERE g.learner_id = ANY($1::uuid[]) AND (g.target_value, g.archived_at IS NOT NULL) <> (v.target, v.archived)
"""


async def refill_goal_targets(refill: Refill) -> None:
    """Bring goals to their newest versions."""
    await refill.connection.execute(_REFILL, refill.learners, refill.now)


async def differing_goal_targets(comparison: Comparison) -> list[Difference]:
    """Goals that disagree with their newest versions."""
    differences = []
    for row in await comparison.connection.fetch(_DIFFERENCES, comparison.learners):
        stored = {"target_value": row["target_value"], "archived": row["is_archived"]}
        by_versions = {"target_value": row["target"], "archived": row["archived"]}
        key = {"goal_id": str(row["goal_id"])}
        differences += differing_fields("goals", row["learner_id"], key, stored, by_versions)
    return differences
