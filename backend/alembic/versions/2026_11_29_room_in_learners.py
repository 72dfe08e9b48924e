"""Pages of `learners` keep more space: intake updates a row up to three times in a commit.

Pages that exist are filled as before until they are rewritten; VACUUM FULL learners does that at once.
"""

from alembic import op

revision = "20261129_room_in_learners"
down_revision = "20261129_digest_index"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("ALTER TABLE learners SET (fillfactor = 30)")


def downgrade() -> None:
    op.execute("ALTER TABLE learners SET (fillfactor = 85)")
