"""Adds running totals of a learner's cells, and the columns of `learners` that they need."""

import sqlalchemy as sa
from alembic import op

revision = "20261126_totals"
down_revision = "20261126_feed_filters"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "running_totals",
        sa.Column("learner_id", sa.Uuid(), nullable=False),
        sa.Column("through", sa.Date(), nullable=False),
        sa.Column("by_type", sa.JSON(), nullable=False),
        sa.Column("by_topic", sa.JSON(), nullable=False),
        sa.Column("by_path", sa.JSON(), nullable=False),
        sa.Column("by_difficulty", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("learner_id", "through", name="pk_running_totals"),
        comment="projection: what cells from the first day through one add up to; holds up to learners.totals_through",
    )
    op.add_column(
        "learners",
        sa.Column(
            "totals_through",
            sa.Date(),
            nullable=True,
            comment="the last day up to which running totals, if there are any, hold",
        ),
    )
    op.add_column(
        "learners",
        sa.Column(
            "totals_due_at",
            sa.BigInteger(),
            nullable=False,
            server_default=sa.text("64"),
            comment="number of activities from which on running totals are to be taken",
        ),
    )
    is_due = sa.Computed("activities >= totals_due_at", persisted=True)
    op.add_column("learners", sa.Column("totals_due", sa.Boolean(), is_due, nullable=False))
    op.create_index("ix_learners_totals_due", "learners", ["learner_id"], postgresql_where=sa.text("totals_due"))


def downgrade() -> None:
    op.drop_index("ix_learners_totals_due", "learners")
    for name in ("totals_due", "totals_due_at", "totals_through"):
        op.drop_column("learners", name)
    op.drop_table("running_totals")
