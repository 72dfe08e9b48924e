"""Adds the public links of learners."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from milepost.db.migrations import distribute

revision = "20261129_sharing"
down_revision = "20261129_admin"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "shares",
        sa.Column("learner_id", sa.Uuid(), nullable=False),
        sa.Column("share_id", sa.Uuid(), nullable=False),
        sa.Column("token", sa.Text(), nullable=False, comment="the secret part of the link"),
        sa.Column("kind", sa.Text(), nullable=False, comment="badge or progress"),
        sa.Column("code", sa.Text(), nullable=True, comment="of a badge: its achievement"),
        sa.Column("fields", postgresql.JSONB(), nullable=False, comment="what the page shows beside the badge"),
        sa.Column("ends_on", sa.Date(), nullable=True, comment="the last day on which the link works; null: no end"),
        sa.Column("views", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column(
            "views_by_day",
            postgresql.JSONB(),
            server_default=sa.text("'{}'::jsonb"),
            nullable=False,
            comment="views by the learner's day, of the last days only",
        ),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("learner_id", "share_id", name="pk_shares"),
        comment="facts: public links to a badge or to progress, and how often each was opened",
        postgresql_with={"fillfactor": "85"},
    )
    op.create_index("ix_shares_token", "shares", ["token"])
    distribute(op.get_bind(), "shares")


def downgrade() -> None:
    op.drop_table("shares")
