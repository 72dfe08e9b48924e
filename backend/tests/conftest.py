"""Fixtures for all tests. Servers are real and started here; if one does not start, the run fails."""

import os
import zlib
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import asyncpg
import pytest
from quart import Quart
from quart.typing import TestClientProtocol

from milepost.embedded.postgres import PostgresServer
from milepost.embedded.redis import RedisServer
from milepost.settings import Settings, load_settings
from support.builders import SECRET, mint
from support.clock import START, AdjustableClock
from support.fault_servers import BreakablePostgres, BreakableRedis
from support.servers import Processes, fresh_database, postgres_for_tests, redis_for_tests

pytest_plugins = ("support.figures",)
# Shared modules with many assertions: rewriting makes their failures show the compared values.
pytest.register_assert_rewrite("lives.life", "lives.steps", "lives.replayed_timeline")

if TYPE_CHECKING:
    from milepost.resources import Resources

SHORT_STREAMS = {"stream_lifetime_seconds": 0.2}
"""A client in the process waits for a whole response, so streams must end; tests of streams allow them more time."""

# Settings of the developer's environment must not affect the tests.
for _name in [name for name in os.environ if name.startswith("MILEPOST_")]:
    del os.environ[_name]


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add `--long`, the long form of tests that have one, and `--record-examples`, for `contract/test_examples.py`."""
    parser.addoption("--long", action="store_true", help="run the long form of tests that have one")
    parser.addoption("--record-examples", action="store_true", help="write the examples of the OpenAPI document")


@pytest.fixture(scope="session")
def long(request: pytest.FixtureRequest) -> bool:
    """Whether `--long` was given."""
    return bool(request.config.getoption("--long"))


@pytest.fixture(scope="session")
def within(long: bool) -> Callable[[float], float]:
    """The seconds that a test waits for what is promised within so many.

    Without `--long` at least 15: other work on the machine must not decide a test.
    """
    return lambda seconds: seconds if long else max(seconds, 15.0)


@pytest.fixture(scope="session")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PostgresServer]:
    """The PostgreSQL server of this run."""
    with postgres_for_tests(tmp_path_factory.mktemp("postgres")) as server:
        yield server


@pytest.fixture(scope="session")
def redis_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    """The Redis server of this run."""
    with redis_for_tests(tmp_path_factory.mktemp("redis")) as server:
        yield server


@pytest.fixture(scope="session")
def migrated_files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The files of a stopped PostgreSQL with a migrated database, which servers to break begin with."""
    folder = tmp_path_factory.mktemp("migrated")
    BreakablePostgres(folder).end()
    return folder


@pytest.fixture
def own_postgres(migrated_files: Path, tmp_path: Path) -> Iterator[BreakablePostgres]:
    """A PostgreSQL that this test may kill, stop, freeze and fill."""
    server = BreakablePostgres(tmp_path, migrated_files)
    yield server
    server.end()


@pytest.fixture
def own_redis(tmp_path: Path) -> Iterator[BreakableRedis]:
    """A Redis that this test may kill."""
    server = BreakableRedis(tmp_path)
    yield server
    server.end()


@pytest.fixture(scope="module")
def database_url(request: pytest.FixtureRequest, postgres: PostgresServer) -> Iterator[str]:
    """An empty, migrated database for this test module only."""
    name = f"test_{zlib.crc32(request.node.nodeid.encode()):x}"
    with fresh_database(postgres, name) as url:
        yield url


@pytest.fixture
async def connection(database_url: str) -> AsyncIterator[asyncpg.Connection]:
    """A connection of the test's own to the database."""
    opened = await asyncpg.connect(database_url)
    yield opened
    await opened.close()


@pytest.fixture(scope="module")
def redis_url(redis_server: RedisServer) -> str:
    """An empty Redis."""
    redis_server.flush()
    return redis_server.url()


@pytest.fixture(scope="module")
def settings(database_url: str, redis_url: str) -> Settings:
    """Development settings with this module's servers."""
    return load_settings(
        database_url=database_url, redis_url=redis_url, jwt_secret=SECRET, log_level="warning", **SHORT_STREAMS
    )


@pytest.fixture(scope="module")
def module_clock() -> AdjustableClock:
    """The clock of this module's app; tests ask for `clock`."""
    return AdjustableClock()


@pytest.fixture
def clock(module_clock: AdjustableClock) -> AdjustableClock:
    """The clock the app reads, reset to START for every test that uses it."""
    module_clock.set(START)
    return module_clock


@pytest.fixture(scope="module")
async def app(settings: Settings, module_clock: AdjustableClock) -> AsyncIterator[Quart]:
    """The application of this module, running in this process."""
    from milepost.app import create_app  # imported here: tests of the rules start a second sooner without Quart

    application = create_app(settings, module_clock)
    async with application.test_app():
        yield application


@pytest.fixture
def client(app: Quart) -> TestClientProtocol:
    """A client of the application; pass `bearer(token)` as headers."""
    return app.test_client()


@pytest.fixture
def resources(app: Quart) -> "Resources":
    """The resources the application holds open."""
    from milepost.api.edge.application import Application  # imported here, as above

    assert isinstance(app, Application)
    assert app.state.resources is not None
    return app.state.resources


@pytest.fixture(scope="session")
def token_for() -> Callable[..., str]:
    """`token_for("ada", ["service"], zone="Europe/Berlin")`; see `builders.mint`."""
    return mint


@pytest.fixture
def processes(database_url: str, redis_url: str, tmp_path: Path) -> Iterator[Processes]:
    """Real processes: `processes.api()`, `processes.worker()`; each can be signalled, and all end with the test."""
    started = Processes(
        {"MILEPOST_DATABASE_URL": database_url, "MILEPOST_REDIS_URL": redis_url, "MILEPOST_JWT_SECRET": SECRET},
        tmp_path,
    )
    yield started
    started.end()
