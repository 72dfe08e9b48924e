"""The planner: categories, tasks with their slots, focus slots of calendar days, and their sums by day."""

from sqlalchemy import Column, Date, Index, Integer, SmallInteger, Table, Text, Uuid
from sqlalchemy.dialects.postgresql import JSONB

from milepost.db.tables.schema import ROOM_FOR_UPDATES, instant, learner_key, metadata, small_count

PLANNER_SUMS = (
    "scheduled_minutes",
    "completed_scheduled_minutes",
    "focus_minutes",
    "focus_slot_minutes",
    "completed_n",
    "due_n",
    "due_completed_n",
)
"""The sums of a planner day, in the order of `rules.planner.PlannerSums`."""

categories = Table(
    "categories",
    metadata,
    learner_key(),
    Column("category_id", Uuid, primary_key=True),
    Column("name", Text, nullable=False),
    Column("color", Text, comment="null: by its place in the order"),
    Column("position", Integer, comment="from 0; null: after those that have one, by name"),
    instant("created_at"),
    Index("uq_categories_learner_id_name", "learner_id", "name", unique=True),
    comment="facts: the kinds of things a learner plans",
)

tasks = Table(
    "tasks",
    metadata,
    learner_key(),
    Column("task_id", Uuid, primary_key=True),
    Column("title", Text, nullable=False),
    Column("category_id", Uuid),
    Column("status", Text, nullable=False, comment="pending, in_progress or completed"),
    Column("due_day", Date),
    instant("completed_at", nullable=True),
    small_count("completions"),
    instant("created_at"),
    instant("updated_at"),
    Index("ix_tasks_learner_id_status", "learner_id", "status"),
    Index("ix_tasks_learner_id_completed_at", "learner_id", "completed_at"),
    Index("ix_tasks_learner_id_category_id", "learner_id", "category_id"),
    Index("ix_tasks_learner_id_due_day", "learner_id", "due_day"),
    Index("ix_tasks_learner_id_created_at", "learner_id", "created_at", "task_id"),
    comment="facts: what a learner plans to do; completions counts how often it was completed, also what was undone",
)

task_slots = Table(
    "task_slots",
    metadata,
    learner_key(),
    Column("task_id", Uuid, primary_key=True),
    Column("n", SmallInteger, primary_key=True),
    instant("starts_at"),
    instant("ends_at"),
    Index("ix_task_slots_learner_id_starts_at", "learner_id", "starts_at"),
    comment="facts: when a task is scheduled, as sent: half-open, on whole minutes, at most 24 hours each",
)

calendar_days = Table(
    "calendar_days",
    metadata,
    learner_key(),
    Column("day", Date, primary_key=True),
    Column("focus_slots", JSONB, nullable=False, comment="[[start, end], …] as sent: half-open, on whole minutes"),
    comment="facts: the hours of a day a learner wants to keep for focus; each slot began on it when it was stored",
)

planner_days = Table(
    "planner_days",
    metadata,
    learner_key(),
    Column("day", Date, primary_key=True),
    Column("category", Text, primary_key=True, comment="'' is all of them; a category's id, or uncategorised"),
    *(small_count(name) for name in PLANNER_SUMS),
    comment="projection: what the planner comes to on a learner's day; focus-slot minutes stand under '' alone",
    postgresql_with=ROOM_FOR_UPDATES,
)
