"""The checks of a database before a start uses it."""

from collections.abc import Iterator

import pytest

from milepost.db.migrations import head
from milepost.db.reachability import database_fault, schema_fault
from milepost.embedded.postgres import PostgresServer
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


async def test_a_newer_schema_is_accepted(empty_database_url: str, postgres: PostgresServer) -> None:
    migrate(empty_database_url)
    postgres.execute("UPDATE alembic_version SET version_num = 'of_a_later_version'", "never_migrated")
    assert await schema_fault(empty_database_url) is None
