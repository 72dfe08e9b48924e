"""Spaces, composite goals and milestones: the facts about them, the sums of their activities, and their progress at the
end of days."""

from sqlalchemy import Column, Date, Index, Integer, Numeric, Table, Text, text
from sqlalchemy.dialects.postgresql import JSONB

from milepost.db.tables.schema import ROOM_FOR_UPDATES, count, instant, label, learner_key, metadata, small_count

SPACE_SUMS = ("counted", "seconds", "valued", "value_milli", "unnamed", "unnamed_full")
"""The sums of the activities of a space and goal: see the columns of `space_metrics`."""


def _noted(name: str, comment: str) -> Column[object]:
    """A count with a comment."""
    column = count(name)
    column.comment = comment
    return column


spaces = Table(
    "spaces",
    metadata,
    learner_key(),
    Column("space_id", Text, primary_key=True, comment="the platform's id"),
    label("title"),
    Column("planned_tasks", Integer),
    Column("planned_minutes", Integer),
    instant("created_at"),
    instant("deleted_at", nullable=True),
    comment="facts: what a space is called and plans; one that only activities name has no row",
)

composite_goals = Table(
    "composite_goals",
    metadata,
    learner_key(),
    Column("goal_id", Text, primary_key=True, comment="the platform's id"),
    label("title"),
    instant("created_at"),
    instant("deleted_at", nullable=True),
    comment="facts: what a composite goal is called; one that only activities name has no row",
)

goal_spaces = Table(
    "goal_spaces",
    metadata,
    learner_key(),
    Column("goal_id", Text, primary_key=True),
    Column("space_id", Text, primary_key=True),
    comment="facts: the spaces a composite goal is made of",
)

milestones = Table(
    "milestones",
    metadata,
    learner_key(),
    Column("milestone_id", Text, primary_key=True, comment="the platform's id: activities name it as their object"),
    Column("title", Text, nullable=False),
    Column("space_id", Text),
    Column("goal_id", Text),
    instant("created_at"),
    comment="facts: the milestones of a learner's spaces and composite goals",
)

space_metrics = Table(
    "space_metrics",
    metadata,
    learner_key(),
    label("space_id", key=True),
    label("goal_id", key=True),
    label("object_type", key=True),
    label("verb", key=True),
    _noted("counted", "activities that count"),
    count("seconds"),
    _noted("valued", "those with a value"),
    count("value_milli"),
    _noted("unnamed", "valued, without an object"),
    _noted("unnamed_full", "of these, valued 100"),
    instant("due_at", nullable=True),
    Index("ix_space_metrics_due_at", "due_at", postgresql_where=text("due_at IS NOT NULL")),
    comment="projection: what activities in a space, for a goal, or reaching a milestone add up to, by kind",
    postgresql_with=ROOM_FOR_UPDATES,
)

space_tasks = Table(
    "space_tasks",
    metadata,
    learner_key(),
    Column("space_id", Text, primary_key=True),
    label("object_type", key=True),
    label("verb", key=True),
    Column("object_id", Text, primary_key=True),
    Column("best_milli", Integer, nullable=False, comment="0–100,000: the best value in thousandths"),
    comment="projection: the best value a learner had with each object in a space",
    postgresql_with=ROOM_FOR_UPDATES,
)

milestone_reaches = Table(
    "milestone_reaches",
    metadata,
    learner_key(),
    Column("milestone_id", Text, primary_key=True),
    small_count("activities"),
    Column("reached_on", Date, nullable=False, comment="least local day of the activities that reach it"),
    comment="projection: the milestones a learner has reached, known to us or not",
    postgresql_with=ROOM_FOR_UPDATES,
)

progress_snapshots = Table(
    "progress_snapshots",
    metadata,
    learner_key(),
    Column("subject", Text, primary_key=True, comment="space or goal"),
    Column("id", Text, primary_key=True),
    Column("day", Date, primary_key=True),
    Column("total", Numeric(4, 1), nullable=False, comment="0–100"),
    Column("components", JSONB, nullable=False, comment="parts and the weights used"),
    instant("taken_at"),
    comment="award: how far a space or composite goal was when the sweep saw a day over; never recomputed",
)
