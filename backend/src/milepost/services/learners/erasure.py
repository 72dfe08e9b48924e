"""Erases learners: their rows in every table that has any, what the audit says about them, and then their own row.

A learner is gone with the first commit, whatever its size: from then on everything refuses it. Of a very large one
later transactions delete what is left, while `learners.erasing_at` is set. Nothing that is left is ever shown.
"""

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import TypeVar
from uuid import UUID

import asyncpg

from milepost.db.connection import Writing
from milepost.db.database import Database
from milepost.db.departures import remember_erased
from milepost.db.failures import DatabaseUnavailable
from milepost.db.learner_row import lock_learners
from milepost.db.tables.exported_columns import learner_tables
from milepost.errors import NotFound, Unavailable
from milepost.rules.learners import operator_uuid
from milepost.services import audit
from milepost.services.cursors import step_cursors_off

ROWS_AT_ONCE = 10_000
"""Rows of one table that one transaction deletes."""

_ATTEMPTS = 5

_TABLES = [table for table in learner_tables() if table != "learners"]
"""Days come before the snapshots of days: the sweep locks days, and writes snapshots before it releases them."""

_IS_KNOWN = "SELECT 1 FROM learners WHERE learner_id = $1"
_FORMER_IDS = "SELECT former_id FROM former_ids WHERE learner_id = $1"
_MARK = """
UPDATE learners SET erasing_at = $2, revision = revision + 1, days_revision = days_revision + 1, rebuild_due_at = NULL
WHERE learner_id = $1
"""
_DELETE_SOME = """
DELETE FROM {table} WHERE learner_id = $1
    AND ctid = ANY(ARRAY(SELECT ctid FROM {table} WHERE learner_id = $1 LIMIT $2))
"""
# A row that a sweep has just updated has moved, and the other statement misses it.
_DELETE_REST = "DELETE FROM {table} WHERE learner_id = $1"
# Answers to administrators are kept with their Idempotency-Keys, and name the learners they are about.
_DELETE_ANSWERS = "DELETE FROM idempotency_keys WHERE learner_id = ANY($1::uuid[]) AND answer LIKE ANY($2::text[])"
_DELETE_LEARNER = "DELETE FROM learners WHERE learner_id = $1"
_NEXT_ERASING = "SELECT learner_id FROM learners WHERE erasing_at IS NOT NULL ORDER BY activities, learner_id LIMIT 1"
_LOCK_ERASING = "SELECT 1 FROM learners WHERE learner_id = $1 AND erasing_at IS NOT NULL FOR UPDATE"

T = TypeVar("T")


async def erase_learner(
    database: Database, learner_id: UUID, issuer: str, now: datetime, rows: int = ROWS_AT_ONCE
) -> bool:
    """Erase a learner at its own request. Returns whether all is deleted; otherwise a job deletes the rest.

    A learner without any data is erased too: nothing is recorded later. `issuer`: that of administrators' tokens.

    Raises:
        LearnersGone: the learner had left before.
    """

    async def erase(connection: Writing) -> bool:
        return await erase_rows(connection, learner_id, issuer, now, rows)

    return await _erased(database, learner_id, erase)


async def erase_known_learner(
    database: Database, learner_id: UUID, administrator: str, issuer: str, now: datetime
) -> bool:
    """Erase a learner for an administrator. The audit says that one was erased, and not whom. Returns as above.

    Raises:
        NotFound: `learner_not_found`.
        LearnersGone: the learner had left before.
    """

    async def erase(connection: Writing) -> bool:
        if await connection.fetchval(_IS_KNOWN, learner_id) is None:
            raise NotFound("learner_not_found", "There is no such learner.")
        is_complete = await erase_rows(connection, learner_id, issuer, now)
        await audit.note(connection, administrator, "learner.erase", {}, now)
        return is_complete

    return await _erased(database, learner_id, erase)


async def erase_rows(
    connection: Writing, learner_id: UUID, issuer: str, now: datetime, rows: int = ROWS_AT_ONCE
) -> bool:
    """Mark a learner as erased and delete its rows, up to `rows` of each table. Returns whether all are deleted.

    Raises:
        LearnersGone: the learner had left before.
    """
    await lock_learners(connection, [learner_id])
    ids = [learner_id, *(row[0] for row in await connection.fetch(_FORMER_IDS, learner_id))]
    await connection.execute(_MARK, learner_id, now)
    actors = await audit.forget_learners(connection, ids)
    administrators = [operator_uuid(issuer, actor) for actor in actors]
    await connection.execute(_DELETE_ANSWERS, administrators, [f"%{gone}%" for gone in ids])
    is_complete = await _delete_rows(connection, learner_id, rows)
    await remember_erased(connection, ids, now)
    return is_complete


async def erase_batch(connection: Writing, rows: int = ROWS_AT_ONCE) -> bool:
    """Delete up to `rows` rows of each table of the next learner who is being erased. True while more may be left."""
    learner_id = await connection.fetchval(_NEXT_ERASING)
    if learner_id is None:
        return False
    if await connection.fetchval(_LOCK_ERASING, learner_id) is not None:
        await _delete_rows(connection, learner_id, rows)
    return True


async def _delete_rows(connection: Writing, learner_id: UUID, rows: int) -> bool:
    """Delete up to `rows` rows of each table; if nothing is left, the learner's row. The caller holds the lock."""
    is_complete = True
    for table in _TABLES:
        deleted = await connection.execute(_DELETE_SOME.format(table=table), learner_id, rows)
        if deleted == f"DELETE {rows}":
            is_complete = False
        else:
            await connection.execute(_DELETE_REST.format(table=table), learner_id)
    if is_complete:
        await connection.execute(_DELETE_LEARNER, learner_id)
    return is_complete


async def _erased(database: Database, learner_id: UUID, erase: Callable[[Writing], Awaitable[T]]) -> T:
    """Run `erase` in a transaction of its own; then take the cursors of long jobs off the id."""
    result = await in_a_transaction(database, erase)
    async with database.write() as connection:
        await step_cursors_off(connection, learner_id)
    return result


async def in_a_transaction(database: Database, write: Callable[[Writing], Awaitable[T]]) -> T:
    """Run `write` in a transaction, or in part of the caller's unit; again after a deadlock.

    Raises:
        Unavailable: `intake_busy`, there are too many of them.
    """
    for _ in range(_ATTEMPTS):
        try:
            # Inside a unit the savepoint alone is rolled back.
            async with database.write() as connection, connection.transaction():
                return await write(connection)
        except (asyncpg.DeadlockDetectedError, asyncpg.SerializationError):
            continue  # inside a unit
        except DatabaseUnavailable as fault:
            if fault.kind != "contended":
                raise
    raise Unavailable("intake_busy", "Other requests are changing the same learners. Try again in a second.")
