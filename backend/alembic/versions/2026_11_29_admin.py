"""What administration needs: whether a queued rebuild revokes unlocks, and an index over display names."""

import sqlalchemy as sa
from alembic import op

revision = "20261129_admin"
down_revision = "20261129_notices"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Learners who wait already do so after a void, which revokes.
    op.add_column(
        "learners",
        sa.Column(
            "rebuild_revokes",
            sa.Boolean(),
            server_default=sa.text("true"),
            nullable=False,
            comment="whether that rebuild takes back what is no longer met: after a void, not on request",
        ),
    )
    op.create_index(
        "ix_profiles_display_name",
        "profiles",
        [sa.text('lower(display_name) COLLATE "C"'), "learner_id"],
        postgresql_where=sa.text("display_name IS NOT NULL"),
    )


def downgrade() -> None:
    op.drop_index("ix_profiles_display_name", table_name="profiles")
    op.drop_column("learners", "rebuild_revokes")
