"""What tests of upgrades share."""

from collections.abc import Iterator

import pytest

from milepost.embedded.postgres import PostgresServer


@pytest.fixture
def empty_url(postgres: PostgresServer, request: pytest.FixtureRequest) -> Iterator[str]:
    """An empty database, named after the module and dropped afterwards."""
    name = request.module.__name__.rpartition(".")[2]
    postgres.execute(f"CREATE DATABASE {name}")
    try:
        yield postgres.url(name)
    finally:
        postgres.execute(f"DROP DATABASE {name} WITH (FORCE)")
