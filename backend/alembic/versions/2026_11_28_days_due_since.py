"""Since when a day waits for its snapshot. Null (marked before this migration): since the day was over.

Also renews the comment on where a zone comes from: activities may name the first one.
"""

import sqlalchemy as sa
from alembic import op

revision = "20261128_due_since"
down_revision = "20261128_unknown_kinds"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("activity_days", sa.Column("dirty_at", sa.DateTime(timezone=True), nullable=True))
    op.alter_column("learner_zones", "source", comment="activity, claim, profile or admin")


def downgrade() -> None:
    op.alter_column("learner_zones", "source", comment="claim, profile or admin")
    op.drop_column("activity_days", "dirty_at")
