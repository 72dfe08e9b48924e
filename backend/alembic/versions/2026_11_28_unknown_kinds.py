"""Adds a table of the kinds of activities that senders use and nobody declared."""

import sqlalchemy as sa
from alembic import op

from milepost.db.migrations import distribute

revision = "20261128_unknown_kinds"
down_revision = "20261128_replays"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "unknown_kinds",
        sa.Column("object_type", sa.Text(), nullable=False),
        sa.Column("verb", sa.Text(), nullable=False),
        sa.Column("activities", sa.BigInteger(), nullable=False, comment="sent, whether taken or refused"),
        sa.Column("last_sender", sa.Text(), nullable=False),
        sa.Column("last_seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("object_type", "verb", name="pk_unknown_kinds"),
        comment="reference: kinds of activities that senders use and policy does not declare",
    )
    distribute(op.get_bind(), "unknown_kinds", reference=True)


def downgrade() -> None:
    op.drop_table("unknown_kinds")
