"""S12: every operation with a token uses up a quota, also reads and plans."""

import pytest
from quart import Response

from integration.edge.limits.quotas import Start, left
from integration.edge.requests_of_routes import Key, address
from milepost.api.http.contract import Contract, contract
from milepost.app import create_app
from milepost.errors import Unavailable
from milepost.settings import Settings
from support.builders import activity, new_learner
from support.callers import Caller
from support.clock import START, AdjustableClock

_ONE: dict[str, object] = {
    "batch_limit": 1,
    **{f"limit_{name}_per_minute": 1 for name in ("intake_learner", "intake_sender", "reads_learner", "reads_sender")},
    **{f"limit_{name}_per_minute": 1 for name in ("changes_learner", "changes_sender")},
    **{f"limit_{name}_per_hour": 1 for name in ("exports_learner", "exports_sender", "shares")},
}
"""Quotas of a single request."""


@pytest.mark.parametrize("role", ["learner", "service", "admin"])
async def test_S12_every_operation_with_a_token_is_charged(
    another: Start, hand: AdjustableClock, routes: dict[Key, Contract], role: str
) -> None:
    client = (await another(**_ONE)).test_client()
    policies = set()
    for (method, path), promise in routes.items():
        if role in promise.roles:
            caller = Caller(client, new_learner(), [role])
            place = address(path).removeprefix("/api")
            assert (await caller.ask(method, place)).status != 429, path
            refused = (await caller.ask(method, place)).problem(429, "rate_limited")
            assert refused["quota"] == 1
            policies.add(refused["policy"])
            others = {"GET": "reads"}.get(method, "changes")
            assert refused["policy"] == (promise.charges or others), path
    used = {
        "learner": {"intake", "exports", "shares"},
        "service": {"intake", "exports"},
        "admin": {"intake", "exports"},
    }
    assert policies == {"reads", "changes"} | used[role]


async def test_S12_a_learner_reads_and_plans_within_its_quotas(another: Start, hand: AdjustableClock) -> None:
    app = await another(limit_reads_learner_per_minute=3, limit_changes_learner_per_minute=2)
    client = app.test_client()
    ada, bob = Caller(client, new_learner()), Caller(client, new_learner())
    reads = [await ada.get(path) for path in ("/progress", "/tasks", "/progress/streak")]
    assert [answer.status for answer in reads] == [200] * 3
    assert [left(answer) for answer in reads] == [None] * 3
    refused = await ada.get("/progress")
    assert refused.problem(429, "rate_limited")["detail"] == "Reads are limited to 3 a minute. Try again in 45 seconds."
    assert (refused.headers["Retry-After"], left(refused)) == ("45", '"reads";r=0;t=45')
    head = await ada.ask("HEAD", "/progress")
    assert head.status == 429, "HEAD does the work of a GET"
    assert (await ada.post("/tasks", {"title": "read"})).status == 200, "changes are counted apart"
    (await ada.post("/tasks", {"no": "title"})).problem(422, "invalid_body")
    body = (await ada.ask("PATCH", "/me", json={"zone": "Europe/Berlin"})).problem(429, "rate_limited")
    assert body["detail"] == "Changes are limited to 2 a minute. Try again in 45 seconds."
    assert (await ada.post("/activities", activity(START))).status == 200, "activities have a quota of their own"
    assert (await bob.get("/progress")).status == 200, "others do not wait"
    hand.advance(seconds=45)
    assert (await ada.get("/progress")).status == 200


async def test_S12_a_request_without_a_valid_token_uses_up_nobodys_quota(another: Start, hand: AdjustableClock) -> None:
    client = (await another(limit_reads_learner_per_minute=1)).test_client()
    ada = Caller(client, new_learner())
    for _ in range(3):
        assert (await client.get("/api/progress")).status_code == 401
        (await ada.get("/admin/jobs")).problem(403, "role_not_allowed")
    assert (await ada.get("/progress")).status == 200


async def test_S12_what_the_service_could_not_do_uses_up_nothing(settings: Settings, hand: AdjustableClock) -> None:
    """The whole quota is left after three answers of 503."""
    one = {"limit_reads_learner_per_minute": 1, "limit_changes_learner_per_minute": 1}
    app = create_app(settings.model_copy(update=one), hand)
    is_down = True

    @app.route("/api/busy", methods=["GET", "POST"])
    @contract(operation="askBusy", summary="busy", answers=None, roles=("learner",))
    async def busy() -> Response:
        if is_down:
            raise Unavailable("database_unavailable", "down")
        return Response(b"done")

    async with app.test_app() as running:
        ada = Caller(running.test_client(), new_learner())
        for method in ("GET", "POST"):
            is_down = True
            assert [(await ada.ask(method, "/busy")).status for _ in range(3)] == [503] * 3
            is_down = False
            assert [(await ada.ask(method, "/busy")).status for _ in range(2)] == [200, 429]
