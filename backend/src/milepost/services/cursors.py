"""Progress of long jobs over all learners: a name, a cursor and a count, moved in the transaction that did the work.

A killed job therefore resumes where it stopped, and two workers on the same job do each batch once.
"""

from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from milepost.db.connection import Writing

START_CURSOR = UUID(int=0)
"""Sorts before every learner."""

_BEGIN = "INSERT INTO backfills AS b (name, started_at) VALUES ($1, $2) ON CONFLICT (name) DO NOTHING"
_RESTART = """
INSERT INTO backfills AS b (name, started_at) VALUES ($1, $2)
ON CONFLICT (name) DO UPDATE SET cursor = NULL, done = 0, started_at = $2, finished_at = NULL
WHERE b.finished_at IS NOT NULL
"""
_LOCK_PROGRESS = (
    f"SELECT coalesce(cursor, '{START_CURSOR}'), done, finished_at FROM backfills WHERE name = $1 FOR UPDATE"
)
_STARTED_AT = "SELECT started_at FROM backfills WHERE name = $1"
_ADVANCE = "UPDATE backfills SET cursor = $2, done = done + $3 WHERE name = $1"
_STEP_OFF = "UPDATE backfills SET cursor = $2 WHERE cursor = $1"
_FINISH = "UPDATE backfills SET finished_at = $2 WHERE name = $1"


class Backfill(NamedTuple):
    """The last learner done, how many are done, and when the job finished."""

    cursor: UUID
    done: int
    finished_at: datetime | None


async def begin(connection: Writing, name: str, now: datetime, *, restart: bool = False) -> None:
    """Begin the job `name` unless it has begun already. `restart` begins a finished job again."""
    await connection.execute(_RESTART if restart else _BEGIN, name, now)


async def lock_progress(connection: Writing, name: str) -> Backfill:
    """The progress of a job that has begun. Its row stays locked until the caller's transaction ends."""
    return Backfill(*await connection.fetchrow(_LOCK_PROGRESS, name))


async def started_at(connection: Writing, name: str) -> datetime:
    """When a job that has begun was begun first, or last with `restart`."""
    began_at: datetime = await connection.fetchval(_STARTED_AT, name)
    return began_at


async def advance_cursor(connection: Writing, name: str, last: UUID, done: int) -> None:
    """Record that `done` more learners are done, the last of them `last`."""
    await connection.execute(_ADVANCE, name, last, done)


async def finish(connection: Writing, name: str, now: datetime) -> None:
    """Record that no learners are left."""
    await connection.execute(_FINISH, name, now)


async def next_learners(
    connection: Writing, name: str, now: datetime, statement: str, *arguments: object
) -> list[UUID] | None:
    """The next learners of the job `name`: an empty list at the end of a pass, None when the job is finished.

    `statement` selects, in order of id, the learners after `$1` whose rows say that they still need the work;
    `arguments` are its further parameters. A pass visits each learner once. The next pass finds those that it missed,
    such as a learner created during the pass. A pass that finds no learners finishes the job. The caller does the work
    and calls `advance`.
    """
    await begin(connection, name, now)
    cursor, _, finished_at = await lock_progress(connection, name)
    if finished_at is not None:
        return None
    learners = [row[0] for row in await connection.fetch(statement, cursor, *arguments)]
    if learners:
        return learners
    if cursor == START_CURSOR:
        await finish(connection, name, now)
        return None
    await advance_cursor(connection, name, START_CURSOR, 0)
    return []


async def step_cursors_off(connection: Writing, learner_id: UUID) -> None:
    """Set cursors that hold the id of a learner who has left just before it. The jobs go on where they were."""
    await connection.execute(_STEP_OFF, learner_id, UUID(int=max(learner_id.int - 1, 0)))
