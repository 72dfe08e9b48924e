"""Fixtures of tests that break the database."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from support.fault_servers import BreakablePostgres


@pytest.fixture
def own_postgres(tmp_path: Path) -> Iterator[BreakablePostgres]:
    """A PostgreSQL this test may kill, stop, freeze and fill."""
    server = BreakablePostgres(tmp_path)
    yield server
    server.end()
