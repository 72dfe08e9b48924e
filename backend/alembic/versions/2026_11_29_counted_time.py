"""Keeps, with each activity, the length of its day where that is unusual, and how much of its time counts.

Both are null for what was recorded before: the job `count_time` decides the days of all learners once.
"""

import sqlalchemy as sa
from alembic import op

revision = "20261129_counted_time"
down_revision = "20261129_refills"
branch_labels = None
depends_on = None

_COMMENTS = {
    "day_seconds": "length of local_day in the zone that decided it; null: 24 hours",
    "counted_seconds": "what counts of duration_seconds; null: all of it",
}


def upgrade() -> None:
    for name, comment in _COMMENTS.items():
        op.add_column("activities", sa.Column(name, sa.Integer(), comment=comment))


def downgrade() -> None:
    for name in _COMMENTS:
        op.drop_column("activities", name)
