"""Lets a goal count the tasks without a category: its category becomes text, an id or `uncategorised`."""

import sqlalchemy as sa
from alembic import op

revision = "20261129_goal_category"
down_revision = "20261128_due_since"
branch_labels = None
depends_on = None

# The previous release has no such goals. Archived from their open period on, they keep those that are closed.
_ARCHIVE_VERSIONS = """
INSERT INTO goal_versions (learner_id, goal_id, from_day, target, archived)
SELECT g.learner_id, g.goal_id, greatest(g.open_from, max(v.from_day)), g.target_value, true
FROM goals g JOIN goal_versions v USING (learner_id, goal_id)
WHERE g.category_id = 'uncategorised' AND g.archived_at IS NULL
GROUP BY g.learner_id, g.goal_id, g.open_from, g.target_value
ON CONFLICT (learner_id, goal_id, from_day) DO UPDATE SET archived = true
"""
_ARCHIVE_GOALS = """
UPDATE goals SET archived_at = coalesce(archived_at, updated_at), closes_at = NULL, category_id = NULL
WHERE category_id = 'uncategorised'
"""


def upgrade() -> None:
    op.alter_column(
        "goals",
        "category_id",
        type_=sa.Text(),
        postgresql_using="category_id::text",
        comment="only tasks of this category count: its id, or uncategorised",
    )


def downgrade() -> None:
    op.execute(_ARCHIVE_VERSIONS)
    op.execute(_ARCHIVE_GOALS)
    op.alter_column(
        "goals",
        "category_id",
        type_=sa.Uuid(),
        postgresql_using="category_id::uuid",
        comment="only tasks of this category count",
    )
