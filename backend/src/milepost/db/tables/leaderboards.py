"""Leaderboards: the scores of the learners who take part, groups, and the figures by which learners are compared."""

from sqlalchemy import Boolean, CheckConstraint, Column, Date, Index, Integer, Table, Text, Uuid, text
from sqlalchemy.dialects.postgresql import JSONB

from milepost.db.tables.schema import count, instant, learner_key, metadata, small_count


def _board(score: str) -> Index:
    return Index(f"ix_board_scores_{score}", "period", "first_day", score, "learner_id")


board_scores = Table(
    "board_scores",
    metadata,
    learner_key(),
    Column("period", Text, primary_key=True, comment="week, month or all"),
    Column("first_day", Date, primary_key=True, comment="of the week or month; of all days the first of the calendar"),
    count("points"),
    count("exercises"),
    count("minutes"),
    small_count("streak"),
    _board("points"),
    _board("exercises"),
    _board("minutes"),
    Index(
        "ix_board_scores_streak",
        "period",
        "first_day",
        "streak",
        "learner_id",
        postgresql_where=text("period = 'all'"),
    ),
    comment="projection: what a learner has on boards, while others may see it there; streak: the longest, of all days",
    # Boards are read from the indexes alone while few pages have changed since the last vacuum.
    postgresql_with={"autovacuum_vacuum_scale_factor": "0.02"},
)

board_groups = Table(
    "board_groups",
    metadata,
    Column("group_id", Uuid, primary_key=True),
    Column("name", Text, nullable=False),
    instant("created_at"),
    comment="reference: groups with boards of their own, such as classes",
)

group_members = Table(
    "group_members",
    metadata,
    learner_key(),
    Column("group_id", Uuid, primary_key=True),
    instant("added_at"),
    Index("ix_group_members_group_id", "group_id", "learner_id"),
    comment="facts: the groups a learner is in",
)

peer_figures = Table(
    "peer_figures",
    metadata,
    Column("single_row", Boolean, primary_key=True, server_default=text("true")),
    Column("first_day", Date, nullable=False),
    Column("last_day", Date, nullable=False),
    Column("learners", Integer, nullable=False, comment="how many were compared"),
    Column("bands", JSONB, nullable=False, comment="by metric and band, the least value in it; empty if too few"),
    instant("counted_at"),
    CheckConstraint("single_row", name="single_row"),
    comment="reference: one row; where each band of learners begins, as the daily job counted",
)
