"""How far a long job over all learners is: a name, a cursor, a count. Moved in the transaction that did the work.

So a job that is killed goes on where it was, and whoever does the same work twice at once does it once.
"""

from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from milepost.db.connection import Writing

NOBODY = UUID(int=0)
"""Before every learner."""

_BEGIN = "INSERT INTO backfills AS b (name, started_at) VALUES ($1, $2) ON CONFLICT (name) DO NOTHING"
_BEGIN_ANEW = """
INSERT INTO backfills AS b (name, started_at) VALUES ($1, $2)
ON CONFLICT (name) DO UPDATE SET cursor = NULL, done = 0, started_at = $2, finished_at = NULL
WHERE b.finished_at IS NOT NULL
"""
_WHERE = f"SELECT coalesce(cursor, '{NOBODY}'), done, finished_at FROM backfills WHERE name = $1 FOR UPDATE"
_ADVANCE = "UPDATE backfills SET cursor = $2, done = done + $3 WHERE name = $1"
_FINISH = "UPDATE backfills SET finished_at = $2 WHERE name = $1"


class Backfill(NamedTuple):
    """The last learner done, how many were, and when the last one was."""

    cursor: UUID
    done: int
    finished_at: datetime | None


async def begin(connection: Writing, name: str, now: datetime, *, anew: bool = False) -> None:
    """Begin the job of that name, unless it has begun; with `anew` also when it has finished before."""
    await connection.execute(_BEGIN_ANEW if anew else _BEGIN, name, now)


async def progress_of(connection: Writing, name: str) -> Backfill:
    """How far a job is that has begun. Whoever else asks waits for the caller's transaction."""
    return Backfill(*await connection.fetchrow(_WHERE, name))


async def advance(connection: Writing, name: str, last: UUID, done: int) -> None:
    """`done` more learners, the last of them `last`."""
    await connection.execute(_ADVANCE, name, last, done)


async def finish(connection: Writing, name: str, now: datetime) -> None:
    """Nobody is left."""
    await connection.execute(_FINISH, name, now)


async def learners_left(
    connection: Writing, name: str, now: datetime, statement: str, *arguments: object
) -> list[UUID] | None:
    """The next learners of the job of that name; none of them where a pass has ended, None where nobody is left.

    `statement` selects, of the learners after `$1` and by id, those whose rows say that they still need it; `arguments`
    follow. A pass goes through them once; whom it has left behind, a learner who came while the change was on its way,
    the next pass finds. Done is the pass that finds nobody. The caller does the work and calls `advance`.
    """
    await begin(connection, name, now)
    cursor, _, finished_at = await progress_of(connection, name)
    if finished_at is not None:
        return None
    learners = [row[0] for row in await connection.fetch(statement, cursor, *arguments)]
    if learners:
        return learners
    if cursor == NOBODY:
        await finish(connection, name, now)
        return None
    await advance(connection, name, NOBODY, 0)
    return []
