"""Adds the audit log of administrators' writes."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from milepost.db.migrations import distribute

revision = "20261126_audit"
down_revision = "20261126_goals"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "audit",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False, comment="subject of the administrator's token"),
        sa.Column("action", sa.Text(), nullable=False, comment="what was done, like zones.import"),
        sa.Column(
            "about_learner",
            sa.Uuid(),
            nullable=True,
            comment="the learner it was done to, null where it concerns everybody",
        ),
        sa.Column(
            "body",
            postgresql.JSONB(astext_type=sa.Text()),
            nullable=False,
            comment="what was asked for, and what it replaced",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit")),
        comment="reference: every write of an administrator, only ever added to",
    )
    op.create_index("ix_audit_about_learner", "audit", ["about_learner", "id"], unique=False)
    distribute(op.get_bind(), "audit", reference=True)


def downgrade() -> None:
    op.drop_table("audit")
