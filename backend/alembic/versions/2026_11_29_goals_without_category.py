"""Lets a goal count the tasks without a category.

A column of its own, because the previous release goes on writing ids into `category_id` during an upgrade.
"""

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
WHERE g.uncategorised AND g.archived_at IS NULL
GROUP BY g.learner_id, g.goal_id, g.open_from, g.target_value
ON CONFLICT (learner_id, goal_id, from_day) DO UPDATE SET archived = true
"""
_ARCHIVE_GOALS = """
UPDATE goals SET archived_at = coalesce(archived_at, updated_at), closes_at = NULL WHERE uncategorised
"""


def upgrade() -> None:
    op.add_column(
        "goals",
        sa.Column(
            "uncategorised",
            sa.Boolean(),
            nullable=False,
            server_default=sa.text("false"),
            comment="only tasks without one",
        ),
    )


def downgrade() -> None:
    op.execute(_ARCHIVE_VERSIONS)
    op.execute(_ARCHIVE_GOALS)
    op.drop_column("goals", "uncategorised")
