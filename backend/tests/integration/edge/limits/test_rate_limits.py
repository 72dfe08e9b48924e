"""S12: quotas of learners, services and addresses over HTTP, with and without Redis."""

from datetime import timedelta

import httpx
import pytest
from quart import Response
from quart.typing import TestClientProtocol as Client

from integration.edge.limits.quotas import SMALL, Start, left
from milepost.api.http.contract import contract, contract_of
from milepost.app import create_app
from milepost.settings import Settings
from support.builders import activity, bearer, exercise, mint, new_learner
from support.callers import Caller
from support.clock import START, AdjustableClock
from support.servers import Processes


@pytest.fixture(scope="module")
def settings(settings: Settings) -> Settings:
    """Quotas that a test can use up."""
    return settings.model_copy(update=SMALL)


# ---- intake


async def test_S12_a_learner_waits_for_the_next_minute(client: Client, hand: AdjustableClock) -> None:
    ada, bob = Caller(client, new_learner()), Caller(client, new_learner())
    answers = [await ada.post("/activities", activity(START)) for _ in range(5)]
    assert [answer.status for answer in answers] == [200] * 5
    assert [left(answer) for answer in answers] == [f'"intake";r={rest};t=45' for rest in (4, 3, 2, 1, 0)]
    assert answers[0].headers["RateLimit-Policy"] == '"intake";q=5;w=60;milepost-unit="activities"'
    refused = await ada.post("/activities", activity(START))
    body = refused.problem(429, "rate_limited")
    assert body["detail"] == "Activities are limited to 5 a minute. Try again in 45 seconds."
    assert {name: body[name] for name in ("policy", "quota", "unit", "window_seconds", "retry_after_seconds")} == {
        "policy": "intake",
        "quota": 5,
        "unit": "activities",
        "window_seconds": 60,
        "retry_after_seconds": 45,
    }
    assert (refused.headers["Retry-After"], left(refused)) == ("45", '"intake";r=0;t=45')
    assert len(await ada.feed()) == 5, "what is refused is not recorded, and reading is free"
    assert left(await ada.get("/progress")) is None
    assert (await bob.post("/activities", activity(START))).status == 200, "others do not wait"
    hand.advance(seconds=44.5)
    last = await ada.post("/activities", activity(START))
    assert (last.status, last.headers["Retry-After"]) == (429, "1")
    assert "Try again in 1 second." in last.body["detail"]
    hand.advance(seconds=0.5)
    assert left(await ada.post("/activities", activity(START))) == '"intake";r=4;t=60'


async def test_S12_a_batch_counts_as_its_activities_or_not_at_all(client: Client, hand: AdjustableClock) -> None:
    ada = Caller(client, new_learner())
    assert left(await ada.record(*(activity(START) for _ in range(3)))) == '"intake";r=2;t=45'
    refused = await ada.record(*(activity(START) for _ in range(3)))
    refused.problem(429, "rate_limited")
    assert left(refused) == '"intake";r=1;t=45', "a request costs one, whatever comes of it"
    assert len(await ada.feed()) == 3, "no part of a refused batch is recorded"
    assert left(await ada.record(activity(START))) == '"intake";r=0;t=45'
    hand.advance(minutes=1)
    assert (await ada.record(*(activity(START) for _ in range(5)))).status == 200, "a full batch always fits"


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "/activities", {"verb": "practised", "object_type": "session", "occurred_at": START.isoformat()}),
        ("POST", "/progress/events", {"type": "time", "value": 5}),
        ("POST", "/events", {"action": "practised", "objectType": "session"}),
        ("POST", "/progress/update-streak", {}),
        ("POST", "/activities", {"no": "activity"}),
        ("DELETE", "/activities/none", None),
    ],
)
async def test_S12_everything_that_changes_the_log_counts(
    client: Client, hand: AdjustableClock, method: str, path: str, body: object
) -> None:
    ada = Caller(client, new_learner())
    statuses = [(await ada.ask(method, path, json=body)).status for _ in range(6)]
    assert 429 not in statuses[:5]
    assert statuses[5] == 429


async def test_S12_a_refused_request_is_not_read(client: Client, hand: AdjustableClock) -> None:
    ada = Caller(client, new_learner())
    await ada.record(*(activity(START) for _ in range(5)))
    (await ada.ask("POST", "/activities", raw=b" " * 6_000_000)).problem(429, "rate_limited")
    (await ada.ask("POST", "/activities", raw=b"{")).problem(429, "rate_limited")


