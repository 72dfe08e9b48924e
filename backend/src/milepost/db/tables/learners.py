"""Learners: the facts about each, and the row of sums that every write locks first."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Computed,
    Date,
    Index,
    LargeBinary,
    SmallInteger,
    Table,
    Text,
    Uuid,
    text,
)

from milepost.db.tables.schema import (
    ROOM_FOR_SEVERAL_UPDATES,
    count,
    instant,
    label,
    learner_key,
    metadata,
    small_count,
)
from milepost.db.tables.sums import reported_columns, sum_columns
from milepost.rules.insight.running_totals import MIN_CELLS

learner_zones = Table(
    "learner_zones",
    metadata,
    learner_key(),
    Column("valid_from", instant("x").type, primary_key=True, comment="-infinity for the first known zone"),
    Column("zone", Text, nullable=False),
    Column("source", Text, nullable=False, comment="activity, claim, profile or admin"),
    instant("created_at"),
    comment="facts: the zones a learner has lived in",
)

streak_excuses = Table(
    "streak_excuses",
    metadata,
    learner_key(),
    Column("excuse_id", Uuid, primary_key=True),
    Column("kind", Text, nullable=False, comment="pause, repair or restore"),
    Column("first_day", Date, nullable=False),
    Column("last_day", Date, nullable=False),
    Column("reason", Text, nullable=False, server_default=""),
    Column("created_by", Text, nullable=False),
    instant("created_at"),
    comment="facts: days of a learner that cannot break a streak",
)

outages = Table(
    "outages",
    metadata,
    Column("id", Uuid, primary_key=True),
    instant("starts_at"),
    instant("ends_at"),
    Column("state", Text, nullable=False, comment="draft, active or withdrawn"),
    Column("reason", Text, nullable=False),
    Column("activation", BigInteger, comment="grows with each activation or withdrawal; learners.outage_seen follows"),
    instant("created_at"),
    comment="reference: spans in which the service was down for everyone",
)

former_ids = Table(
    "former_ids",
    metadata,
    learner_key(),
    Column("former_id", Uuid, primary_key=True, comment="another account of the same person, merged into this one"),
    instant("merged_at"),
    count("departure"),
    Index("ix_former_ids_former_id", "former_id"),
    Index("ix_former_ids_departure", "departure"),
    comment="facts: the other ids that a learner had; requests for them are refused",
)

profiles = Table(
    "profiles",
    metadata,
    learner_key(),
    Column("display_name", Text),
    Column("quiet", Boolean, nullable=False, server_default=text("false")),
    Column("boards", Boolean, nullable=False, server_default=text("false")),
    Column("digest_weekday", SmallInteger, comment="1 is Monday; null: no weekly digest"),
    # Administrators search by the beginning of a name. The migration gives the first column the collation "C", which
    # PostgreSQL does not tell to those who compare a database with this table.
    Index(
        "ix_profiles_display_name",
        text("lower(display_name)"),
        "learner_id",
        postgresql_where=text("display_name IS NOT NULL"),
    ),
    comment="facts: what a learner chose to show and hear",
)

learners = Table(
    "learners",
    metadata,
    learner_key(),
    count("revision"),
    count("days_revision"),
    label("zone"),
    Column("zone_source", Text, nullable=False, server_default="assumed"),
    count("outage_seen"),
    count("catalogue_seen"),
    *sum_columns(),
    *reported_columns(default="0"),
    small_count("active_days"),
    small_count("topics"),
    Column("last_day", Date, comment="last active day; null where it has not been found out yet"),
    small_count("run"),
    small_count("longest"),
    Column("last_met_day", Date),
    small_count("freezes"),
    small_count("progress"),
    small_count("goals_met"),
    small_count("milestones_reached"),
    Column(
        "on_boards", Boolean, nullable=False, server_default=text("false"), comment="others may see the learner there"
    ),
    Column("rebuild_due_at", instant("x").type, comment="since when everything counted is to be made anew by a job"),
    Column(
        "rebuild_revokes",
        Boolean,
        nullable=False,
        server_default=text("true"),
        comment="whether that rebuild takes back what is no longer met: after a void, not on request",
    ),
    Column("erasing_at", instant("x").type, comment="since when the learner is erased; rows are still being deleted"),
    Column("totals_through", Date, comment="the last day up to which running totals, if there are any, hold"),
    Column(
        "totals_due_at",
        BigInteger,
        nullable=False,
        server_default=text(str(MIN_CELLS)),
        comment="number of activities from which on running totals are to be taken",
    ),
    Column("totals_due", Boolean, Computed("activities >= totals_due_at", persisted=True), nullable=False),
    Column("unlocked", LargeBinary, nullable=False, server_default=text("''::bytea"), comment="bit mask of unlocks"),
    Index("ix_learners_rebuild_due_at", "rebuild_due_at", postgresql_where=text("rebuild_due_at IS NOT NULL")),
    Index("ix_learners_zone_learner_id", "zone", "learner_id"),
    Index("ix_learners_erasing_at", "erasing_at", postgresql_where=text("erasing_at IS NOT NULL")),
    Index("ix_learners_totals_due", "learner_id", postgresql_where=text("totals_due")),
    comment="projection: totals and streak of a learner; the row is the learner's lock",
    postgresql_with=ROOM_FOR_SEVERAL_UPDATES,
)
