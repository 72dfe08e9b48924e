"""Unseen digests are found by the primary key: intake adds digests and does not look for them any more."""

import sqlalchemy as sa
from alembic import op

revision = "20261129_digest_index"
down_revision = "20261129_notice_indexes"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.drop_index("ix_notices_unseen_digests", "notices")


def downgrade() -> None:
    op.create_index(
        "ix_notices_unseen_digests",
        "notices",
        ["learner_id"],
        postgresql_where=sa.text("kind = 'digest' AND seen_at IS NULL"),
    )