async def test_S12_what_the_queue_could_not_take_is_free(another: Start, hand: AdjustableClock) -> None:
    ada = Caller((await another(intake_queue_limit=2)).test_client(), new_learner())
    for _ in range(3):
        refused = await ada.record(*(activity(START) for _ in range(3)))
        refused.problem(503, "intake_busy")
        assert left(refused) == '"intake";r=5;t=45'
    assert left(await ada.record(activity(START), activity(START))) == '"intake";r=3;t=45'


async def test_S12_a_service_has_one_quota_for_all_its_learners(client: Client, hand: AdjustableClock) -> None:
    quizzes, lessons = (Caller(client, name, ["service"]) for name in ("quizzes", "lessons"))
    for rest in (5, 2):
        answer = await quizzes.record(*(exercise(START, learner_id=new_learner()) for _ in range(3)))
        assert left(answer) == f'"intake";r={rest};t=45'
    refused = await quizzes.record(*(exercise(START, learner_id=new_learner()) for _ in range(3)))
    assert refused.problem(429, "rate_limited")["quota"] == 8
    assert (await lessons.record(exercise(START, learner_id=new_learner()))).status == 200
    learner = Caller(client, "quizzes")
    assert left(await learner.record(activity(START))) == '"intake";r=4;t=45', "a learner of that name is another"


# ---- failed tokens, by address

FORGED = mint("ada", secret="another secret, known to nobody, 32 bytes and more")


async def knock(client: Client, token: str, address: str) -> tuple[int, str]:
    """Status and code of a read with this token from this address."""
    answer = await client.get("/api/progress", headers=bearer(token), scope_base={"client": (address, 50_000)})
    body = await answer.get_json()
    return answer.status_code, str(body.get("code"))


async def test_S12_an_address_that_forges_tokens_is_told_to_wait(client: Client, hand: AdjustableClock) -> None:
    unsigned = ["a.b.c", FORGED, mint("ada")[:-2] + "x"]
    first = [await knock(client, token, "203.0.113.1") for token in unsigned]
    assert [status for status, _ in first] == [401] * 3
    assert await knock(client, FORGED, "203.0.113.1") == (429, "rate_limited")
    assert await knock(client, FORGED, "203.0.113.2") == (401, "token_signature"), "other addresses do not wait"
    hand.advance(minutes=1)
    assert await knock(client, FORGED, "203.0.113.1") == (401, "token_signature")


async def test_S12_nobody_is_locked_out_by_a_neighbour(client: Client, hand: AdjustableClock) -> None:
    school = "203.0.113.3"
    for _ in range(4):
        await knock(client, FORGED, school)
    assert await knock(client, FORGED, school) == (429, "rate_limited")
    assert (await knock(client, mint(new_learner()), school))[0] == 200, "a token never seen before"
    expired = mint("ada", expires_at=START - timedelta(hours=1))
    assert await knock(client, expired, school) == (401, "token_expired"), "its owner must know to renew it"


async def test_S12_tokens_that_the_issuer_signed_do_not_count(client: Client, hand: AdjustableClock) -> None:
    address = "203.0.113.4"
    refused = [
        (mint("ada", expires_at=START - timedelta(hours=1)), "token_expired"),
        (mint("ada", aud="another service"), "token_audience"),
        (mint("ada", ["root"]), "token_roles"),
        ("", "token_missing"),
    ]
    for token, code in refused * 2:
        assert await knock(client, token, address) == (401, code)
    assert await knock(client, FORGED, address) == (401, "token_signature")


async def test_S12_the_addresses_of_one_ipv6_network_are_one(client: Client, hand: AdjustableClock) -> None:
    statuses = [(await knock(client, FORGED, f"2001:db8:0:7::{number:x}"))[0] for number in range(5)]
    assert statuses == [401, 401, 401, 429, 429]
    assert (await knock(client, FORGED, "2001:db8:0:8::1"))[0] == 401


def forged_through(url: str, *forwarded: str) -> list[int]:
    """Statuses of forged tokens, each forwarded for an address."""
    with httpx.Client(base_url=url, headers=bearer(FORGED)) as client:
        return [client.get("/api/progress", headers={"X-Forwarded-For": chain}).status_code for chain in forwarded]


