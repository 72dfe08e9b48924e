"""The log: every activity ever accepted, with what policy decided about it at intake; and the once-keys taken."""

from sqlalchemy import BigInteger, Boolean, Column, Date, Index, Integer, SmallInteger, Table, Text, Uuid, text
from sqlalchemy.dialects.postgresql import JSONB

from milepost.db.tables.schema import instant, label, learner_key, metadata
from milepost.rules.activities import GRADED

TYPICAL_IS_DUE = f"typical_milli IS NULL AND counts & {GRADED} <> 0"
"""Grades for which nothing typical has been decided, as SQL; the predicate of their index."""

activities = Table(
    "activities",
    metadata,
    learner_key(),
    Column("sender", Text, primary_key=True),
    Column("id", Text, primary_key=True),
    Column("verb", Text, nullable=False),
    Column("object_type", Text, nullable=False),
    Column("object_id", Text),
    label("topic"),
    label("path"),
    label("difficulty"),
    Column("space_id", Text),
    Column("goal_id", Text),
    Column("value_milli", Integer, comment="0–100,000: the value in thousandths"),
    Column("duration_seconds", Integer),
    Column("hints_used", Integer),
    Column("points", Integer, nullable=False, comment="as sent, else the kind's at the time of intake"),
    Column("session_id", Text),
    Column("once_key", Text),
    Column("zone", Text, comment="decides this activity's day alone"),
    Column("metadata", JSONB),
    instant("occurred_at"),
    Column("local_day", Date, nullable=False),
    Column("utc_offset_minutes", SmallInteger, nullable=False),
    Column("day_ends_at", instant("x").type, nullable=False, comment="end of local_day in the zone that decided it"),
    Column("counts", SmallInteger, nullable=False, comment="bits: 1 streak, 2 exercise, 4 graded, 8 review"),
    Column("not_counted", Text, comment="why it adds only an activity, its seconds and the day"),
    Column("sent_fields", Integer, nullable=False, comment="which optional fields the sender gave, by place"),
    Column("content_hash", BigInteger, nullable=False),
    Column("commit_id", Uuid, nullable=False),
    instant("received_at"),
    instant("voided_at", nullable=True),
    Column("streak_outcome", Text, comment="what update-streak answered, unless already_counted"),
    Column("is_new_record", Boolean, comment="likewise"),
    Column("typical_milli", Integer, comment="what a typical learner gets, 0–100,000; of grades, once it is decided"),
    Column("day_seconds", Integer, comment="length of local_day in the zone that decided it; null: 24 hours"),
    Column("counted_seconds", Integer, comment="what counts of duration_seconds; null: all of it"),
    Index("ix_activities_learner_id_local_day", "learner_id", "local_day"),
    # The feed of one topic or one type, also where its activities lie far apart.
    Index("ix_activities_learner_id_topic_local_day", "learner_id", "topic", "local_day"),
    Index("ix_activities_learner_id_object_type_local_day", "learner_id", "object_type", "local_day"),
    # Grades of an earlier version, for which nothing typical has been decided: none once the backfill has passed.
    Index("ix_activities_typical_due", "local_day", "learner_id", postgresql_where=text(TYPICAL_IS_DUE)),
    # What came since the last publication of eases. A BRIN index costs intake next to nothing.
    Index("ix_activities_received_at", "received_at", postgresql_using="brin"),
    comment="facts: the log of activities, one row for each (learner, sender, id), for ever",
)

once_keys = Table(
    "once_keys",
    metadata,
    learner_key(),
    Column("object_type", Text, primary_key=True),
    Column("once_key", Text, primary_key=True),
    Column("sender", Text, nullable=False),
    Column("id", Text, nullable=False),
    comment="facts: which activity holds a key that counts once",
)
