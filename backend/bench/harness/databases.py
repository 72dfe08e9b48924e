"""Databases of their own for measures that work on many stored learners."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, TypeVar

import asyncpg
import uvloop

from bench.fixtures import database_rows
from bench.harness.servers import Installation
from milepost.db.migrations import upgrade

T = TypeVar("T")


def filled_database(installed: Installation, name: str, learners: int, days: int) -> str:
    """The address of a new database with `learners` who have `days` active days each."""
    installed.postgres.execute(f"CREATE DATABASE {name}")
    url = installed.postgres.url(name)
    upgrade(url)
    run(with_connection(url, lambda connection: database_rows.learners_with_days(connection, name, learners, days)))
    run(vacuum(url))
    return url


def run(work: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine to its end in a loop of its own, the kind that the service has."""
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(work)


async def with_connection(url: str, work: "Callable[[asyncpg.Connection[Any]], Awaitable[T]]") -> T:
    """What `work` returns for a connection that is closed afterwards."""
    connection = await asyncpg.connect(url)
    try:
        return await work(connection)
    finally:
        await connection.close()


async def vacuum(url: str) -> None:
    """Bring the database to the state of one that has been running for some time."""
    connection = await asyncpg.connect(url)
    for statement in ("VACUUM ANALYZE", "CHECKPOINT"):
        await connection.execute(statement)
    await connection.close()
