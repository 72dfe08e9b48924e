"""GET /features: what is switched on and the limits in force, which are those that the routes enforce."""

from typing import get_args

import pytest
from quart.typing import TestClientProtocol as Client

from milepost.api.documentation.kinds import REASONS, for_senders
from milepost.rules.activities import Refusal
from milepost.settings import load_policy
from support.builders import new_learner
from support.callers import Caller


@pytest.mark.parametrize("role", ["learner", "service", "admin"])
async def test_any_token_may_read_the_features(client: Client, role: str) -> None:
    answer = (await Caller(client, new_learner(), [role]).get("/features")).ok()
    assert answer["features"] == {"goals": True, "analytics": True}
    assert answer["week_start"] == "monday"
    document = await (await client.get("/openapi.json")).get_json()
    assert answer["version"] == document["info"]["version"]
    assert (answer["limits"]["tasks"], answer["limits"]["categories"], answer["limits"]["topics"]) == (20_000, 200, 500)


async def test_the_document_has_the_kinds_in_force_and_the_reasons(client: Client) -> None:
    policy = load_policy().activities
    document = await (await client.get("/openapi.json")).get_json()
    text = document["info"]["description"]
    assert for_senders(policy) in text
    assert text.count("\n| ") == len(policy.kinds) + 1
    assert "| exercise, completed | day, exercise, grade | 10 | service |" in text
    assert set(get_args(Refusal)) <= set(REASONS)
    for reason in REASONS:
        assert f"`{reason}`" in text
    assert f"more than {policy.learner_backdate_days} days back" in text


@pytest.mark.parametrize(
    ("path", "query"),
    [
        ("/features", {}),
        ("/progress", {}),
        ("/progress/export", {"format": "csv"}),
        ("/analytics/export", {"from": "2026-03-01", "to": "2026-03-02"}),
        ("/goals", {}),
    ],
)
async def test_head_has_the_headers_of_get(client: Client, path: str, query: dict[str, str]) -> None:
    ada = Caller(client, new_learner())
    full = await ada.ask("GET", path, query=query)
    head = await ada.ask("HEAD", path, query=query)
    assert head.status == 200
    for name in ("Content-Type", "ETag", "Content-Disposition"):
        assert head.headers.get(name) == full.headers.get(name), name
