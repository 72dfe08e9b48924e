"""Gives categories a colour and a position. Without one they keep today's order, by name, and get colours by it."""

import sqlalchemy as sa
from alembic import op

revision = "20261128_category_order"
down_revision = "20261128_keys"
branch_labels = None
depends_on = None

_DAY_COMMENTS = (
    "facts: the hours of a day a learner wants to keep for focus; each slot begins on that day",
    "facts: the hours of a day a learner wants to keep for focus; each slot began on it when it was stored",
)


def upgrade() -> None:
    op.add_column("categories", sa.Column("color", sa.Text(), comment="null: by its place in the order"))
    op.add_column(
        "categories",
        sa.Column("position", sa.Integer(), comment="from 0; null: after those that have one, by name"),
    )
    op.create_table_comment("calendar_days", _DAY_COMMENTS[1], existing_comment=_DAY_COMMENTS[0])


def downgrade() -> None:
    op.create_table_comment("calendar_days", _DAY_COMMENTS[0], existing_comment=_DAY_COMMENTS[1])
    op.drop_column("categories", "position")
    op.drop_column("categories", "color")
