"""The MetaData, the names of constraints, and the columns that many tables share."""

from sqlalchemy import BigInteger, Column, DateTime, Integer, MetaData, Text, Uuid, text

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

ROOM_FOR_UPDATES = {"fillfactor": "85"}
"""Tables whose rows are updated keep free space on each page, so that an update touches no index."""
ROOM_FOR_SEVERAL_UPDATES = {"fillfactor": "30"}
"""For `learners`, whose rows a commit of intake updates up to three times: sums, streak, mask of achievements.

At 85 four of ten updates touched every index of the table (P1, 500 learners a batch), and the table grew larger.
"""


def learner_key() -> Column[object]:
    """The first part of the key of every table of learners."""
    return Column("learner_id", Uuid, primary_key=True)


def instant(name: str, *, nullable: bool = False) -> Column[object]:
    """An instant in UTC."""
    return Column(name, DateTime(timezone=True), nullable=nullable)


def label(name: str, *, key: bool = False) -> Column[object]:
    """A text inside keys: '' stands for none."""
    return Column(name, Text, primary_key=key, nullable=False, server_default="")


def count(name: str) -> Column[object]:
    """A sum: never null, starts at 0."""
    return Column(name, BigInteger, nullable=False, server_default=text("0"))


def small_count(name: str) -> Column[object]:
    """A count that stays small (days, freezes)."""
    return Column(name, Integer, nullable=False, server_default=text("0"))
