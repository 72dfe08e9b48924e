"""The sums that projections share, and the tables that keep them: by day, by cell, by topic, as running totals and in
snapshots of active days.
"""

from sqlalchemy import JSON, BigInteger, Boolean, Column, Date, Index, Table, Text, text

from milepost.db.tables.schema import ROOM_FOR_UPDATES, count, instant, label, learner_key, metadata, small_count

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
"""All integers: float sums would depend on the order of arrival. `grade_milli` is in thousandths of a grade point."""

REPORTED = ("timed_exercises", "hinted_exercises", "exercise_hints")
"""Exercises that carry a duration, exercises that carry hints, and these hints: what averages per exercise rest on.

Kept by day and by learner only. Null in rows counted before these columns existed: such a day is in no average
until it is rebuilt.
"""


MASTERY_SUMS = ("grade_weight", "weighted_grade_milli", "weighted_typical_milli", "typical_milli")
"""What mastery rests on: the weights of grades, and each grade and what a typical learner would have got in its place,
times its weight, in thousandths. `typical_milli` is the latter without weights, to compare it with the grades in words.

Kept by cell only. A grade for which nothing typical has been decided yet is not in them.
"""


def sum_columns() -> list[Column[object]]:
    """A new column for each of `SUMS`."""
    return [count(name) for name in SUMS]


def reported_columns(default: str | None = None) -> list[Column[object]]:
    """A new column for each of `REPORTED`; `default`: of rows that are inserted without activities."""
    return [Column(name, BigInteger, server_default=default) for name in REPORTED]


activity_days = Table(
    "activity_days",
    metadata,
    learner_key(),
    Column("local_day", Date, primary_key=True),
    *sum_columns(),
    *reported_columns(),
    small_count("streak_activities"),
    instant("first_counted_at", nullable=True),
    instant("closes_at"),
    Column("dirty", Boolean, nullable=False, server_default=text("true")),
    instant("dirty_at", nullable=True),
    Index("ix_activity_days_dirty", "closes_at", postgresql_where=text("dirty")),
    comment="projection: a learner's day; it is met when streak_activities > 0",
    postgresql_with=ROOM_FOR_UPDATES,
)

activity_cells = Table(
    "activity_cells",
    metadata,
    learner_key(),
    Column("local_day", Date, primary_key=True),
    label("object_type", key=True),
    label("verb", key=True),
    label("topic", key=True),
    label("path", key=True),
    label("difficulty", key=True),
    *sum_columns(),
    *(count(name) for name in MASTERY_SUMS),
    comment="projection: a learner's day by what was done",
    postgresql_with=ROOM_FOR_UPDATES,
)

skill_levels = Table(
    "skill_levels",
    metadata,
    learner_key(),
    Column("topic", Text, primary_key=True),
    *sum_columns(),
    count("review_n"),
    count("review_milli"),
    Column("last_day", Date, nullable=False),
    Column("level", Text, nullable=False, server_default="", comment="the first level until the rules say more"),
    Column("previous_level", Text),
    instant("level_updated_at", nullable=True),
    comment="projection: a learner's topic and the level reached in it",
    postgresql_with=ROOM_FOR_UPDATES,
)

review_days = Table(
    "review_days",
    metadata,
    learner_key(),
    Column("local_day", Date, primary_key=True),
    count("review_n"),
    count("review_milli"),
    comment="projection: the reviews a learner received on a day, and the sum of their ratings in thousandths",
    postgresql_with=ROOM_FOR_UPDATES,
)

running_totals = Table(
    "running_totals",
    metadata,
    learner_key(),
    Column("through", Date, primary_key=True),
    *(Column(name, JSON(), nullable=False) for name in ("by_type", "by_topic", "by_path", "by_difficulty")),
    Column("grades_by_topic", JSON(), comment="also as they fade; null in totals of versions without it"),
    comment="projection: what cells from the first day through one add up to; holds up to learners.totals_through",
)

DAY_SUMS = tuple(f"day_{name}" for name in SUMS)
"""The columns with the sums of that day only, in the order of `SUMS`."""

daily_snapshots = Table(
    "daily_snapshots",
    metadata,
    learner_key(),
    Column("day", Date, primary_key=True),
    *(count(name) for name in DAY_SUMS),
    *sum_columns(),
    small_count("run"),
    small_count("longest"),
    Column("last_met_day", Date),
    small_count("freezes"),
    small_count("progress"),
    Column("alive_through", Date, comment="last date on which this run stands without practice"),
    comment="projection: what a learner had at the end of an active day; holds for days before the first dirty one",
    postgresql_with=ROOM_FOR_UPDATES,
)
