"""Learners who leave: erased ones whose rows are still being deleted, and ids that were merged into other learners."""

import sqlalchemy as sa
from alembic import op

from milepost.db.migrations import distribute

revision = "20261129_erasure"
down_revision = "20261129_sharing"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "former_ids",
        sa.Column("learner_id", sa.Uuid(), nullable=False),
        sa.Column(
            "former_id",
            sa.Uuid(),
            nullable=False,
            comment="another account of the same person, merged into this one",
        ),
        sa.Column("merged_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("departure", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.PrimaryKeyConstraint("learner_id", "former_id", name="pk_former_ids"),
        comment="facts: the other ids that a learner had; requests for them are refused",
    )
    op.create_index("ix_former_ids_former_id", "former_ids", ["former_id"])
    op.create_index("ix_former_ids_departure", "former_ids", ["departure"])
    distribute(op.get_bind(), "former_ids")
    op.add_column(
        "learners",
        sa.Column(
            "erasing_at",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="since when the learner is erased; rows are still being deleted",
        ),
    )
    op.create_index(
        "ix_learners_erasing_at", "learners", ["erasing_at"], postgresql_where=sa.text("erasing_at IS NOT NULL")
    )
    op.add_column("erased", sa.Column("departure", sa.BigInteger(), server_default=sa.text("0"), nullable=False))
    op.create_index("ix_erased_departure", "erased", ["departure"])
    op.add_column("system_state", sa.Column("departures", sa.BigInteger(), server_default=sa.text("0"), nullable=False))


def downgrade() -> None:
    op.drop_column("system_state", "departures")
    op.drop_index("ix_erased_departure", "erased")
    op.drop_column("erased", "departure")
    op.drop_index("ix_learners_erasing_at", "learners")
    op.drop_column("learners", "erasing_at")
    op.drop_table("former_ids")
