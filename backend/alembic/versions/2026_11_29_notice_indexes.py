"""Indexes of notices that cost a write little: one over unseen digests alone, and a summary of `created_at`.

The unread ones of a learner are found by the primary key: there are at most some thousand notices of anybody.
"""

import sqlalchemy as sa
from alembic import op

revision = "20261129_notice_indexes"
down_revision = "20261129_boards"
branch_labels = None
depends_on = None

_UNREAD = "seen_at IS NULL AND kind <> 'level_changed'"
_EXPIRING = "kind NOT IN ('achievement_unlocked', 'achievements_backfilled') AND NOT body ? 'achievements'"


def upgrade() -> None:
    op.create_index(
        "ix_notices_unseen_digests",
        "notices",
        ["learner_id"],
        postgresql_where=sa.text("kind = 'digest' AND seen_at IS NULL"),
    )
    op.drop_index("ix_notices_learner_id_revision_n", "notices")
    op.drop_index("ix_notices_created_at", "notices")
    op.create_index("ix_notices_created_at", "notices", ["created_at"], postgresql_using="brin")


def downgrade() -> None:
    op.drop_index("ix_notices_created_at", "notices")
    op.create_index("ix_notices_created_at", "notices", ["created_at"], postgresql_where=sa.text(_EXPIRING))
    op.create_index(
        "ix_notices_learner_id_revision_n",
        "notices",
        ["learner_id", "revision", "n"],
        postgresql_where=sa.text(_UNREAD),
    )
    op.drop_index("ix_notices_unseen_digests", "notices")
