"""The versions of goals: targets and archiving as facts with a first day. Fills them from what the periods tell."""

import sqlalchemy as sa
from alembic import op

from milepost.db.migrations import distribute

revision = "20261128_versions"
down_revision = "20261128_spelling"
branch_labels = None
depends_on = None

# A chain of a goal's closed periods and its open one. A link whose target is new begins a version. A gap before a link
# is the time in which the goal was archived: periods that were over meanwhile were never closed. An archived goal ends
# with the day on which it was archived, in the learner's zone then. Several versions of one day: the last one.
_FILL = """
WITH chain AS (
    SELECT learner_id, goal_id, period_start, period_end, target FROM goal_periods WHERE closed_at IS NOT NULL
    UNION ALL
    SELECT learner_id, goal_id, open_from, NULL, target_value FROM goals
), links AS (
    SELECT g.learner_id, g.goal_id, g.created_on, c.period_start, c.target, lag(c.target) OVER w AS target_before,
        greatest(coalesce(lag(c.period_end) OVER w, g.created_on - 1) + 1, g.created_on) AS due_from
    FROM goals g JOIN chain c USING (learner_id, goal_id)
    WINDOW w AS (PARTITION BY g.learner_id, g.goal_id ORDER BY c.period_end IS NULL, c.period_start)
), known_zones AS MATERIALIZED (
    SELECT name FROM pg_timezone_names
), archivals AS (
    SELECT g.learner_id, g.goal_id, g.target_value, g.created_on, g.open_from, g.archived_at, coalesce(
        (SELECT z.zone FROM learner_zones z WHERE z.learner_id = g.learner_id AND z.valid_from <= g.archived_at
         ORDER BY z.valid_from DESC LIMIT 1),
        (SELECT z.zone FROM learner_zones z WHERE z.learner_id = g.learner_id ORDER BY z.valid_from LIMIT 1)
    ) AS zone
    FROM goals g WHERE g.archived_at IS NOT NULL
), versions AS (
    SELECT learner_id, goal_id, greatest(period_start, created_on) AS from_day, target, false AS archived, 1 AS rank
    FROM links WHERE target_before IS DISTINCT FROM target OR period_start > due_from
    UNION ALL
    SELECT learner_id, goal_id, due_from, coalesce(target_before, target), true, 2
    FROM links WHERE period_start > due_from
    UNION ALL
    SELECT a.learner_id, a.goal_id,
        greatest((a.archived_at AT TIME ZONE coalesce(k.name, 'UTC'))::date, a.open_from, a.created_on),
        a.target_value, true, 3
    FROM archivals a LEFT JOIN known_zones k ON k.name = a.zone
)
INSERT INTO goal_versions (learner_id, goal_id, from_day, target, archived)
SELECT DISTINCT ON (learner_id, goal_id, from_day) learner_id, goal_id, from_day, greatest(target, 1), archived
FROM versions ORDER BY learner_id, goal_id, from_day, rank DESC
"""


def upgrade() -> None:
    op.create_table(
        "goal_versions",
        sa.Column("learner_id", sa.Uuid(), nullable=False),
        sa.Column("goal_id", sa.Uuid(), nullable=False),
        sa.Column("from_day", sa.Date(), nullable=False, comment="the learner's date from which on it is in force"),
        sa.Column("target", sa.Integer(), nullable=False),
        sa.Column(
            "archived",
            sa.Boolean(),
            server_default=sa.text("false"),
            nullable=False,
            comment="the goal counts nothing",
        ),
        sa.CheckConstraint("target > 0", name=op.f("ck_goal_versions_target")),
        sa.PrimaryKeyConstraint("learner_id", "goal_id", "from_day", name=op.f("pk_goal_versions")),
        comment="facts: the target of a goal from a day on, and whether it is archived; one a day, the last one counts",
        postgresql_with={"fillfactor": "85"},
    )
    distribute(op.get_bind(), "goal_versions")
    op.execute(_FILL)
    op.alter_column("goals", "target_value", existing_nullable=False, comment="that of the newest version")
    op.alter_column(
        "goals",
        "closes_at",
        nullable=True,
        comment="when the sweep has to look at it next; null: nothing to close",
        existing_comment="when the sweep has to look at it next",
    )
    op.drop_index("ix_goals_closes_at", "goals")
    op.create_index("ix_goals_closes_at", "goals", ["closes_at"], postgresql_where=sa.text("closes_at IS NOT NULL"))


def downgrade() -> None:
    op.drop_index("ix_goals_closes_at", "goals")
    op.create_index("ix_goals_closes_at", "goals", ["closes_at"], postgresql_where=sa.text("archived_at IS NULL"))
    op.execute("UPDATE goals SET closes_at = updated_at WHERE closes_at IS NULL")
    op.alter_column(
        "goals",
        "closes_at",
        nullable=False,
        comment="when the sweep has to look at it next",
        existing_comment="when the sweep has to look at it next; null: nothing to close",
    )
    op.alter_column(
        "goals",
        "target_value",
        existing_nullable=False,
        comment=None,
        existing_comment="that of the newest version",
    )
    op.drop_table("goal_versions")
