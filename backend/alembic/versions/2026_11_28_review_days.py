"""The reviews a learner received by day. Those in the log already are counted by `milepost rebuild --only reviews`."""

import sqlalchemy as sa
from alembic import op

from milepost.db.migrations import distribute

revision = "20261128_reviews"
down_revision = "20261126_totals"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "review_days",
        sa.Column("learner_id", sa.Uuid(), nullable=False),
        sa.Column("local_day", sa.Date(), nullable=False),
        sa.Column("review_n", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("review_milli", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.PrimaryKeyConstraint("learner_id", "local_day", name="pk_review_days"),
        comment="projection: the reviews a learner received on a day, and the sum of their ratings in thousandths",
        postgresql_with={"fillfactor": "85"},
    )
    distribute(op.get_bind(), "review_days")


def downgrade() -> None:
    op.drop_table("review_days")
