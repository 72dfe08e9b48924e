"""The weekday on which a learner wants the weekly digest. Nobody has chosen one yet."""

import sqlalchemy as sa
from alembic import op

revision = "20261129_me"
down_revision = "20261129_goal_category"
branch_labels = None
depends_on = None


def upgrade() -> None:
    comment = "1 is Monday; null: no weekly digest"
    op.add_column("profiles", sa.Column("digest_weekday", sa.SmallInteger(), nullable=True, comment=comment))


def downgrade() -> None:
    op.drop_column("profiles", "digest_weekday")
