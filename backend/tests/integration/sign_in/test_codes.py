"""One-time codes: who gets one, that it works once, and what the database holds of it."""

import asyncio
from collections.abc import Mapping
from datetime import timedelta

import asyncpg
import pytest
from quart import Response
from quart.typing import TestClientProtocol as Client

from milepost.jobs.sweeps import forget_idempotency_keys
from milepost.resources import Resources
from milepost.services.sign_in.codes import CODE_SECONDS
from support.builders import bearer, mint, new_learner
from support.callers import service
from support.clock import START, AdjustableClock

HOUR = START + timedelta(hours=1)


@pytest.fixture(autouse=True)
def _at_the_start(clock: AdjustableClock) -> None:
    """Every test begins at START."""


async def code_for(client: Client, token: str) -> str:
    """A code that the platform's service gets for a token."""
    return str((await service(client).post("/sign-in/codes", {"token": token})).ok()["code"])


async def use(client: Client, code: object, headers: Mapping[str, str] | None = None) -> Response:
    """Exchange a code, as a page does."""
    return await client.post("/sign-in/code", json={"code": code}, headers=dict(headers or {}))


async def refusal(answer: Response) -> tuple[int, str, str]:
    """What a refusal tells."""
    body = await answer.get_json()
    return answer.status_code, body["code"], body["detail"]


async def test_a_code_gives_the_token_once(client: Client) -> None:
    token = mint(new_learner(), expires_at=HOUR)
    made = (await service(client).post("/sign-in/codes", {"token": token})).ok()
    assert made["expires_at"] == (START + timedelta(seconds=60)).isoformat().replace("+00:00", "Z")
    assert len(made["code"]) >= 32
    answer = await use(client, made["code"])
    assert (answer.status_code, await answer.get_json()) == (
        200,
        {"token": token, "expires_at": HOUR.isoformat().replace("+00:00", "Z")},
    )
    assert answer.headers["Cache-Control"] == "no-store, private"
    assert (await client.get("/api/me", headers=bearer(token))).status_code == 200
    assert (await use(client, made["code"])).status_code == 403


async def test_twenty_at_once_get_one_token(client: Client) -> None:
    code = await code_for(client, mint(new_learner()))
    answers = await asyncio.gather(*(use(client, code) for _ in range(20)))
    assert sorted(answer.status_code for answer in answers) == [200, *[403] * 19]


async def test_wrong_used_and_old_codes_are_refused_alike(client: Client, clock: AdjustableClock) -> None:
    used = await code_for(client, mint(new_learner()))
    await use(client, used)
    old = await code_for(client, mint(new_learner()))
    clock.set(START + timedelta(seconds=CODE_SECONDS))
    refusals = {await refusal(await use(client, code)) for code in (used, old, "x", used[:-1], used + "=")}
    assert len(refusals) == 1
    assert refusals.pop()[:2] == (403, "sign_in_code_refused")


async def test_a_code_works_until_its_minute_is_over(client: Client, clock: AdjustableClock) -> None:
    code = await code_for(client, mint(new_learner()))
    clock.set(START + timedelta(seconds=CODE_SECONDS - 1))
    assert (await use(client, code)).status_code == 200


@pytest.mark.parametrize(
    "token",
    [
        "no token",
        mint("ada", secret="another secret, of 32 bytes and more than that"),
        mint("ada", expires_at=START - timedelta(minutes=5)),
        mint("ada", expires_at=START + timedelta(seconds=CODE_SECONDS)),
        mint("grader", ["service"]),
        mint("both", ["learner", "service"]),
    ],
)
async def test_a_token_that_signs_nobody_in_gets_no_code(client: Client, token: str) -> None:
    answer = await service(client).post("/sign-in/codes", {"token": token})
    assert answer.problem(422, "impossible_sign_in")["errors"][0]["pointer"] == "/token"
    assert token not in answer.raw.decode()


async def test_administrators_may_be_handed_over_too(client: Client) -> None:
    token = mint("root", ["admin"])
    assert (await (await use(client, await code_for(client, token))).get_json())["token"] == token


async def test_a_copy_of_the_table_tells_nothing(client: Client, connection: asyncpg.Connection) -> None:
    token = mint("somebody-secret")
    code = await code_for(client, token)
    rows = await connection.fetch("SELECT * FROM sign_in_codes")
    kept = b"".join(value for row in rows for value in row.values() if isinstance(value, bytes))
    assert len(kept) > len(token)
    for secret in (code, token, *token.split("."), "somebody-secret"):
        assert secret.encode() not in kept
    await use(client, code)


async def test_a_used_code_leaves_no_row_and_a_job_deletes_the_rest(
    client: Client, connection: asyncpg.Connection, resources: Resources, clock: AdjustableClock
) -> None:
    await connection.execute("DELETE FROM sign_in_codes")
    await use(client, await code_for(client, mint(new_learner())))
    assert await connection.fetchval("SELECT count(*) FROM sign_in_codes") == 0
    await code_for(client, mint(new_learner()))
    await forget_idempotency_keys(resources)
    assert await connection.fetchval("SELECT count(*) FROM sign_in_codes") == 1
    clock.set(START + timedelta(seconds=CODE_SECONDS))
    for _ in range(2):
        await forget_idempotency_keys(resources)
        assert await connection.fetchval("SELECT count(*) FROM sign_in_codes") == 0


async def test_S12_an_address_that_tries_codes_is_told_to_wait(client: Client, resources: Resources) -> None:
    code = await code_for(client, mint(new_learner()))
    limit = resources.settings.limit_failed_tokens_per_minute
    for _ in range(2 * limit):  # what the database could not answer in time is not counted
        answer = await use(client, "guessed")
        if answer.status_code == 429:
            break
    assert answer.status_code == 429
    assert (await use(client, code)).status_code == 200, "a neighbour locks nobody out"
