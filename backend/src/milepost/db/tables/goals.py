"""Periodic goals, the versions of their targets, and the result of each of their periods."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    Index,
    Integer,
    Numeric,
    Table,
    Text,
    Uuid,
    text,
)

from milepost.db.tables.schema import ROOM_FOR_UPDATES, count, instant, label, learner_key, metadata

_TYPES = "'minutes', 'percentage', 'task_count', 'exercises', 'points', 'active_days'"

goals = Table(
    "goals",
    metadata,
    learner_key(),
    Column("goal_id", Uuid, primary_key=True),
    Column("name", Text, nullable=False),
    Column("target_type", Text, nullable=False),
    Column("time_period", Text, nullable=False),
    Column("target_value", Integer, nullable=False, comment="that of the newest version"),
    Column("category_id", Uuid, comment="only tasks of this category count"),
    Column("uncategorised", Boolean, nullable=False, server_default=text("false"), comment="only tasks without one"),
    label("topic"),
    Column("created_on", Date, nullable=False, comment="the learner's date then: the first period is that day's"),
    instant("created_at"),
    instant("updated_at"),
    instant("archived_at", nullable=True),
    Column("open_from", Date, nullable=False, comment="first day of the oldest period that is not closed yet"),
    Column("closes_at", instant("x").type, comment="when the sweep has to look at it next; null: nothing to close"),
    count("seen_revision"),
    CheckConstraint(f"target_type IN ({_TYPES})", name="target_type"),
    CheckConstraint("time_period IN ('daily', 'weekly', 'monthly')", name="time_period"),
    CheckConstraint("target_value > 0 AND (target_type <> 'percentage' OR target_value <= 100)", name="target_value"),
    Index("ix_goals_closes_at", "closes_at", postgresql_where=text("closes_at IS NOT NULL")),
    comment="facts: what a learner wants to reach in every period, and how far the sweep has closed them",
    postgresql_with=ROOM_FOR_UPDATES,
)

goal_versions = Table(
    "goal_versions",
    metadata,
    learner_key(),
    Column("goal_id", Uuid, primary_key=True),
    Column("from_day", Date, primary_key=True, comment="the learner's date from which on it is in force"),
    Column("target", Integer, nullable=False),
    Column("archived", Boolean, nullable=False, server_default=text("false"), comment="the goal counts nothing"),
    CheckConstraint("target > 0", name="target"),
    comment="facts: the target of a goal from a day on, and whether it is archived; one a day, the last one counts",
    postgresql_with=ROOM_FOR_UPDATES,
)

goal_periods = Table(
    "goal_periods",
    metadata,
    learner_key(),
    Column("goal_id", Uuid, primary_key=True),
    Column("period_start", Date, primary_key=True),
    Column("period_end", Date, nullable=False),
    Column("target", Integer, nullable=False),
    Column("achieved", BigInteger, nullable=False, server_default=text("0"), comment="whole, rounded down"),
    Column("percent", Numeric(5, 2), nullable=False),
    Column("is_applicable", Boolean, nullable=False, server_default=text("true"), comment="false: a percentage of 0"),
    instant("met_at", nullable=True),
    instant("closed_at", nullable=True),
    instant("taken_at"),
    instant("revised_at", nullable=True),
    Index("ix_goal_periods_learner_id_period", "learner_id", "period_start", "period_end"),
    comment="award: what came of a period of a goal, by the target it had; met stays met",
    postgresql_with=ROOM_FOR_UPDATES,
)
