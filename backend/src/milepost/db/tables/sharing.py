"""The public links of learners, and how often each was opened."""

from sqlalchemy import Column, Date, Index, Table, Text, Uuid, text
from sqlalchemy.dialects.postgresql import JSONB

from milepost.db.tables.schema import ROOM_FOR_UPDATES, count, instant, learner_key, metadata

shares = Table(
    "shares",
    metadata,
    learner_key(),
    Column("share_id", Uuid, primary_key=True),
    Column("token", Text, nullable=False, comment="the secret part of the link"),
    Column("kind", Text, nullable=False, comment="badge or progress"),
    Column("code", Text, comment="of a badge: its achievement"),
    Column("fields", JSONB, nullable=False, comment="what the page shows beside the badge"),
    Column("ends_on", Date, comment="the last day on which the link works; null: no end"),
    count("views"),
    Column(
        "views_by_day",
        JSONB,
        nullable=False,
        server_default=text("'{}'::jsonb"),
        comment="views by the learner's day, of the last days only",
    ),
    instant("created_at"),
    # Not unique: a distributed database allows that only together with the learner. A token has 192 random bits.
    Index("ix_shares_token", "token"),
    comment="facts: public links to a badge or to progress, and how often each was opened",
    postgresql_with=ROOM_FOR_UPDATES,
)
