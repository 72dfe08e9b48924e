"""Adds what mastery rests on: eases, what is typical of each grade, and sums of both by cell.

In rows already there the sums are 0 and nothing typical is decided. The job `publish_eases` brings them up, day by day,
once no process of the previous version still writes; until then no mastery is shown.
"""

import sqlalchemy as sa
from alembic import op

from milepost.db.migrations import distribute

revision = "20261129_mastery"
down_revision = "20261129_sign_in"
branch_labels = None
depends_on = None

SUMS = ("grade_weight", "weighted_grade_milli", "weighted_typical_milli", "typical_milli")
TABLES = ("eases", "ease_publications", "ease_sums", "ease_state")


def _count(name: str, comment: str | None = None) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger(), server_default=sa.text("0"), nullable=False, comment=comment)


def _label(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), server_default="", nullable=False)


def _seen_grades() -> list[sa.Column[int]]:
    expected = "sum of the shares that were expected of the learners, in millionths"
    return [_count("grades"), _count("grade_milli"), _count("expected_micro", expected)]


def upgrade() -> None:
    typical = "what a typical learner gets, 0–100,000; of grades, once it is decided"
    op.add_column("activities", sa.Column("typical_milli", sa.Integer(), nullable=True, comment=typical))
    for name in SUMS:
        op.add_column("activity_cells", _count(name))
    _create_eases()
    _create_state()
    for table in TABLES:
        distribute(op.get_bind(), table, reference=True)
    op.execute("INSERT INTO ease_state (is_deciding) SELECT NOT EXISTS (SELECT FROM activities)")
    op.create_index(
        "ix_activities_typical_due",
        "activities",
        ["local_day", "learner_id"],
        postgresql_where=sa.text("typical_milli IS NULL AND counts & 4 <> 0"),
    )
    op.create_index("ix_activities_received_at", "activities", ["received_at"], postgresql_using="brin")


def _create_eases() -> None:
    since = "first local day; until the next row of the same object"
    shift = "logit: a topic against the installation, else against its topic"
    op.create_table(
        "eases",
        _label("topic"),
        _label("object_id"),
        sa.Column("valid_from", sa.Date(), nullable=False, comment=since),
        sa.Column("shift", sa.Double(), nullable=False, comment=shift),
        *_seen_grades(),
        sa.PrimaryKeyConstraint("topic", "object_id", "valid_from", name="pk_eases"),
        comment="reference: published eases, never changed, for ever",
    )
    op.create_index("ix_eases_valid_from", "eases", ["valid_from"])
    op.create_table(
        "ease_publications",
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("ease", sa.Double(), nullable=False, comment="logit of the mean grade of the installation"),
        _count("grades"),
        _count("grade_milli"),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("valid_from", name="pk_ease_publications"),
        comment="reference: each publication of eases, for ever",
    )


def _create_state() -> None:
    due = "not published as it is now"
    op.create_table(
        "ease_sums",
        _label("topic"),
        _label("object_id"),
        *_seen_grades(),
        sa.Column("is_due", sa.Boolean(), server_default=sa.text("true"), nullable=False, comment=due),
        sa.PrimaryKeyConstraint("topic", "object_id", name="pk_ease_sums"),
        comment="reference: grades that have been seen by object, for the next publication",
    )
    op.create_index("ix_ease_sums_is_due", "ease_sums", ["topic", "object_id"], postgresql_where=sa.text("is_due"))
    revision_comment = "grows with each publication"
    deciding = "intake decides what is typical: the backfill has passed"
    op.create_table(
        "ease_state",
        sa.Column("single_row", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("revision", sa.BigInteger(), server_default=sa.text("1"), nullable=False, comment=revision_comment),
        sa.Column("is_deciding", sa.Boolean(), nullable=False, comment=deciding),
        sa.Column("passed_day", sa.Date(), nullable=True, comment="the day that the backfill has come to"),
        sa.Column("seen_until", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("single_row", name=op.f("ck_ease_state_single_row")),
        sa.PrimaryKeyConstraint("single_row", name="pk_ease_state"),
        comment="reference: one row; up to when grades received have been seen",
    )


def downgrade() -> None:
    op.drop_index("ix_activities_received_at", "activities")
    op.drop_index("ix_activities_typical_due", "activities")
    for table in reversed(TABLES):
        op.drop_table(table)
    for name in SUMS:
        op.drop_column("activity_cells", name)
    op.drop_column("activities", "typical_milli")
