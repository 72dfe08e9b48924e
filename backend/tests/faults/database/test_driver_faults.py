"""Each fault of the table in `db/failures.py`, produced by a real PostgreSQL and the real driver."""

import asyncio
import contextlib
import signal
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path

import asyncpg
import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from milepost.db.failures import BY_SQLSTATE, DatabaseUnavailable, FaultKind, fault_kind, unavailable_when_unreachable
from milepost.db.migrations import sqlalchemy_url
from milepost.errors import Conflict
from support.fault_servers import BreakablePostgres

_PATIENCE_SECONDS = 30.0
_IMPOSSIBLE_HERE = {
    "58000": "an error of the operating system below the server",
    "58030": "a disk that cannot be read",
    "40003": "a commit whose outcome the server does not know",
}
"""States of the table that no test can produce, with their cause."""


@pytest.fixture(scope="module")
def server(migrated_files: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[BreakablePostgres]:
    """A PostgreSQL that these tests may break."""
    started = BreakablePostgres(tmp_path_factory.mktemp("faults"), migrated_files)
    yield started
    started.end()


@contextlib.asynccontextmanager
async def connected(server: BreakablePostgres) -> AsyncIterator[asyncpg.Connection]:
    """A connection of the driver, terminated at the end."""
    connection = await asyncpg.connect(server.url)
    try:
        yield connection
    finally:
        connection.terminate()


async def raised(operation: Awaitable[object]) -> Exception:
    """The exception that the operation raises."""
    try:
        async with asyncio.timeout(_PATIENCE_SECONDS):
            await operation
    except Exception as fault:  # noqa: BLE001 - the faults are what is asked for
        return fault
    raise AssertionError("nothing was raised")


async def _statement(server: BreakablePostgres, *statements: str) -> Exception:
    """What the last of some statements on one connection raises."""
    async with connected(server) as connection:
        for statement in statements[:-1]:
            await connection.execute(statement)
        return await raised(connection.execute(statements[-1]))


async def _while_running(server: BreakablePostgres, strike: Callable[[], object]) -> Exception:
    """What a running statement raises when its server is struck."""
    async with connected(server) as connection:
        running = asyncio.create_task(raised(connection.execute("SELECT pg_sleep(20)")))
        await asyncio.sleep(0.3)
        await asyncio.to_thread(strike)
        return await running


async def killed(server: BreakablePostgres) -> Exception:
    """SIGKILL of everything while a statement runs."""
    fault = await _while_running(server, server.kill)
    server.restart()
    return fault


async def gone(server: BreakablePostgres) -> Exception:
    """No server."""
    server.kill()
    fault = await raised(asyncpg.connect(server.url))
    server.restart()
    return fault


async def terminated(server: BreakablePostgres) -> Exception:
    """An administrator ends the connection while a statement runs."""
    others = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE query LIKE '%pg_sleep(20)'"
    return await _while_running(server, lambda: server.ask(others))


async def terminated_at_rest(server: BreakablePostgres) -> Exception:
    """The server has ended an idle connection, and the driver has read why but not seen the end."""
    async with connected(server) as administrator:
        for _ in range(500):
            async with connected(server) as connection:
                pid = await connection.fetchval("SELECT pg_backend_pid()")
                await administrator.execute(f"SELECT pg_terminate_backend({pid})")
                fault = None
                while fault is None:
                    try:
                        await connection.execute("SELECT 1")
                    except Exception as error:  # noqa: BLE001 - as above
                        fault = error
                if "cannot switch to state" in str(fault):
                    return fault
                assert fault_kind(fault) == "unreachable" or isinstance(fault, OSError), repr(fault)
    raise AssertionError("the driver never met the end of an idle connection")


async def stopping(server: BreakablePostgres) -> Exception:
    """A server that waits for its clients and takes no new ones."""
    async with connected(server):
        process = server.begin_stop(signal.SIGTERM)
        await asyncio.sleep(0.3)
        fault = await raised(asyncpg.connect(server.url))
    await asyncio.to_thread(process.wait, 30)
    server.restart()
    return fault


async def _stopped_while_running(server: BreakablePostgres, number: signal.Signals) -> Exception:
    fault = await _while_running(server, lambda: server.stop(number))
    server.restart()
    return fault


async def backend_killed(server: BreakablePostgres) -> Exception:
    """Another connection's process was killed: the server ends all and recovers."""
    async with connected(server):
        fault = await _while_running(server, server.kill_a_backend)
    await asyncio.to_thread(server.wait_until_recovered)
    return fault


async def frozen(server: BreakablePostgres) -> Exception:
    """A server that does not answer at all."""
    async with connected(server) as connection:
        server.freeze()
        try:
            return await raised(connection.execute("SELECT 1", timeout=0.2))
        finally:
            server.thaw()


async def no_connection_left(server: BreakablePostgres) -> Exception:
    """The role has as many connections as it may have."""
    server.ask("DROP ROLE IF EXISTS crowded")
    server.ask("CREATE ROLE crowded LOGIN CONNECTION LIMIT 0")
    return await raised(asyncpg.connect(server.url, user="crowded"))


async def no_login(server: BreakablePostgres) -> Exception:
    """The role may not log in."""
    server.ask("DROP ROLE IF EXISTS locked")
    server.ask("CREATE ROLE locked NOLOGIN")
    return await raised(asyncpg.connect(server.url, user="locked"))


async def no_database(server: BreakablePostgres) -> Exception:
    """The database is not there."""
    return await raised(asyncpg.connect(server.url, database="nowhere"))


async def no_shared_memory(server: BreakablePostgres) -> Exception:
    """One transaction fills the table of all locks."""
    async with connected(server) as connection:
        fault = await raised(
            connection.execute("SELECT count(pg_advisory_lock(n)) FROM generate_series(1, 10000000) n")
        )
        # The end of a connection is noticed later: until then, no other would get a lock.
        await connection.execute("SELECT pg_advisory_unlock_all()")
        return fault


async def lock_not_granted(server: BreakablePostgres) -> Exception:
    """Another transaction holds the table for too long."""
    async with connected(server) as holder, holder.transaction():
        await holder.execute("LOCK TABLE job_runs")
        return await _statement(server, "SET lock_timeout = '50ms'", "SELECT * FROM job_runs")


async def deadlock(server: BreakablePostgres) -> Exception:
    """Two transactions wait for each other."""
    async with connected(server) as first, connected(server) as second:
        for connection, key in ((first, 1), (second, 2)):
            await connection.execute(f"SET deadlock_timeout = '50ms'; BEGIN; SELECT pg_advisory_xact_lock({key})")
        waiting = [
            asyncio.create_task(connection.execute(f"SELECT pg_advisory_xact_lock({key})"))
            for connection, key in ((first, 2), (second, 1))
        ]
        done, _ = await asyncio.wait(waiting, return_when=asyncio.FIRST_EXCEPTION)
        (fault,) = (task.exception() for task in done if task.exception() is not None)
        for connection in (first, second):
            connection.terminate()
        await asyncio.gather(*waiting, return_exceptions=True)
    assert isinstance(fault, Exception)
    return fault


async def not_serializable(server: BreakablePostgres) -> Exception:
    """A row changed after the snapshot of the transaction."""
    async with connected(server) as first, connected(server) as second:
        await first.execute("BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT * FROM system_state")
        await second.execute("UPDATE system_state SET departures = departures")
        return await raised(first.execute("UPDATE system_state SET departures = departures"))


async def disk_full(server: BreakablePostgres) -> Exception:
    """No space for another page."""
    server.fill_disk()
    try:
        return await _statement(server, "INSERT INTO job_runs (job) VALUES ('a')")
    finally:
        server.free_disk()


async def plan_changed(server: BreakablePostgres) -> Exception:
    """A migration changes the result of a prepared statement between two transactions."""
    server.ask("CREATE TABLE moving (a int)")
    async with connected(server) as connection:
        await connection.fetch("SELECT * FROM moving")
        server.ask("ALTER TABLE moving ADD b int")
        try:
            async with connection.transaction():
                return await raised(connection.fetch("SELECT * FROM moving"))
        finally:
            server.ask("DROP TABLE moving")


async def idle_in_a_transaction(server: BreakablePostgres) -> Exception:
    """The server ends connections that keep a transaction open and do nothing."""
    async with connected(server) as connection:
        await connection.execute("SET idle_in_transaction_session_timeout = '50ms'")
        await connection.execute("BEGIN")
        await asyncio.sleep(0.3)
        return await raised(connection.execute("SELECT 1"))


async def closed(server: BreakablePostgres) -> Exception:
    """A connection that is closed already."""
    async with connected(server) as connection:
        await connection.close()
        return await raised(connection.execute("SELECT 1"))


async def pool_closed(server: BreakablePostgres) -> Exception:
    """A pool that is closed already, because the process is stopping."""
    pool = await asyncpg.create_pool(server.url, min_size=0, max_size=1)
    await pool.close()
    return await raised(pool.acquire())


async def through_sqlalchemy(server: BreakablePostgres) -> Exception:
    """A connection of the migrations is ended while a statement runs."""
    engine = create_async_engine(sqlalchemy_url(server.url), poolclass=NullPool)

    async def run() -> None:
        async with engine.connect() as connection:
            await connection.execute(text("SELECT pg_sleep(20)"))

    running = asyncio.create_task(raised(run()))
    await asyncio.sleep(0.5)
    server.ask("SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE query LIKE '%pg_sleep(20)'")
    fault = await running
    await engine.dispose()
    assert type(fault).__module__.startswith("sqlalchemy"), repr(fault)
    return fault


def running(*statements: str) -> Callable[[BreakablePostgres], Awaitable[Exception]]:
    """The last of these statements fails."""
    return lambda server: _statement(server, *statements)


# The driver may see the end of the connection (08003) before it reads why.
CASES: dict[str, tuple[Callable[[BreakablePostgres], Awaitable[Exception]], FaultKind, str]] = {
    "no server": (gone, "unreachable", "none"),
    "killed": (killed, "unreachable", "08003"),
    "terminated": (terminated, "unreachable", "57P01 08003"),
    "terminated at rest": (terminated_at_rest, "unreachable", "none"),
    "stopping": (stopping, "unreachable", "57P03"),
    "fast shutdown": (lambda server: _stopped_while_running(server, signal.SIGINT), "unreachable", "57P01 08003"),
    "immediate shutdown": (lambda server: _stopped_while_running(server, signal.SIGQUIT), "unreachable", "57P01 08003"),
    "a backend killed": (backend_killed, "unreachable", "57P02 08003"),
    "frozen": (frozen, "unreachable", "none"),
    "too many connections": (no_connection_left, "busy", "53300"),
    "no login": (no_login, "unreachable", "28000"),
    "no database": (no_database, "unreachable", "3D000"),
    "closed": (closed, "unreachable", "none"),
    "pool closed": (pool_closed, "unreachable", "none"),
    "through SQLAlchemy": (through_sqlalchemy, "unreachable", "none"),
    "idle in a transaction": (idle_in_a_transaction, "unreachable", "25P03 08003 none"),
    "statement timeout": (running("SET statement_timeout = '50ms'", "SELECT pg_sleep(5)"), "busy", "57014"),
    "transaction timeout": (
        running("SET transaction_timeout = '50ms'", "BEGIN", "SELECT pg_sleep(5)"),
        "unreachable",
        "25P04 08003",
    ),
    "out of shared memory": (no_shared_memory, "busy", "53200"),
    "lock timeout": (lock_not_granted, "busy", "55P03"),
    "deadlock": (deadlock, "contended", "40P01"),
    "not serializable": (not_serializable, "contended", "40001"),
    "plan changed": (plan_changed, "contended", "0A000"),
    "disk full": (disk_full, "disk_full", "53100"),
    "read only": (
        running("SET default_transaction_read_only = on", "INSERT INTO job_runs (job) VALUES ('a')"),
        "read_only",
        "25006",
    ),
}


@pytest.mark.parametrize("name", CASES)
async def test_R02_a_fault_is_recognised(server: BreakablePostgres, name: str) -> None:
    produce, kind, sqlstates = CASES[name]
    fault = await produce(server)
    assert (getattr(fault, "sqlstate", None) or "none") in sqlstates.split(), repr(fault)
    with pytest.raises(DatabaseUnavailable) as unavailable, unavailable_when_unreachable():
        raise fault
    assert unavailable.value.kind == kind
    assert unavailable.value.retry_after_seconds >= 1


def test_R02_no_fault_of_the_table_is_left_out() -> None:
    produced = {state for _, _, states in CASES.values() for state in states.split()} | set(_IMPOSSIBLE_HERE)
    assert [state for state in BY_SQLSTATE if not any(one.startswith(state) for one in produced)] == []


async def test_a_mistake_of_ours_stays_an_error(server: BreakablePostgres) -> None:
    async with connected(server) as connection:
        running = asyncio.create_task(connection.execute("SELECT pg_sleep(0.3)"))
        await asyncio.sleep(0.1)
        mistakes = [await raised(connection.execute("SELECT 1"))]
        assert "another operation is in progress" in str(mistakes[0])
        await running
        for statement in (
            "SELECT, 1",
            "SELECT 1 / 0",
            "SELECT * FROM nothing",
            "INSERT INTO system_state DEFAULT VALUES",
        ):
            mistakes.append(await raised(connection.fetch(statement)))
    assert [repr(fault) for fault in mistakes if fault_kind(fault) is not None] == []


async def test_a_write_on_a_connection_for_reads_stays_an_error(server: BreakablePostgres) -> None:
    fault = await CASES["read only"][0](server)
    with pytest.raises(asyncpg.ReadOnlySQLTransactionError), unavailable_when_unreachable(reads_only=True):
        raise fault


def test_what_the_domain_has_decided_stays() -> None:
    refusal = Conflict("taken", "The name is taken.")
    refusal.__cause__ = asyncpg.DeadlockDetectedError("deadlock detected")
    assert fault_kind(refusal) is None
    with pytest.raises(Conflict), unavailable_when_unreachable():
        raise refusal


@pytest.mark.parametrize("sqlstate", _IMPOSSIBLE_HERE)
def test_R02_a_fault_that_no_test_can_produce_is_recognised(sqlstate: str) -> None:
    fault = asyncpg.PostgresError.new({"C": sqlstate, "M": "made here"})
    assert fault_kind(fault) == ("contended" if sqlstate == "40003" else "unreachable")
