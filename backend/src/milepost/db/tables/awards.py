"""Awards: a rebuild adds rows and never deletes any."""

from sqlalchemy import BigInteger, Column, Date, Index, Integer, Table, Text, Uuid
from sqlalchemy.dialects.postgresql import JSONB

from milepost.db.tables.schema import instant, learner_key, metadata

UNREAD = "seen_at IS NULL AND kind <> 'level_changed'"
"""Notices that count as unread. Of the kind `level_changed`, earlier versions kept rows for replays alone."""
UNSEEN_DIGEST = "kind = 'digest' AND seen_at IS NULL"
"""Digests of late facts that the learner has not seen. Reads show them as one, under the id of the newest."""
EXPIRING = "kind NOT IN ('achievement_unlocked', 'achievements_backfilled') AND NOT body ? 'achievements'"
"""Notices that are deleted some time after they were written: all but those of achievements."""

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
    Index("ix_notices_created_at", "created_at", postgresql_using="brin"),
    comment="award: what a learner was told; (revision, n) is the order of commits",
)

told_once = Table(
    "told_once",
    metadata,
    learner_key(),
    Column("kind", Text, primary_key=True, comment="the kind of the notice"),
    Column("day", Date, primary_key=True, comment="the day of the run that it is about"),
    Column(
        "run",
        Integer,
        primary_key=True,
        autoincrement=False,
        comment="the length of the run then; 0 where only the day counts",
    ),
    instant("told_at"),
    comment="award: what a learner is told once only, also when its notice is deleted or was never written",
)

level_changes = Table(
    "level_changes",
    metadata,
    learner_key(),
    Column("commit_id", Uuid, primary_key=True),
    Column("topic", Text, primary_key=True),
    Column("from_level", Text, nullable=False),
    Column("to_level", Text, nullable=False),
    Column("cause_sender", Text, comment="with cause_id: the activity that answers with it"),
    Column("cause_id", Text),
    instant("changed_at"),
    comment="award: a level that an activity changed; repeats of the activity answer with it",
)
