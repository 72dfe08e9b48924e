"""Adds indexes for the feed of one topic or one object type, so that sparse activities are found fast too."""

from alembic import op

revision = "20261126_feed_filters"
down_revision = "20261126_rebuilds"
branch_labels = None
depends_on = None

_FILTERS = ("topic", "object_type")


def upgrade() -> None:
    for name in _FILTERS:
        op.create_index(f"ix_activities_learner_id_{name}_local_day", "activities", ["learner_id", name, "local_day"])


def downgrade() -> None:
    for name in _FILTERS:
        op.drop_index(f"ix_activities_learner_id_{name}_local_day", "activities")
