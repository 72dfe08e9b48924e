"""GET /features: what is switched on and the limits in force, which are those that the routes enforce."""

from typing import get_args

import pytest
from quart.typing import TestClientProtocol as Client

from milepost.api.documentation.kinds import REASONS, for_senders
from milepost.rules.activities import Refusal
from milepost.settings import load_policy
from support.builders import activity, new_learner
from support.callers import Caller, service
from support.clock import START, AdjustableClock


@pytest.mark.parametrize("role", ["learner", "service", "admin"])
async def test_any_token_may_read_the_features(client: Client, role: str) -> None:
    answer = (await Caller(client, new_learner(), [role]).get("/features")).ok()
    assert answer["features"] == {"goals": True, "analytics": True}
    assert answer["week_start"] == "monday"
    document = await (await client.get("/openapi.json")).get_json()
    assert answer["version"] == document["info"]["version"]
    assert (answer["limits"]["tasks"], answer["limits"]["categories"], answer["limits"]["topics"]) == (20_000, 200, 500)


async def test_the_limits_are_those_enforced(client: Client, clock: AdjustableClock) -> None:
    ada = Caller(client, new_learner())
    limits = (await ada.get("/features")).ok()["limits"]
    (await ada.get("/activities", limit=limits["page_items"])).ok()
    (await ada.get("/activities", limit=limits["page_items"] + 1)).problem(422, "invalid_query")
    (await ada.get("/progress/history", days=limits["window_days"])).ok()
    (await ada.get("/progress/history", days=limits["window_days"] + 1)).problem(422, "invalid_query")
    many = [activity(START)] * (limits["batch_activities"] + 1)
    (await service(client).record(*many, learner_id=ada.subject)).problem(422, "too_many_activities")
    large = await ada.ask("POST", "/events", raw=b" " * (limits["body_bytes"] + 1))
    large.problem(413, "body_too_large")
    slot = {"starts_at": "2026-03-10T09:00:00Z", "ends_at": "2026-03-10T10:00:00Z"}
    for count, status in ((limits["slots_of_a_task"], 200), (limits["slots_of_a_task"] + 1, 422)):
        assert (await ada.post("/tasks", {"title": "t", "scheduled_slots": [slot] * count})).status == status


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
