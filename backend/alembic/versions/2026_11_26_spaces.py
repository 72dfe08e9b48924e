"""Adds spaces, composite goals and milestones. `milepost rebuild` counts activities already in the log."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from milepost.db.migrations import distribute

revision = "20261126_spaces"
down_revision = "20261126_audit"
branch_labels = None
depends_on = None

TABLES = (
    "spaces",
    "composite_goals",
    "goal_spaces",
    "milestones",
    "space_metrics",
    "space_tasks",
    "milestone_reaches",
    "progress_snapshots",
)


def _learner() -> sa.Column[object]:
    return sa.Column("learner_id", sa.Uuid(), nullable=False)


def _id(name: str, comment: str | None = None) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=False, comment=comment)


def _label(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), server_default="", nullable=False)


def _count(name: str, comment: str | None = None) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger(), server_default=sa.text("0"), nullable=False, comment=comment)


def _instant(name: str, *, nullable: bool = False) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def _key(table: str, *columns: str) -> sa.PrimaryKeyConstraint:
    return sa.PrimaryKeyConstraint("learner_id", *columns, name=op.f(f"pk_{table}"))


def upgrade() -> None:
    _create_facts()
    _create_projections()
    op.create_table(
        "progress_snapshots",
        _learner(),
        _id("subject", "space or goal"),
        _id("id"),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("total", sa.Numeric(4, 1), nullable=False, comment="0–100"),
        sa.Column(
            "components",
            postgresql.JSONB(astext_type=sa.Text()),
            nullable=False,
            comment="parts and the weights used",
        ),
        _instant("taken_at"),
        _key("progress_snapshots", "subject", "id", "day"),
        comment="award: how far a space or composite goal was when the sweep saw a day over; never recomputed",
    )
    # After a downgrade, the milestones that were counted are lost.
    op.execute("UPDATE learners SET milestones_reached = 0 WHERE milestones_reached <> 0")
    for table in TABLES:
        distribute(op.get_bind(), table)


def _create_facts() -> None:
    op.create_table(
        "spaces",
        _learner(),
        _id("space_id", "the platform's id"),
        _label("title"),
        sa.Column("planned_tasks", sa.Integer(), nullable=True),
        sa.Column("planned_minutes", sa.Integer(), nullable=True),
        _instant("created_at"),
        _instant("deleted_at", nullable=True),
        _key("spaces", "space_id"),
        comment="facts: what a space is called and plans; one that only activities name has no row",
    )
    op.create_table(
        "composite_goals",
        _learner(),
        _id("goal_id", "the platform's id"),
        _label("title"),
        _instant("created_at"),
        _instant("deleted_at", nullable=True),
        _key("composite_goals", "goal_id"),
        comment="facts: what a composite goal is called; one that only activities name has no row",
    )
    op.create_table(
        "goal_spaces",
        _learner(),
        _id("goal_id"),
        _id("space_id"),
        _key("goal_spaces", "goal_id", "space_id"),
        comment="facts: the spaces a composite goal is made of",
    )
    op.create_table(
        "milestones",
        _learner(),
        _id("milestone_id", "the platform's id: activities name it as their object"),
        _id("title"),
        sa.Column("space_id", sa.Text(), nullable=True),
        sa.Column("goal_id", sa.Text(), nullable=True),
        _instant("created_at"),
        _key("milestones", "milestone_id"),
        comment="facts: the milestones of a learner's spaces and composite goals",
    )


def _create_projections() -> None:
    op.create_table(
        "space_metrics",
        _learner(),
        *(_label(name) for name in ("space_id", "goal_id", "object_type", "verb")),
        _count("counted", "activities that count"),
        _count("seconds"),
        _count("valued", "those with a value"),
        _count("value_milli"),
        _count("unnamed", "valued, without an object"),
        _count("unnamed_full", "of these, valued 100"),
        _instant("due_at", nullable=True),
        _key("space_metrics", "space_id", "goal_id", "object_type", "verb"),
        comment=("projection: what activities in a space, for a goal, or reaching a milestone add up to, by kind"),
        postgresql_with={"fillfactor": "85"},
    )
    op.create_index(
        "ix_space_metrics_due_at", "space_metrics", ["due_at"], postgresql_where=sa.text("due_at IS NOT NULL")
    )
    op.create_table(
        "space_tasks",
        _learner(),
        _id("space_id"),
        _label("object_type"),
        _label("verb"),
        _id("object_id"),
        sa.Column("best_milli", sa.Integer(), nullable=False, comment="0–100,000: the best value in thousandths"),
        _key("space_tasks", "space_id", "object_type", "verb", "object_id"),
        comment="projection: the best value a learner had with each object in a space",
        postgresql_with={"fillfactor": "85"},
    )
    op.create_table(
        "milestone_reaches",
        _learner(),
        _id("milestone_id"),
        sa.Column("activities", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("reached_on", sa.Date(), nullable=False, comment="least local day of the activities that reach it"),
        _key("milestone_reaches", "milestone_id"),
        comment="projection: the milestones a learner has reached, known to us or not",
        postgresql_with={"fillfactor": "85"},
    )


def downgrade() -> None:
    for table in reversed(TABLES):
        op.drop_table(table)
