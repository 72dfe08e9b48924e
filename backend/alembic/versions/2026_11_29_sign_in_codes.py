"""Adds a table of the one-time codes with which browsers fetch a learner's token."""

import sqlalchemy as sa
from alembic import op

from milepost.db.migrations import distribute

revision = "20261129_sign_in"
down_revision = "20261129_room_in_learners"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "sign_in_codes",
        sa.Column("digest", sa.LargeBinary(), nullable=False, comment="hash of the code"),
        sa.Column(
            "sealed_token", sa.LargeBinary(), nullable=False, comment="the token under a key that only the code gives"
        ),
        sa.Column("token_expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("digest", name="pk_sign_in_codes"),
        comment="reference: codes that nobody has exchanged yet; who they are for is inside the sealed token",
    )
    op.create_index("ix_sign_in_codes_expires_at", "sign_in_codes", ["expires_at"])
    distribute(op.get_bind(), "sign_in_codes", reference=True)


def downgrade() -> None:
    op.drop_table("sign_in_codes")
