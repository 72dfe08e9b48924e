"""Awards: a rebuild adds rows and never deletes any."""

from sqlalchemy import BigInteger, Column, Date, Index, Integer, Table, Text, Uuid
from sqlalchemy.dialects.postgresql import JSONB

from milepost.db.tables.schema import instant, learner_key, metadata

unlocks = Table(
    "unlocks",
    metadata,
    learner_key(),
    Column("code", Text, primary_key=True),
    instant("unlocked_at"),
    Column("earned_on", Date, nullable=False),
    Column("revision", BigInteger, nullable=False),
    Column("commit_id", Uuid, nullable=False),
    Column("source", Text, nullable=False, comment="activity, backfill or manual"),
    instant("revoked_at", nullable=True),
    Column("cause_sender", Text, comment="with cause_id: the activity that answers with it"),
    Column("cause_id", Text),
    Index("ix_unlocks_learner_id_earned_on", "learner_id", "earned_on"),
    comment="award: an achievement a learner holds",
)

notices = Table(
    "notices",
    metadata,
    learner_key(),
    Column("revision", BigInteger, primary_key=True),
    Column("n", Integer, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("body", JSONB, nullable=False),
    Column("commit_id", Uuid, nullable=False),
    instant("created_at"),
    instant("seen_at", nullable=True),
    Column("cause_sender", Text, comment="of a level change, with cause_id: the activity that answers with it"),
    Column("cause_id", Text),
    comment="award: what a learner was told; (revision, n) is the order of commits",
)
