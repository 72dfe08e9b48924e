"""How many exercises carry a duration or hints, by day and by learner: averages rest on these.

In rows already counted they are null, and averages leave those rows out. `milepost rebuild --only days` and
`milepost rebuild --only totals` count them, once no process of the previous version still writes.
"""

import sqlalchemy as sa
from alembic import op

revision = "20261128_reported"
down_revision = "20261128_category_order"
branch_labels = None
depends_on = None

NAMES = ("timed_exercises", "hinted_exercises", "exercise_hints")


def upgrade() -> None:
    for name in NAMES:
        op.add_column("activity_days", sa.Column(name, sa.BigInteger(), nullable=True))
        op.add_column("learners", sa.Column(name, sa.BigInteger(), nullable=True))
        # Set afterwards, so that only new rows get it.
        op.alter_column("learners", name, server_default="0")


def downgrade() -> None:
    for name in NAMES:
        op.drop_column("learners", name)
        op.drop_column("activity_days", name)
