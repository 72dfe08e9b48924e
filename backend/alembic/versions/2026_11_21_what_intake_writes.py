"""Creates everything intake writes, including data for later features, so that an old log can feed a new projection."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from milepost.db.migrations import distribute

revision = "20261121_intake"
down_revision = None
branch_labels = None
depends_on = None


LEARNER_TABLES = (
    "activities",
    "activity_cells",
    "activity_days",
    "learner_zones",
    "learners",
    "notices",
    "once_keys",
    "profiles",
    "skill_levels",
    "streak_excuses",
    "unlocks",
)
REFERENCE_TABLES = ("backfills", "erased", "job_runs", "outages", "system_state")


SUMS = (
    "activities",
    "exercises",
    "seconds",
    "exercise_seconds",
    "points",
    "graded",
    "grade_milli",
    "perfect",
    "no_hint",
    "hints",
)


def _sums() -> list[sa.Column[int]]:
    """The sums at the time of this migration: what it creates never changes."""
    return [sa.Column(name, sa.BigInteger(), server_default=sa.text("0"), nullable=False) for name in SUMS]


def upgrade() -> None:
    op.create_table(
        "activities",
        sa.Column("learner_id", sa.Uuid(), nullable=False),
        sa.Column("sender", sa.Text(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("verb", sa.Text(), nullable=False),
        sa.Column("object_type", sa.Text(), nullable=False),
        sa.Column("object_id", sa.Text(), nullable=True),
        sa.Column("topic", sa.Text(), server_default="", nullable=False),
        sa.Column("path", sa.Text(), server_default="", nullable=False),
        sa.Column("difficulty", sa.Text(), server_default="", nullable=False),
        sa.Column("space_id", sa.Text(), nullable=True),
        sa.Column("goal_id", sa.Text(), nullable=True),
        sa.Column("value_milli", sa.Integer(), nullable=True, comment="0–100,000: the value in thousandths"),
        sa.Column("duration_seconds", sa.Integer(), nullable=True),
        sa.Column("hints_used", sa.Integer(), nullable=True),
        sa.Column("points", sa.Integer(), nullable=False, comment="as sent, else the kind's at the time of intake"),
        sa.Column("session_id", sa.Text(), nullable=True),
        sa.Column("once_key", sa.Text(), nullable=True),
        sa.Column("zone", sa.Text(), nullable=True, comment="decides this activity's day alone"),
        sa.Column("metadata", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("local_day", sa.Date(), nullable=False),
        sa.Column("utc_offset_minutes", sa.SmallInteger(), nullable=False),
        sa.Column(
            "day_ends_at",
            sa.DateTime(timezone=True),
            nullable=False,
            comment="end of local_day in the zone that decided it",
        ),
        sa.Column(
            "counts", sa.SmallInteger(), nullable=False, comment="bits: 1 streak, 2 exercise, 4 graded, 8 review"
        ),
        sa.Column(
            "not_counted", sa.Text(), nullable=True, comment="why it adds only an activity, its seconds and the day"
        ),
        sa.Column(
            "sent_fields", sa.Integer(), nullable=False, comment="which optional fields the sender gave, by place"
        ),
        sa.Column("content_hash", sa.BigInteger(), nullable=False),
        sa.Column("commit_id", sa.Uuid(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("voided_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("learner_id", "sender", "id", name=op.f("pk_activities")),
        comment="facts: the log of activities, one row for each (learner, sender, id), for ever",
    )
    op.create_index("ix_activities_learner_id_local_day", "activities", ["learner_id", "local_day"], unique=False)
    op.create_table(
        "activity_cells",
        sa.Column("learner_id", sa.Uuid(), nullable=False),
        sa.Column("local_day", sa.Date(), nullable=False),
        sa.Column("object_type", sa.Text(), server_default="", nullable=False),
        sa.Column("verb", sa.Text(), server_default="", nullable=False),
        sa.Column("topic", sa.Text(), server_default="", nullable=False),
        sa.Column("path", sa.Text(), server_default="", nullable=False),
        sa.Column("difficulty", sa.Text(), server_default="", nullable=False),
        *_sums(),
        sa.PrimaryKeyConstraint(
            "learner_id",
            "local_day",
            "object_type",
            "verb",
            "topic",
            "path",
            "difficulty",
            name=op.f("pk_activity_cells"),
        ),
        comment="projection: a learner's day by what was done",
        postgresql_with={"fillfactor": "85"},
    )
    op.create_table(
        "activity_days",
        sa.Column("learner_id", sa.Uuid(), nullable=False),
        sa.Column("local_day", sa.Date(), nullable=False),
        *_sums(),
        sa.Column("streak_activities", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("first_counted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closes_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("dirty", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.PrimaryKeyConstraint("learner_id", "local_day", name=op.f("pk_activity_days")),
        comment="projection: a learner's day; it is met when streak_activities > 0",
        postgresql_with={"fillfactor": "85"},
    )
    op.create_index(
        "ix_activity_days_dirty", "activity_days", ["closes_at"], unique=False, postgresql_where=sa.text("dirty")
    )
    op.create_table(
        "backfills",
        sa.Column("name", sa.Text(), nullable=False, comment="what is being recomputed, with its version"),
        sa.Column("cursor", sa.Uuid(), nullable=True, comment="last learner done"),
        sa.Column("done", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_backfills")),
        comment="reference: how far a resumable job over all learners is",
    )
    op.create_table(
        "erased",
        sa.Column("digest", sa.LargeBinary(), nullable=False, comment="HMAC of a learner's id"),
        sa.Column("erased_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_erased")),
        comment="reference: who asked to be forgotten",
    )
    op.create_table(
        "job_runs",
        sa.Column("job", sa.Text(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("failures", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("last_error", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("job", name=op.f("pk_job_runs")),
        comment="reference: last run of each job",
    )
    op.create_table(
        "learner_zones",
        sa.Column("learner_id", sa.Uuid(), nullable=False),
        sa.Column(
            "valid_from", sa.DateTime(timezone=True), nullable=False, comment="-infinity for the first known zone"
        ),
        sa.Column("zone", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False, comment="claim, profile or admin"),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("learner_id", "valid_from", name=op.f("pk_learner_zones")),
        comment="facts: the zones a learner has lived in",
    )
    op.create_table(
        "learners",
        sa.Column("learner_id", sa.Uuid(), nullable=False),
        sa.Column("revision", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("days_revision", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("zone", sa.Text(), server_default="", nullable=False),
        sa.Column("zone_source", sa.Text(), server_default="assumed", nullable=False),
        sa.Column("outage_seen", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        *_sums(),
        sa.Column("active_days", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("topics", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("run", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("longest", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("last_met_day", sa.Date(), nullable=True),
        sa.Column("freezes", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("progress", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("goals_met", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("milestones_reached", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column(
            "unlocked",
            sa.LargeBinary(),
            server_default=sa.text("''::bytea"),
            nullable=False,
            comment="bit mask of unlocks",
        ),
        sa.PrimaryKeyConstraint("learner_id", name=op.f("pk_learners")),
        comment="projection: totals and streak of a learner; the row is the learner's lock",
        postgresql_with={"fillfactor": "85"},
    )
    op.create_table(
        "notices",
        sa.Column("learner_id", sa.Uuid(), nullable=False),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("body", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("commit_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("learner_id", "revision", "n", name=op.f("pk_notices")),
        comment="award: what a learner was told; (revision, n) is the order of commits",
    )
    op.create_table(
        "once_keys",
        sa.Column("learner_id", sa.Uuid(), nullable=False),
        sa.Column("object_type", sa.Text(), nullable=False),
        sa.Column("once_key", sa.Text(), nullable=False),
        sa.Column("sender", sa.Text(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("learner_id", "object_type", "once_key", name=op.f("pk_once_keys")),
        comment="facts: which activity holds a key that counts once",
    )
    op.create_table(
        "outages",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.Text(), nullable=False, comment="draft, active or withdrawn"),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column(
            "activation",
            sa.BigInteger(),
            nullable=True,
            comment="grows with each activation or withdrawal; learners.outage_seen follows",
        ),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outages")),
        comment="reference: spans in which the service was down for everyone",
    )
    op.create_table(
        "profiles",
        sa.Column("learner_id", sa.Uuid(), nullable=False),
        sa.Column("display_name", sa.Text(), nullable=True),
        sa.Column("quiet", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("boards", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.PrimaryKeyConstraint("learner_id", name=op.f("pk_profiles")),
        comment="facts: what a learner chose to show and hear",
    )
    op.create_table(
        "skill_levels",
        sa.Column("learner_id", sa.Uuid(), nullable=False),
        sa.Column("topic", sa.Text(), nullable=False),
        *_sums(),
        sa.Column("review_n", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("review_milli", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=False),
        sa.Column(
            "level",
            sa.Text(),
            server_default="",
            nullable=False,
            comment="the first level until the rules say more",
        ),
        sa.Column("previous_level", sa.Text(), nullable=True),
        sa.Column("level_updated_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("learner_id", "topic", name=op.f("pk_skill_levels")),
        comment="projection: a learner's topic and the level reached in it",
        postgresql_with={"fillfactor": "85"},
    )
    op.create_table(
        "streak_excuses",
        sa.Column("learner_id", sa.Uuid(), nullable=False),
        sa.Column("excuse_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False, comment="pause, repair or restore"),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=False),
        sa.Column("reason", sa.Text(), server_default="", nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("learner_id", "excuse_id", name=op.f("pk_streak_excuses")),
        comment="facts: days of a learner that cannot break a streak",
    )
    op.create_table(
        "system_state",
        sa.Column("single_row", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("global_revision", sa.BigInteger(), server_default=sa.text("1"), nullable=False),
        sa.Column("policy_fingerprint", sa.Text(), server_default="", nullable=False),
        sa.CheckConstraint("single_row", name=op.f("ck_system_state_single_row")),
        sa.PrimaryKeyConstraint("single_row", name=op.f("pk_system_state")),
        comment="reference: one row; global_revision grows with catalogue, policy, outages and statistics",
    )
    op.create_table(
        "unlocks",
        sa.Column("learner_id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("unlocked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("earned_on", sa.Date(), nullable=False),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.Column("commit_id", sa.Uuid(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False, comment="activity, backfill or manual"),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("learner_id", "code", name=op.f("pk_unlocks")),
        comment="award: an achievement a learner holds",
    )
    op.execute("INSERT INTO system_state DEFAULT VALUES")
    for table in LEARNER_TABLES:
        distribute(op.get_bind(), table)
    for table in REFERENCE_TABLES:
        distribute(op.get_bind(), table, reference=True)


def downgrade() -> None:
    op.drop_table("unlocks")
    op.drop_table("system_state")
    op.drop_table("streak_excuses")
    op.drop_table("skill_levels")
    op.drop_table("profiles")
    op.drop_table("outages")
    op.drop_table("once_keys")
    op.drop_table("notices")
    op.drop_table("learners")
    op.drop_table("learner_zones")
    op.drop_table("job_runs")
    op.drop_table("erased")
    op.drop_table("backfills")
    op.drop_index("ix_activity_days_dirty", table_name="activity_days", postgresql_where=sa.text("dirty"))
    op.drop_table("activity_days")
    op.drop_table("activity_cells")
    op.drop_index("ix_activities_learner_id_local_day", table_name="activities")
    op.drop_table("activities")
