"""One achievement at a time."""

import pytest
from quart import Quart

from integration.insight.reads import OnlyEntry
from support.catalogues import put_in_force


@pytest.fixture(scope="module")
def _seen() -> dict[str, dict[str, object]]:
    return {}


@pytest.fixture
def only(database_url: str, app: Quart, _seen: dict[str, dict[str, object]]) -> OnlyEntry:
    """`only(entry)` makes this the only achievement that can be earned."""

    async def put(one: dict[str, object]) -> None:
        retired = [old | {"state": "retired"} for code, old in _seen.items() if code != one["code"]]
        _seen[str(one["code"])] = one
        await put_in_force(database_url, one, *retired)

    return put
