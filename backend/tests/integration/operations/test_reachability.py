"""The checks of a database before a start uses it."""

import asyncio
import os
import subprocess
import sys
from collections.abc import Iterator

import pytest

from milepost.db.migrations import head
from milepost.db.reachability import database_fault, schema_fault
from milepost.embedded.postgres import PostgresServer
from support.builders import PRODUCTION
from support.servers import free_port, migrate


@pytest.fixture
def empty_database_url(postgres: PostgresServer) -> Iterator[str]:
    """A database without the schema."""
    postgres.execute("CREATE DATABASE never_migrated")
    yield postgres.url("never_migrated")
    postgres.execute("DROP DATABASE never_migrated WITH (FORCE)")


async def test_a_database_that_answers_has_no_fault(database_url: str) -> None:
    assert await database_fault(database_url) is None
    assert await schema_fault(database_url) is None


async def test_an_unreachable_server_is_a_fault_that_hides_the_password() -> None:
    fault = await database_fault(f"postgresql://milepost:topsecret@127.0.0.1:{free_port()}/milepost")
    assert fault is not None
    assert "topsecret" not in fault


async def test_a_database_that_does_not_exist_is_named(postgres: PostgresServer) -> None:
    assert await database_fault(postgres.url("nowhere")) == 'database "nowhere" does not exist'


async def test_an_invalid_address_is_a_fault() -> None:
    assert await database_fault("mysql://milepost@127.0.0.1/milepost") is not None


async def test_an_old_schema_is_a_fault_until_it_is_migrated(empty_database_url: str) -> None:
    fault = await schema_fault(empty_database_url)
    assert fault == f"its schema is at revision None, and {head()} is needed: run `milepost migrate`"
    migrate(empty_database_url)
    assert await schema_fault(empty_database_url) is None


@pytest.mark.parametrize("command", ["serve", "worker"])
async def test_R30_unsafe_settings_and_old_migrations_are_named_at_once(empty_database_url: str, command: str) -> None:
    def start(**settings: str) -> "subprocess.CompletedProcess[str]":
        variables = {**PRODUCTION, "MILEPOST_DATABASE_URL": empty_database_url, **settings}
        return subprocess.run(
            [sys.executable, "-m", "milepost.cli", command],
            env={**os.environ, **variables},
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )

    old_schema = f"its schema is at revision None, and {head()} is needed: run `milepost migrate`."
    unsafe = await asyncio.to_thread(start, MILEPOST_DEBUG="true", MILEPOST_CORS_ORIGINS="*", MILEPOST_JWT_SECRET="x")
    assert unsafe.returncode == 1
    assert [line.removeprefix("milepost: ").partition(":")[0] for line in unsafe.stderr.splitlines()] == [
        *("debug", "cors_origins", "jwt_secret", "The database of MILEPOST_DATABASE_URL cannot be used")
    ]
    assert unsafe.stderr.strip().endswith(old_schema)
    safe = await asyncio.to_thread(start)
    assert (safe.returncode, safe.stderr.strip().endswith(old_schema)) == (1, True)


async def test_a_newer_schema_is_accepted(empty_database_url: str, postgres: PostgresServer) -> None:
    migrate(empty_database_url)
    postgres.execute("UPDATE alembic_version SET version_num = 'of_a_later_version'", "never_migrated")
    assert await schema_fault(empty_database_url) is None
