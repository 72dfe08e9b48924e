"""Leaderboards: the scores of those who take part, groups, and the figures about peers.

Nobody takes part yet, so there is nothing to fill: `profiles` had no writer. `milepost rebuild --only boards` scores
learners whose profiles were written by hand.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from milepost.db.migrations import distribute

revision = "20261129_boards"
down_revision = "20261129_erasure"
branch_labels = None
depends_on = None


def _count(name: str, type_: sa.types.TypeEngine[int]) -> sa.Column[int]:
    return sa.Column(name, type_, server_default=sa.text("0"), nullable=False)


def upgrade() -> None:
    op.add_column(
        "learners",
        sa.Column(
            "on_boards",
            sa.Boolean(),
            server_default=sa.text("false"),
            nullable=False,
            comment="others may see the learner there",
        ),
    )
    op.create_table(
        "board_scores",
        sa.Column("learner_id", sa.Uuid(), nullable=False),
        sa.Column("period", sa.Text(), nullable=False, comment="week, month or all"),
        sa.Column(
            "first_day",
            sa.Date(),
            nullable=False,
            comment="of the week or month; of all days the first of the calendar",
        ),
        _count("points", sa.BigInteger()),
        _count("exercises", sa.BigInteger()),
        _count("minutes", sa.BigInteger()),
        _count("streak", sa.Integer()),
        sa.PrimaryKeyConstraint("learner_id", "period", "first_day", name=op.f("pk_board_scores")),
        comment="projection: what a learner has on boards, while others may see it there; streak: the longest, "
        "of all days",
        postgresql_with={"autovacuum_vacuum_scale_factor": "0.02"},
    )
    for score in ("points", "exercises", "minutes"):
        op.create_index(f"ix_board_scores_{score}", "board_scores", ["period", "first_day", score, "learner_id"])
    op.create_index(
        "ix_board_scores_streak",
        "board_scores",
        ["period", "first_day", "streak", "learner_id"],
        postgresql_where=sa.text("period = 'all'"),
    )
    op.create_table(
        "board_groups",
        sa.Column("group_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("group_id", name=op.f("pk_board_groups")),
        comment="reference: groups with boards of their own, such as classes",
    )
    op.create_table(
        "group_members",
        sa.Column("learner_id", sa.Uuid(), nullable=False),
        sa.Column("group_id", sa.Uuid(), nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("learner_id", "group_id", name=op.f("pk_group_members")),
        comment="facts: the groups a learner is in",
    )
    op.create_index("ix_group_members_group_id", "group_members", ["group_id", "learner_id"])
    op.create_table(
        "peer_figures",
        sa.Column("single_row", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=False),
        sa.Column("learners", sa.Integer(), nullable=False, comment="how many were compared"),
        sa.Column(
            "bands",
            postgresql.JSONB(),
            nullable=False,
            comment="by metric and band, the least value in it; empty if too few",
        ),
        sa.Column("counted_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("single_row", name=op.f("ck_peer_figures_single_row")),
        sa.PrimaryKeyConstraint("single_row", name=op.f("pk_peer_figures")),
        comment="reference: one row; where each band of learners begins, as the daily job counted",
    )
    bind = op.get_bind()
    distribute(bind, "board_scores")
    distribute(bind, "group_members")
    distribute(bind, "board_groups", reference=True)
    distribute(bind, "peer_figures", reference=True)


def downgrade() -> None:
    for table in ("peer_figures", "group_members", "board_groups", "board_scores"):
        op.drop_table(table)
    op.drop_column("learners", "on_boards")
