"""Has a job refill the projections of earlier migrations that an operator had to refill, and counts the runs of jobs.

Reviews, and the amounts of days and totals, were filled by `milepost rebuild --only NAME` alone. Where that was not
run, they miss what is in the log; where it was, the job finds nothing to change. By their number of runs, workers share
the runs of a job without a clock.
"""

import sqlalchemy as sa
from alembic import op

from milepost.db.migrations import refill

revision = "20261129_refills"
down_revision = "20261129_mastery"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("job_runs", sa.Column("runs", sa.BigInteger(), server_default=sa.text("0"), nullable=False))
    refill(op.get_bind(), "reviews", "days", "totals")


def downgrade() -> None:
    op.execute("DELETE FROM backfills WHERE name LIKE 'refill:%'")
    op.drop_column("job_runs", "runs")
