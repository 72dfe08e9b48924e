"""Adds a column of `learners` that marks a learner for a rebuild by a job."""

import sqlalchemy as sa
from alembic import op

revision = "20261126_rebuilds"
down_revision = "20261126_achievements"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "learners",
        sa.Column(
            "rebuild_due_at",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="since when everything counted is to be made anew by a job",
        ),
    )
    op.create_index(
        "ix_learners_rebuild_due_at",
        "learners",
        ["rebuild_due_at"],
        postgresql_where=sa.text("rebuild_due_at IS NOT NULL"),
    )


def downgrade() -> None:
    op.drop_index("ix_learners_rebuild_due_at", "learners")
    op.drop_column("learners", "rebuild_due_at")
