"""The Idempotency-Keys in use, with the answers that repeated requests get. Keys used before are not in it."""

import sqlalchemy as sa
from alembic import op

from milepost.db.migrations import distribute

revision = "20261128_keys"
down_revision = "20261128_reviews"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "idempotency_keys",
        sa.Column("learner_id", sa.Uuid(), nullable=False),
        sa.Column(
            "sender", sa.Text(), nullable=False, comment="learner, or the subject of a service or an administrator"
        ),
        sa.Column("operation", sa.Text(), nullable=False, comment="the operationId of the request"),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("request_hash", sa.Text(), nullable=False, comment="hash of the address and the body, by value"),
        sa.Column(
            "status",
            sa.SmallInteger(),
            server_default=sa.text("0"),
            nullable=False,
            comment="0 until the request is done",
        ),
        sa.Column("answer", sa.Text(), server_default="", nullable=False, comment="the body of the answer"),
        sa.Column("etag", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("learner_id", "sender", "operation", "key", name="pk_idempotency_keys"),
        comment="facts: keys of requests that were executed, with the answers that repeats get; kept for some days",
    )
    op.create_index("ix_idempotency_keys_learner_id_created_at", "idempotency_keys", ["learner_id", "created_at"])
    op.create_index("ix_idempotency_keys_created_at", "idempotency_keys", ["created_at"])
    distribute(op.get_bind(), "idempotency_keys")


def downgrade() -> None:
    op.drop_table("idempotency_keys")
