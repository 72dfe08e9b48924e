"""Adds the planner: categories, tasks, slots, focus slots, and their sums by day. All empty."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from milepost.db.migrations import distribute

revision = "20261126_planner"
down_revision = "20261121_snapshots"
branch_labels = None
depends_on = None

TABLES = ("categories", "tasks", "task_slots", "calendar_days", "planner_days")
SUMS = (
    "scheduled_minutes",
    "completed_scheduled_minutes",
    "focus_minutes",
    "focus_slot_minutes",
    "completed_n",
    "due_n",
    "due_completed_n",
)


def _instant(name: str, *, nullable: bool = False) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def _count(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.Integer(), server_default=sa.text("0"), nullable=False)


def upgrade() -> None:
    _create_tasks()
    op.create_table(
        "categories",
        sa.Column("learner_id", sa.Uuid(), nullable=False),
        sa.Column("category_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        _instant("created_at"),
        sa.PrimaryKeyConstraint("learner_id", "category_id", name=op.f("pk_categories")),
        comment="facts: the kinds of things a learner plans",
    )
    op.create_index("uq_categories_learner_id_name", "categories", ["learner_id", "name"], unique=True)
    op.create_table(
        "calendar_days",
        sa.Column("learner_id", sa.Uuid(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column(
            "focus_slots",
            postgresql.JSONB(astext_type=sa.Text()),
            nullable=False,
            comment="[[start, end], …] as sent: half-open, on whole minutes",
        ),
        sa.PrimaryKeyConstraint("learner_id", "day", name=op.f("pk_calendar_days")),
        comment="facts: the hours of a day a learner wants to keep for focus; each slot begins on that day",
    )
    op.create_table(
        "planner_days",
        sa.Column("learner_id", sa.Uuid(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column(
            "category", sa.Text(), nullable=False, comment="'' is all of them; a category's id, or uncategorised"
        ),
        *(_count(name) for name in SUMS),
        sa.PrimaryKeyConstraint("learner_id", "day", "category", name=op.f("pk_planner_days")),
        comment="projection: what the planner comes to on a learner's day; focus-slot minutes stand under '' alone",
        postgresql_with={"fillfactor": "85"},
    )
    for table in TABLES:
        distribute(op.get_bind(), table)


def _create_tasks() -> None:
    op.create_table(
        "tasks",
        sa.Column("learner_id", sa.Uuid(), nullable=False),
        sa.Column("task_id", sa.Uuid(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("category_id", sa.Uuid(), nullable=True),
        sa.Column("status", sa.Text(), nullable=False, comment="pending, in_progress or completed"),
        sa.Column("due_day", sa.Date(), nullable=True),
        _instant("completed_at", nullable=True),
        _count("completions"),
        _instant("created_at"),
        _instant("updated_at"),
        sa.PrimaryKeyConstraint("learner_id", "task_id", name=op.f("pk_tasks")),
        comment=(
            "facts: what a learner plans to do; completions counts how often it was completed, also what was undone"
        ),
    )
    for columns in (["status"], ["completed_at"], ["category_id"], ["due_day"], ["created_at", "task_id"]):
        op.create_index(f"ix_tasks_learner_id_{columns[0]}", "tasks", ["learner_id", *columns])
    op.create_table(
        "task_slots",
        sa.Column("learner_id", sa.Uuid(), nullable=False),
        sa.Column("task_id", sa.Uuid(), nullable=False),
        sa.Column("n", sa.SmallInteger(), nullable=False),
        _instant("starts_at"),
        _instant("ends_at"),
        sa.PrimaryKeyConstraint("learner_id", "task_id", "n", name=op.f("pk_task_slots")),
        comment="facts: when a task is scheduled, as sent: half-open, on whole minutes, at most 24 hours each",
    )
    op.create_index("ix_task_slots_learner_id_starts_at", "task_slots", ["learner_id", "starts_at"])


def downgrade() -> None:
    for table in reversed(TABLES):
        op.drop_table(table)
