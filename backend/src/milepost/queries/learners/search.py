"""Finding learners: by the id that a name stands for, by the beginning of a display name, or all of them in order."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from milepost.db.connection import Reading

_COLUMNS = """
l.learner_id, p.display_name, l.zone, l.last_day, l.activities, coalesce(p.quiet, FALSE) AS quiet,
    coalesce(p.boards, FALSE) AS boards
"""
_BY_ID = f"SELECT {_COLUMNS} FROM learners l LEFT JOIN profiles p USING (learner_id) WHERE l.learner_id = $1"
_ALL = f"""
SELECT {_COLUMNS} FROM learners l LEFT JOIN profiles p USING (learner_id)
WHERE $1::uuid IS NULL OR l.learner_id > $1 ORDER BY l.learner_id LIMIT $2
"""
# A range instead of LIKE: the index serves it whatever the plan, and nothing in a name is a wildcard. No text that
# begins with the prefix comes after the prefix with the highest code point.
_NAME = 'lower(p.display_name) COLLATE "C"'
_BY_NAME = f"""
SELECT {_COLUMNS}, {_NAME} AS place FROM profiles p JOIN learners l USING (learner_id)
WHERE p.display_name IS NOT NULL
    AND {_NAME} >= lower($1::text) COLLATE "C" AND {_NAME} < (lower($1::text) || chr(1114111)) COLLATE "C"
    AND ($2::text IS NULL OR ({_NAME}, p.learner_id) > ($2::text COLLATE "C", $3::uuid))
    AND p.learner_id <> $4
ORDER BY {_NAME}, p.learner_id LIMIT $5
"""


@dataclass(frozen=True, slots=True)
class FoundLearner:
    """A learner in a list. `last_day` is the last active day; None without one."""

    learner_id: UUID
    display_name: str | None
    zone: str
    last_day: date | None
    activities: int
    quiet: bool
    boards: bool


@dataclass(frozen=True, slots=True)
class NamePosition:
    """The sort key of a learner among those found by name: the name in lower case, then the id."""

    name: str
    learner_id: UUID


async def learner_by_id(connection: Reading, learner_id: UUID) -> FoundLearner | None:
    """The learner with this id; None if nothing was recorded of it. One statement."""
    row = await connection.fetchrow(_BY_ID, learner_id)
    return None if row is None else FoundLearner(*row)


async def all_learners(connection: Reading, after: UUID | None, limit: int) -> Sequence[FoundLearner]:
    """At most `limit` learners by id, those after this one. One statement."""
    return [FoundLearner(*row) for row in await connection.fetch(_ALL, after, limit)]


async def learners_by_name(
    connection: Reading, prefix: str, after: NamePosition | None, without: UUID, limit: int
) -> list[tuple[FoundLearner, NamePosition]]:
    """At most `limit` learners whose display name begins with `prefix` in either case, by name and id, each with its
    position. Those after `after`, and never the learner `without`. One statement.
    """
    name, learner_id = (None, None) if after is None else (after.name, after.learner_id)
    rows = await connection.fetch(_BY_NAME, prefix, name, learner_id, without, limit)
    return [(FoundLearner(*row[:-1]), NamePosition(row[-1], row[0])) for row in map(tuple, rows)]