CLIENTS = ["198.51.100.1", "198.51.100.2", "198.51.100.1", "198.51.100.1"]


def test_S12_behind_a_trusted_proxy_each_client_has_its_address(processes: Processes) -> None:
    few = {"MILEPOST_LIMIT_FAILED_TOKENS_PER_MINUTE": "2"}
    api = processes.api(**few, MILEPOST_TRUSTED_PROXIES="127.0.0.0/8")
    assert forged_through(api.url, *CLIENTS) == [401, 401, 401, 429]
    invented = [f"192.0.2.{number}, 198.51.100.3" for number in range(3)]
    assert forged_through(api.url, *invented) == [401, 401, 429], "what the client itself forwards is not believed"


def test_S12_without_a_trusted_proxy_the_connection_decides(processes: Processes) -> None:
    api = processes.api(MILEPOST_LIMIT_FAILED_TOKENS_PER_MINUTE="2")
    assert forged_through(api.url, *CLIENTS) == [401, 401, 429, 429]


# ---- what clients and operators can see


async def test_the_quotas_are_those_in_force(client: Client) -> None:
    quotas = (await Caller(client, new_learner()).get("/features")).ok()["quotas"]
    shown = {(quota["policy"], quota["payer"]): quota for quota in quotas}
    assert shown["intake", "learner"] == {
        "policy": "intake",
        "payer": "learner",
        "quota": 5,
        "unit": "activities",
        "window_seconds": 60,
        "counted_by": "process",
    }
    assert (shown["exports", "sender"]["quota"], shown["exports", "sender"]["counted_by"]) == (3, "service")
    assert shown["failed_tokens", "address"]["quota"] == 3


async def test_refusals_are_counted(another: Start, hand: AdjustableClock) -> None:
    client = (await another()).test_client()
    ada = Caller(client, new_learner())
    for _ in range(7):
        await ada.post("/activities", activity(START))
    metrics = await (await client.get("/metrics")).get_data(as_text=True)
    assert 'milepost_rate_limited_total{policy="intake"} 2.0\n' in metrics
    assert 'milepost_rate_limited_total{policy="failed_tokens"} 0.0\n' in metrics


async def test_a_frontend_may_read_the_headers(another: Start, hand: AdjustableClock) -> None:
    client = (await another(cors_origins=("https://tutor.example",))).test_client()
    answer = await client.get("/livez", headers={"Origin": "https://tutor.example"})
    exposed = answer.headers["Access-Control-Expose-Headers"].split(", ")
    assert {"ratelimit", "ratelimit-policy", "retry-after"} <= {*exposed}


# ---- a quota in a contract


async def test_S12_a_public_route_is_charged_to_the_address(settings: Settings, hand: AdjustableClock) -> None:
    app = create_app(settings.model_copy(update={"limit_share_views_per_minute": 2}), hand)

    @app.get("/seen")
    @contract(summary="seen", answers=None, public=True, hidden=True, charges="share_views")
    async def seen() -> Response:
        return Response(b"seen")

    declared = contract_of(seen)
    assert declared is not None
    assert "rate_limited" in declared.problems
    async with app.test_app() as running:
        client = running.test_client()

        async def view(address: str) -> int:
            return (await client.get("/seen", scope_base={"client": (address, 1)})).status_code

        assert [await view("203.0.113.1") for _ in range(3)] == [200, 200, 429]
        assert await view("203.0.113.2") == 200


async def test_S12_new_shares_are_charged_to_the_learner(settings: Settings, hand: AdjustableClock) -> None:
    app = create_app(settings.model_copy(update={"limit_shares_per_hour": 1}), hand)

    @app.post("/api/made")
    @contract(operation="makeShare", summary="made", answers=None, roles=("learner",), charges="shares", keyed=True)
    async def made() -> Response:
        return Response(b"made")

    async with app.test_app() as running:
        ada, bob = (Caller(running.test_client(), new_learner()) for _ in range(2))
        assert [(await ada.post("/made")).status for _ in range(2)] == [200, 429]
        assert (await bob.post("/made")).status == 200
        keyed = await ada.ask("POST", "/made", headers={"Idempotency-Key": "again"})
        assert keyed.status == 429, "a key does not open the way around a quota"
