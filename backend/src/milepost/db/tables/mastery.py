"""How easy topics and exercises are: what was published for which days, and what the next publication will rest on.

In `eases` and `ease_sums` the object id '' stands for the topic as a whole; the topic '' is that of activities without.
"""

from sqlalchemy import BigInteger, Boolean, CheckConstraint, Column, Date, Double, Index, Table, text

from milepost.db.tables.schema import count, instant, label, metadata


def _seen_grades() -> list[Column[object]]:
    return [
        count("grades"),
        count("grade_milli"),
        Column(
            "expected_micro",
            BigInteger,
            nullable=False,
            server_default=text("0"),
            comment="sum of the shares that were expected of the learners, in millionths",
        ),
    ]


eases = Table(
    "eases",
    metadata,
    label("topic", key=True),
    label("object_id", key=True),
    Column("valid_from", Date, primary_key=True, comment="first local day; until the next row of the same object"),
    Column("shift", Double, nullable=False, comment="logit: a topic against the installation, else against its topic"),
    *_seen_grades(),
    Index("ix_eases_valid_from", "valid_from"),
    comment="reference: published eases, never changed, for ever",
)

ease_publications = Table(
    "ease_publications",
    metadata,
    Column("valid_from", Date, primary_key=True),
    Column("ease", Double, nullable=False, comment="logit of the mean grade of the installation"),
    count("grades"),
    count("grade_milli"),
    instant("published_at"),
    comment="reference: each publication of eases, for ever",
)

ease_sums = Table(
    "ease_sums",
    metadata,
    label("topic", key=True),
    label("object_id", key=True),
    *_seen_grades(),
    Column("is_due", Boolean, nullable=False, server_default=text("true"), comment="not published as it is now"),
    Index("ix_ease_sums_is_due", "topic", "object_id", postgresql_where=text("is_due")),
    comment="reference: grades that have been seen by object, for the next publication",
)

ease_state = Table(
    "ease_state",
    metadata,
    Column("single_row", Boolean, primary_key=True, server_default=text("true")),
    Column("revision", BigInteger, nullable=False, server_default=text("1"), comment="grows with each publication"),
    Column("is_deciding", Boolean, nullable=False, comment="intake decides what is typical: the backfill has passed"),
    Column("passed_day", Date, comment="the day that the backfill has come to"),
    instant("seen_until", nullable=True),
    CheckConstraint("single_row", name="single_row"),
    comment="reference: one row; up to when grades received have been seen",
)
