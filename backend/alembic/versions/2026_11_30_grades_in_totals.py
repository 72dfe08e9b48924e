"""Running totals have grades: estimates of mastery of learners with a long past no longer read every day."""

import sqlalchemy as sa
from alembic import op

from milepost.db.migrations import refill

revision = "20261130_total_grades"
down_revision = "20261129_counted_time"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # The previous version, which may still run, takes totals without grades.
    op.add_column(
        "running_totals",
        sa.Column("grades_by_topic", sa.JSON(), comment="also as they fade; null in totals of versions without it"),
    )
    refill(op.get_bind(), "running_totals")


def downgrade() -> None:
    op.execute("DELETE FROM backfills WHERE name LIKE 'refill:running_totals%'")
    op.drop_column("running_totals", "grades_by_topic")
