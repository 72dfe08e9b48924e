"""The cookie of the platform: it admits like a token, and only for the dashboard's own pages."""

from collections.abc import Mapping

import pytest
from quart import Response
from quart.typing import TestClientProtocol as Client

from milepost.settings import Settings, load_settings
from support.builders import SECRET, bearer, mint, new_learner

COOKIE = "__Host-tutor"
OWN = {"Sec-Fetch-Site": "same-origin"}
CHANGE = {"zone": "Europe/Berlin"}


@pytest.fixture(scope="module")
def settings(database_url: str, redis_url: str) -> Settings:
    """Settings with the cookie."""
    return load_settings(
        database_url=database_url,
        redis_url=redis_url,
        jwt_secret=SECRET,
        log_level="warning",
        stream_lifetime_seconds=0.2,
        sign_in_cookie=COOKIE,
    )


def cookie(token: str, **headers: str) -> dict[str, str]:
    """The header that carries a token in the cookie, and others."""
    return {"Cookie": f"theme=dark; {COOKIE}={token}", **headers}


async def change(client: Client, headers: Mapping[str, str]) -> Response:
    """A write."""
    return await client.patch("/api/me", json=CHANGE, headers=dict(headers))


async def code_of(answer: Response) -> tuple[int, str]:
    """Status and code of a problem."""
    return answer.status_code, (await answer.get_json())["code"]


async def test_the_cookie_admits_like_a_token(client: Client) -> None:
    ada = mint(new_learner())
    by_token = await (await client.get("/api/me", headers=bearer(ada))).get_json()
    assert await (await client.get("/api/me", headers=cookie(ada))).get_json() == by_token
    assert (await change(client, cookie(ada, **OWN))).status_code == 200
    stream = await client.get("/api/notifications/stream", headers=cookie(ada, **OWN))
    assert (stream.status_code, stream.headers["Content-Type"]) == (200, "text/event-stream")


@pytest.mark.parametrize(
    "proof",
    [
        OWN,
        {"Origin": "http://localhost"},
        {"Origin": "https://localhost"},
        {**OWN, "Origin": "https://elsewhere.example"},
    ],
)
async def test_a_write_of_an_own_page_is_admitted(client: Client, proof: dict[str, str]) -> None:
    assert (await change(client, cookie(mint(new_learner()), **proof))).status_code == 200


@pytest.mark.parametrize(
    "origin",
    [
        {},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "none"},
        {"Sec-Fetch-Site": "cross-site", "Origin": "http://localhost"},
        {"Origin": "https://evil.example"},
        {"Origin": "http://localhost:81"},
        {"Origin": "http://localhost.evil.example"},
        {"Origin": "null"},
    ],
)
async def test_another_site_cannot_use_the_cookie(client: Client, origin: dict[str, str]) -> None:
    ada = mint(new_learner())
    before = await (await client.get("/api/me", headers=bearer(ada))).get_json()
    assert await code_of(await change(client, cookie(ada, **origin))) == (403, "cross_site_request")
    form = {"Content-Type": "text/plain", **cookie(ada, **origin)}
    assert await code_of(await client.post("/api/goals", data=b"{}", headers=form)) == (403, "cross_site_request")
    assert await (await client.get("/api/me", headers=bearer(ada))).get_json() == before


@pytest.mark.parametrize("path", ["/api/me", "/api/notifications/stream", "/api/progress/export.csv"])
@pytest.mark.parametrize("site", ["cross-site", "same-site"])
async def test_nor_read_or_keep_streams_open(client: Client, path: str, site: str) -> None:
    headers = cookie(mint(new_learner()), **{"Sec-Fetch-Site": site})
    assert await code_of(await client.get(path, headers=headers)) == (403, "cross_site_request")


async def test_a_token_in_the_header_needs_no_proof_and_counts(client: Client) -> None:
    ada, ben = new_learner(), new_learner()
    headers = {**bearer(mint(ada)), **cookie(mint(ben), **{"Sec-Fetch-Site": "cross-site"})}
    assert (await change(client, headers)).status_code == 200
    zones = [await (await client.get("/api/me", headers=asked)).get_data() for asked in (headers, cookie(mint(ben)))]
    assert [b"Europe/Berlin" in zone for zone in zones] == [True, False]


@pytest.mark.parametrize("value", ["theme=dark", f"{COOKIE}=", f"{COOKIE}=a; {COOKIE}=b", "tutor=a"])
async def test_other_cookies_admit_nobody(client: Client, value: str) -> None:
    assert await code_of(await client.get("/api/me", headers={"Cookie": value, **OWN})) == (401, "token_missing")


async def test_a_cookie_that_is_no_token_is_refused_as_one(client: Client) -> None:
    assert await code_of(await client.get("/api/me", headers=cookie("nothing", **OWN))) == (401, "token_malformed")
    expired = cookie(mint("ada", secret="another secret, of 32 bytes and more than that"), **OWN)
    assert await code_of(await client.get("/api/me", headers=expired)) == (401, "token_signature")


async def test_the_page_is_told(client: Client) -> None:
    page = await (await client.get("/", headers={"Accept": "text/html"})).get_data(as_text=True)
    assert '"cookie":true' in page or "not built" in page


async def session_of(client: Client, headers: Mapping[str, str]) -> object:
    """What the dashboard learns about the cookie that it cannot read."""
    asked = await client.get("/sign-in/session", headers=headers)
    assert (asked.status_code, asked.headers["Cache-Control"]) == (200, "no-store, private")
    return (await asked.get_json())["session"]


async def test_the_page_learns_whom_the_cookie_signs_in(client: Client) -> None:
    learner = new_learner()
    assert await session_of(client, cookie(mint(learner), **OWN)) == {"subject": learner, "roles": ["learner"]}
    root = cookie(mint("root", roles=["admin"]), **OWN)
    assert await session_of(client, root) == {"subject": "root", "roles": ["admin"]}


async def test_without_a_valid_cookie_nobody_is_signed_in(client: Client) -> None:
    forged = cookie(mint("ada", secret="another secret, of 32 bytes and more than that"), **OWN)
    for headers in ({}, forged, cookie("nothing", **OWN), bearer(mint("ada"))):
        assert await session_of(client, headers) is None


async def test_other_sites_learn_nothing_of_the_cookie(client: Client) -> None:
    headers = cookie(mint(new_learner()), **{"Sec-Fetch-Site": "cross-site"})
    assert await code_of(await client.get("/sign-in/session", headers=headers)) == (403, "cross_site_request")
