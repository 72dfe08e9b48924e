"""Fixtures of all tests. Servers are real and started here; if one does not start, the run fails."""

import os
import zlib
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from quart import Quart
from quart.typing import TestClientProtocol

from milepost.embedded.postgres import PostgresServer
from milepost.embedded.redis import RedisServer
from milepost.settings import Settings, load_settings
from support.builders import SECRET, mint
from support.clock import START, AdjustableClock
from support.servers import Processes, fresh_database, postgres_for_tests, redis_for_tests

# Modules beside the tests that assert much: when they fail they say what they compared.
pytest.register_assert_rewrite("lives.life", "lives.steps")

if TYPE_CHECKING:
    from milepost.resources import Resources

# Somebody's own settings must not decide what the tests see.
for _name in [name for name in os.environ if name.startswith("MILEPOST_")]:
    del os.environ[_name]


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--long`: the long form of tests that have one."""
    parser.addoption("--long", action="store_true", help="run the long form of tests that have one")


@pytest.fixture(scope="session")
def long(request: pytest.FixtureRequest) -> bool:
    """Whether the long form is asked for."""
    return bool(request.config.getoption("--long"))


@pytest.fixture(scope="session")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PostgresServer]:
    """The PostgreSQL of this run."""
    with postgres_for_tests(tmp_path_factory.mktemp("postgres")) as server:
        yield server


@pytest.fixture(scope="session")
def redis_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    """The Redis of this run."""
    with redis_for_tests(tmp_path_factory.mktemp("redis")) as server:
        yield server


@pytest.fixture(scope="module")
def database_url(request: pytest.FixtureRequest, postgres: PostgresServer) -> Iterator[str]:
    """A database for this test module alone, migrated, empty."""
    name = f"test_{zlib.crc32(request.node.nodeid.encode()):x}"
    with fresh_database(postgres, name) as url:
        yield url


@pytest.fixture(scope="module")
def redis_url(redis_server: RedisServer) -> str:
    """An empty Redis."""
    redis_server.flush()
    return redis_server.url()


@pytest.fixture(scope="module")
def settings(database_url: str, redis_url: str) -> Settings:
    """Settings of a development installation on this module's servers."""
    return load_settings(database_url=database_url, redis_url=redis_url, jwt_secret=SECRET, log_level="warning")


@pytest.fixture(scope="module")
def module_clock() -> AdjustableClock:
    """The clock of this module's app; tests ask for `clock`."""
    return AdjustableClock()


@pytest.fixture
def clock(module_clock: AdjustableClock) -> AdjustableClock:
    """The clock the app reads, at its start for every test that asks for it."""
    module_clock.set(START)
    return module_clock


@pytest.fixture(scope="module")
async def app(settings: Settings, module_clock: AdjustableClock) -> AsyncIterator[Quart]:
    """The running application of this module, in this process."""
    from milepost.app import create_app  # here: tests of the rules start a second sooner without Quart

    application = create_app(settings, module_clock)
    async with application.test_app():
        yield application


@pytest.fixture
def client(app: Quart) -> TestClientProtocol:
    """A client of the application; send `bearer(token)` as headers."""
    return app.test_client()


@pytest.fixture
def held(app: Quart) -> "Resources":
    """What the application holds open."""
    from milepost.api.edge.application import Application  # here, as above

    assert isinstance(app, Application)
    assert app.state.resources is not None
    return app.state.resources


@pytest.fixture(scope="session")
def token_for() -> Callable[..., str]:
    """`token_for("ada", ["service"], zone="Europe/Berlin")`; see `builders.mint`."""
    return mint


@pytest.fixture
def processes(database_url: str, redis_url: str, tmp_path: Path) -> Iterator[Processes]:
    """Real processes: `processes.api()`, `processes.worker()`; each takes signals, all are gone after the test."""
    started = Processes(
        {"MILEPOST_DATABASE_URL": database_url, "MILEPOST_REDIS_URL": redis_url, "MILEPOST_JWT_SECRET": SECRET},
        tmp_path,
    )
    yield started
    started.end()
