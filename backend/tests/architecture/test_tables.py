"""Rules for the database schema."""

import re

from architecture.sources import complain
from milepost.db.tables import metadata

_KIND = re.compile(r"(facts|projection|award|reference): \S")


def test_every_table_says_its_kind() -> None:
    missing = [
        f"{table.name}: {table.comment!r}" for table in metadata.tables.values() if not _KIND.match(table.comment or "")
    ]
    complain(
        "a table's comment begins with facts, projection, award or reference",
        "a rebuild empties projections, adds to awards and never changes facts: it must know the kind of each table",
        missing,
    )


def test_learner_tables_begin_with_the_learner() -> None:
    wrong = []
    for table in metadata.tables.values():
        columns = [column.name for column in table.columns]
        if "learner_id" in columns:
            key = [column.name for column in table.primary_key.columns]
            if columns[0] != "learner_id" or key[0] != "learner_id":
                wrong.append(f"{table.name}: columns {columns[:2]}…, key {key}")
        elif (table.comment or "").partition(":")[0] != "reference":
            wrong.append(f"{table.name}: no learner_id, and not a reference table")
    complain(
        "a table of learners has learner_id first, in the table and in its key",
        "every read is for one learner, and a distributed database keeps a learner's rows on one node",
        wrong,
    )


def test_learner_tables_are_unique_only_per_learner() -> None:
    wrong = [
        f"{table.name}: {index.name}"
        for table in metadata.tables.values()
        if "learner_id" in table.columns
        for index in table.indexes
        if index.unique and "learner_id" not in [column.name for column in index.columns]
    ]
    complain("a unique index of a learner table contains learner_id", "a distributed database refuses any other", wrong)


def test_learner_tables_have_no_foreign_keys() -> None:
    wrong = [
        f"{table.name}.{column.name}"
        for table in metadata.tables.values()
        if "learner_id" in table.columns
        for column in table.columns
        if column.foreign_keys
    ]
    complain(
        "learner tables have no foreign keys",
        "each slows intake by a third, and intake writes both sides in one statement",
        wrong,
    )
