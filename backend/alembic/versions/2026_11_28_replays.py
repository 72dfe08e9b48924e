"""What replays answer: the effect of an activity on the streak, and the cause of each unlock and level change.

Rows of before have neither, and answer as they did.
"""

import sqlalchemy as sa
from alembic import op

revision = "20261128_replays"
down_revision = "20261128_own_records"
branch_labels = None
depends_on = None

_CAUSES = {
    "unlocks": "with cause_id: the activity that answers with it",
    "notices": "of a level change, with cause_id: the activity that answers with it",
}


def upgrade() -> None:
    comment = "what update-streak answered, unless already_counted"
    op.add_column("activities", sa.Column("streak_outcome", sa.Text(), nullable=True, comment=comment))
    op.add_column("activities", sa.Column("is_new_record", sa.Boolean(), nullable=True, comment="likewise"))
    for table, comment in _CAUSES.items():
        op.add_column(table, sa.Column("cause_sender", sa.Text(), nullable=True, comment=comment))
        op.add_column(table, sa.Column("cause_id", sa.Text(), nullable=True))


def downgrade() -> None:
    for table in _CAUSES:
        op.drop_column(table, "cause_id")
        op.drop_column(table, "cause_sender")
    op.drop_column("activities", "is_new_record")
    op.drop_column("activities", "streak_outcome")
