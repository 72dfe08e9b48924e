"""Adds the catalogue of achievements, its counters, and the columns of `learners` that both need.

`learners.last_day` stays null for existing learners until their first reconciliation or rebuild sets it.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from milepost.db.migrations import distribute

revision = "20261126_achievements"
down_revision = "20261126_spaces"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "achievements",
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("bit", sa.Integer(), nullable=False, comment="place in every learner's mask, for ever"),
        sa.Column(
            "definition",
            postgresql.JSONB(),
            nullable=False,
            comment="in the language of config/achievements.toml, state included",
        ),
        sa.Column("origin", sa.Text(), nullable=False, comment="file or admin: a file retires only what came from one"),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_achievements")),
        sa.UniqueConstraint("bit", name=op.f("uq_achievements_bit")),
        comment="reference: the catalogue; a code is never deleted",
    )
    op.create_table(
        "achievement_stats",
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("holders", sa.BigInteger(), nullable=False),
        sa.Column("learners", sa.BigInteger(), nullable=False, comment="learners with at least one activity"),
        sa.Column("as_of", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_achievement_stats")),
        comment="reference: how many hold an achievement, counted hourly",
    )
    op.create_table(
        "counters",
        sa.Column("counter", sa.Text(), nullable=False),
        sa.Column(
            "amount",
            sa.Text(),
            nullable=False,
            comment="which of the sums; days: distinct days with a matching activity",
        ),
        *(sa.Column(name, sa.Text(), nullable=True, comment="null: any") for name in ("object_type", "verb", "topic")),
        sa.PrimaryKeyConstraint("counter", name=op.f("pk_counters")),
        comment="reference: what the filters of active achievements count",
    )
    op.create_table(
        "metric_counters",
        sa.Column("learner_id", sa.Uuid(), nullable=False),
        sa.Column("counter", sa.Text(), nullable=False),
        sa.Column("value", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.PrimaryKeyConstraint("learner_id", "counter", name=op.f("pk_metric_counters")),
        comment="projection: a learner's sums by the filters of active achievements",
        postgresql_with={"fillfactor": "85"},
    )
    op.create_index("ix_unlocks_learner_id_earned_on", "unlocks", ["learner_id", "earned_on"])
    for name, comment in (
        ("catalogue_revision", None),
        (
            "catalogue_decides",
            "the newest catalogue_revision that may give learners something for what they did before",
        ),
    ):
        op.add_column(
            "system_state",
            sa.Column(name, sa.BigInteger(), server_default=sa.text("0"), nullable=False, comment=comment),
        )
    op.add_column("learners", sa.Column("catalogue_seen", sa.BigInteger(), server_default=sa.text("0"), nullable=False))
    op.add_column(
        "learners",
        sa.Column(
            "last_day", sa.Date(), nullable=True, comment="last active day; null where it has not been found out yet"
        ),
    )
    connection = op.get_bind()
    for table in ("achievements", "achievement_stats", "counters"):
        distribute(connection, table, reference=True)
    distribute(connection, "metric_counters")


def downgrade() -> None:
    op.drop_index("ix_unlocks_learner_id_earned_on", "unlocks")
    op.drop_column("learners", "last_day")
    op.drop_column("learners", "catalogue_seen")
    op.drop_column("system_state", "catalogue_decides")
    op.drop_column("system_state", "catalogue_revision")
    for table in ("metric_counters", "counters", "achievement_stats", "achievements"):
        op.drop_table(table)
    # The bits of `unlocked` have a meaning only in the dropped catalogue. The next one finds the unlocks again.
    op.execute("UPDATE learners SET unlocked = ''::bytea WHERE unlocked <> ''::bytea")
