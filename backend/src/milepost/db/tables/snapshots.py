"""A learner's sums and streak at the end of each active day, as the sweep found them."""

from sqlalchemy import Column, Date, Table

from milepost.db.tables.schema import ROOM_FOR_UPDATES, count, learner_key, metadata, small_count
from milepost.db.tables.sums import SUMS, sum_columns

DAY_SUMS = tuple(f"day_{name}" for name in SUMS)
"""The columns with the sums of that day only, in the order of `SUMS`."""

daily_snapshots = Table(
    "daily_snapshots",
    metadata,
    learner_key(),
    Column("day", Date, primary_key=True),
    *(count(name) for name in DAY_SUMS),
    *sum_columns(),
    small_count("run"),
    small_count("longest"),
    Column("last_met_day", Date),
    small_count("freezes"),
    small_count("progress"),
    Column("alive_through", Date, comment="last date on which this run stands without practice"),
    comment="projection: what a learner had at the end of an active day; holds for days before the first dirty one",
    postgresql_with=ROOM_FOR_UPDATES,
)
