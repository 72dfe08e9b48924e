"""What notices need to be read, told once and deleted in time; and level changes in a table of their own.

Repeated activities answer with the level changes that they caused. Notices are deleted after some time, so these move
to a table that is kept. The previous version goes on writing them as notices, and both are read.
"""

import sqlalchemy as sa
from alembic import op

from milepost.db.migrations import distribute

revision = "20261129_notices"
down_revision = "20261129_me"
branch_labels = None
depends_on = None

_UNREAD = "seen_at IS NULL AND kind <> 'level_changed'"
_EXPIRING = "kind NOT IN ('achievement_unlocked', 'achievements_backfilled') AND NOT body ? 'achievements'"
_COPY = """
INSERT INTO level_changes (learner_id, commit_id, topic, from_level, to_level, cause_sender, cause_id, changed_at)
SELECT learner_id, commit_id, body->>'topic', body->>'from', body->>'to', cause_sender, cause_id, created_at
FROM notices WHERE kind = 'level_changed' AND body ?& ARRAY['topic', 'from', 'to'] ON CONFLICT DO NOTHING
"""


def upgrade() -> None:
    op.create_index(
        "ix_notices_learner_id_revision_n",
        "notices",
        ["learner_id", "revision", "n"],
        postgresql_where=sa.text(_UNREAD),
    )
    op.create_index("ix_notices_created_at", "notices", ["created_at"], postgresql_where=sa.text(_EXPIRING))
    op.create_index("ix_learners_zone_learner_id", "learners", ["zone", "learner_id"])
    op.create_table(
        "told_once",
        sa.Column("learner_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False, comment="the kind of the notice"),
        sa.Column("day", sa.Date(), nullable=False, comment="the day of the run that it is about"),
        sa.Column(
            "run",
            sa.Integer(),
            nullable=False,
            autoincrement=False,
            comment="the length of the run then; 0 where only the day counts",
        ),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("learner_id", "kind", "day", "run", name="pk_told_once"),
        comment="award: what a learner is told once only, also when its notice is deleted or was never written",
    )
    op.create_table(
        "level_changes",
        sa.Column("learner_id", sa.Uuid(), nullable=False),
        sa.Column("commit_id", sa.Uuid(), nullable=False),
        sa.Column("topic", sa.Text(), nullable=False),
        sa.Column("from_level", sa.Text(), nullable=False),
        sa.Column("to_level", sa.Text(), nullable=False),
        sa.Column("cause_sender", sa.Text(), nullable=True, comment="with cause_id: the activity that answers with it"),
        sa.Column("cause_id", sa.Text(), nullable=True),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("learner_id", "commit_id", "topic", name="pk_level_changes"),
        comment="award: a level that an activity changed; repeats of the activity answer with it",
    )
    for table in ("told_once", "level_changes"):
        distribute(op.get_bind(), table)
    op.execute(_COPY)


def downgrade() -> None:
    op.drop_table("level_changes")
    op.drop_table("told_once")
    op.drop_index("ix_learners_zone_learner_id", "learners")
    op.drop_index("ix_notices_created_at", "notices")
    op.drop_index("ix_notices_learner_id_revision_n", "notices")
