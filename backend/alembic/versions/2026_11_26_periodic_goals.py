"""Adds periodic goals and their periods, both empty."""

import sqlalchemy as sa
from alembic import op

from milepost.db.migrations import distribute

revision = "20261126_goals"
down_revision = "20261126_planner"
branch_labels = None
depends_on = None


def _instant(name: str, *, nullable: bool = False, comment: str | None = None) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable, comment=comment)


def upgrade() -> None:
    op.create_table(
        "goals",
        sa.Column("learner_id", sa.Uuid(), nullable=False),
        sa.Column("goal_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("target_type", sa.Text(), nullable=False),
        sa.Column("time_period", sa.Text(), nullable=False),
        sa.Column("target_value", sa.Integer(), nullable=False),
        sa.Column("category_id", sa.Uuid(), nullable=True, comment="only tasks of this category count"),
        sa.Column("topic", sa.Text(), server_default="", nullable=False),
        sa.Column(
            "created_on", sa.Date(), nullable=False, comment="the learner's date then: the first period is that day's"
        ),
        _instant("created_at"),
        _instant("updated_at"),
        _instant("archived_at", nullable=True),
        sa.Column(
            "open_from", sa.Date(), nullable=False, comment="first day of the oldest period that is not closed yet"
        ),
        _instant("closes_at", comment="when the sweep has to look at it next"),
        sa.Column("seen_revision", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.CheckConstraint(
            "target_type IN ('minutes', 'percentage', 'task_count', 'exercises', 'points', 'active_days')",
            name=op.f("ck_goals_target_type"),
        ),
        sa.CheckConstraint("time_period IN ('daily', 'weekly', 'monthly')", name=op.f("ck_goals_time_period")),
        sa.CheckConstraint(
            "target_value > 0 AND (target_type <> 'percentage' OR target_value <= 100)",
            name=op.f("ck_goals_target_value"),
        ),
        sa.PrimaryKeyConstraint("learner_id", "goal_id", name=op.f("pk_goals")),
        comment="facts: what a learner wants to reach in every period, and how far the sweep has closed them",
        postgresql_with={"fillfactor": "85"},
    )
    op.create_index("ix_goals_closes_at", "goals", ["closes_at"], postgresql_where=sa.text("archived_at IS NULL"))
    op.create_table(
        "goal_periods",
        sa.Column("learner_id", sa.Uuid(), nullable=False),
        sa.Column("goal_id", sa.Uuid(), nullable=False),
        sa.Column("period_start", sa.Date(), nullable=False),
        sa.Column("period_end", sa.Date(), nullable=False),
        sa.Column("target", sa.Integer(), nullable=False),
        sa.Column(
            "achieved",
            sa.BigInteger(),
            server_default=sa.text("0"),
            nullable=False,
            comment="whole, rounded down",
        ),
        sa.Column("percent", sa.Numeric(5, 2), nullable=False),
        sa.Column(
            "is_applicable",
            sa.Boolean(),
            server_default=sa.text("true"),
            nullable=False,
            comment="false: a percentage of 0",
        ),
        _instant("met_at", nullable=True),
        _instant("closed_at", nullable=True),
        _instant("taken_at"),
        _instant("revised_at", nullable=True),
        sa.PrimaryKeyConstraint("learner_id", "goal_id", "period_start", name=op.f("pk_goal_periods")),
        comment="award: what came of a period of a goal, by the target it had; met stays met",
        postgresql_with={"fillfactor": "85"},
    )
    op.create_index("ix_goal_periods_learner_id_period", "goal_periods", ["learner_id", "period_start", "period_end"])
    distribute(op.get_bind(), "goals")
    distribute(op.get_bind(), "goal_periods")


def downgrade() -> None:
    op.drop_table("goal_periods")
    op.drop_table("goals")
