"""Adds snapshots of learners' days. All existing days are dirty, so the sweep fills the table."""

import sqlalchemy as sa
from alembic import op

from milepost.db.migrations import distribute

revision = "20261121_snapshots"
down_revision = "20261121_intake"
branch_labels = None
depends_on = None

SUMS = (
    "activities",
    "exercises",
    "seconds",
    "exercise_seconds",
    "points",
    "graded",
    "grade_milli",
    "perfect",
    "no_hint",
    "hints",
)


def _count(name: str, kind: sa.types.TypeEngine[int]) -> sa.Column[int]:
    return sa.Column(name, kind, server_default=sa.text("0"), nullable=False)


def upgrade() -> None:
    op.create_table(
        "daily_snapshots",
        sa.Column("learner_id", sa.Uuid(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        *(_count(f"day_{name}", sa.BigInteger()) for name in SUMS),
        *(_count(name, sa.BigInteger()) for name in SUMS),
        _count("run", sa.Integer()),
        _count("longest", sa.Integer()),
        sa.Column("last_met_day", sa.Date(), nullable=True),
        _count("freezes", sa.Integer()),
        _count("progress", sa.Integer()),
        sa.Column(
            "alive_through",
            sa.Date(),
            nullable=True,
            comment="last date on which this run stands without practice",
        ),
        sa.PrimaryKeyConstraint("learner_id", "day", name=op.f("pk_daily_snapshots")),
        comment="projection: what a learner had at the end of an active day; holds for days before the first dirty one",
        postgresql_with={"fillfactor": "85"},
    )
    # After a downgrade, clean days have lost their snapshots.
    op.execute("UPDATE activity_days SET dirty = true WHERE NOT dirty")
    distribute(op.get_bind(), "daily_snapshots")


def downgrade() -> None:
    op.drop_table("daily_snapshots")
