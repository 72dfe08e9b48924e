"""S05: an issuer's keys rotate, become unreachable and return; unknown keys cost a single request."""

import asyncio
import json
import os
from collections.abc import AsyncIterator
from pathlib import Path

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ed25519
from jwt.algorithms import OKPAlgorithm

from milepost.api.edge.problem_codes import EdgeRefusal
from milepost.api.edge.tokens import jwks
from milepost.api.edge.tokens.jwks import MAX_DOCUMENT_BYTES
from milepost.api.edge.tokens.verifier import TokenVerifier
from milepost.settings import load_settings
from support.builders import SECRET, mint
from support.clock import START, AdjustableClock


class Issuer:
    """A key server on 127.0.0.1. `requests` counts requests; while `hold` is clear, none is answered."""

    def __init__(self) -> None:
        self.keys: dict[str, ed25519.Ed25519PrivateKey] = {}
        self.requests = 0
        self.status = b"200 OK"
        self.padding = 0
        self.text: bytes | None = None
        self.hold = asyncio.Event()
        self.hold.set()
        self.held = asyncio.Event()
        self.url = ""

    def publish(self, *names: str) -> None:
        """Publish exactly these keys. Existing keys stay unchanged."""
        self.keys = {name: self.keys.get(name) or ed25519.Ed25519PrivateKey.generate() for name in names}

    def token(self, name: str, key: ed25519.Ed25519PrivateKey | None = None) -> bytes:
        """A token signed with the key `name`, or with `key`."""
        claims = {
            "sub": "ada",
            "iss": "milepost",
            "aud": "milepost",
            "roles": ["learner"],
            "exp": int(START.timestamp()) + 1_000_000,
        }
        signing = key or self.keys.get(name) or ed25519.Ed25519PrivateKey.generate()
        return jwt.encode(claims, signing, algorithm="EdDSA", headers={"kid": name}).encode()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer one request per connection."""
        await reader.readuntil(b"\r\n\r\n")
        self.requests += 1
        if not self.hold.is_set():
            self.held.set()
            await self.hold.wait()
        listed = [
            {**OKPAlgorithm.to_jwk(key.public_key(), as_dict=True), "kid": name} for name, key in self.keys.items()
        ]
        body = self.text or json.dumps({"keys": listed}).encode() + b" " * self.padding
        writer.write(
            b"HTTP/1.1 %s\r\ncontent-length: %d\r\nconnection: close\r\n\r\n" % (self.status, len(body)) + body
        )
        await writer.drain()
        writer.close()
        await writer.wait_closed()


@pytest.fixture
async def issuer() -> AsyncIterator[Issuer]:
    made = Issuer()
    server = await asyncio.start_server(made.serve, "127.0.0.1", 0)
    made.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/keys"
    async with server:
        yield made


@pytest.fixture
def still() -> AdjustableClock:
    return AdjustableClock()


@pytest.fixture
async def verifier(issuer: Issuer, still: AdjustableClock) -> AsyncIterator[TokenVerifier]:
    issuer.publish("first")
    made = TokenVerifier(load_settings(jwt_secret="", jwks=issuer.url), still)
    await made.open()
    yield made
    await made.close()


async def code_of(verifier: TokenVerifier, token: bytes) -> str:
    with pytest.raises(EdgeRefusal) as refusal:
        await verifier.verify(token)
    return refusal.value.code


async def seen(issuer: Issuer, verifier: TokenVerifier, requests: int) -> None:
    """Wait until the issuer has been asked so often, and its answer was read."""
    for _ in range(2_000):
        if issuer.requests >= requests and not verifier.is_fetching:
            return
        await asyncio.sleep(0.005)
    raise AssertionError(f"the issuer was asked {issuer.requests} times")


async def test_S05_a_new_key_is_found_and_an_old_one_forgotten(
    issuer: Issuer, verifier: TokenVerifier, still: AdjustableClock
) -> None:
    old = issuer.token("first")
    await verifier.verify(old)
    issuer.publish("second")
    still.advance(seconds=30)
    assert (await verifier.verify(issuer.token("second"))).subject == "ada"
    assert verifier.recall(old) is None
    assert await code_of(verifier, old) == "token_key_unknown"


async def test_S05_a_thousand_unknown_names_ask_once(
    issuer: Issuer, verifier: TokenVerifier, still: AdjustableClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jwks, "WAIT_SECONDS", 60)  # A busy machine may take longer than a second for all of them.
    stranger = ed25519.Ed25519PrivateKey.generate()
    still.advance(seconds=30)
    requests_before = issuer.requests
    attempts = [code_of(verifier, issuer.token(f"unknown-{number}", stranger)) for number in range(1_000)]
    assert set(await asyncio.gather(*attempts)) == {"token_key_unknown"}
    still.advance(seconds=29)
    assert await code_of(verifier, issuer.token("one-more", stranger)) == "token_key_unknown"
    assert issuer.requests - requests_before == 1


async def test_S05_known_keys_are_not_waited_for(
    issuer: Issuer, verifier: TokenVerifier, still: AdjustableClock
) -> None:
    still.advance(seconds=30)
    issuer.hold.clear()
    waiting = asyncio.create_task(code_of(verifier, issuer.token("unknown")))
    await issuer.held.wait()
    assert (await verifier.verify(issuer.token("first"))).subject == "ada"
    assert not waiting.done()
    issuer.hold.set()
    assert await waiting == "token_key_unknown"


async def test_S05_old_keys_are_renewed_behind_the_back(
    issuer: Issuer, verifier: TokenVerifier, still: AdjustableClock
) -> None:
    still.advance(seconds=601)
    issuer.hold.clear()
    assert (await verifier.verify(issuer.token("first"))).subject == "ada"
    await issuer.held.wait()
    issuer.hold.set()


@pytest.mark.parametrize("fault", ["status", "size", "text"])
async def test_S05_keys_outlive_an_issuer_that_is_down(
    issuer: Issuer, verifier: TokenVerifier, still: AdjustableClock, fault: str
) -> None:
    token = issuer.token("first")
    kept = issuer.keys["first"]
    match fault:
        case "status":
            issuer.status = b"503 Service Unavailable"
        case "size":
            issuer.padding = MAX_DOCUMENT_BYTES
        case _:
            issuer.text = b"<h1>We are moving</h1>"
    still.advance(seconds=700)
    assert await code_of(verifier, issuer.token("unknown", kept)) == "token_key_unknown"
    assert issuer.requests == 2
    assert (await verifier.verify(token)).subject == "ada"


@pytest.mark.parametrize("without_keys", [b"", b'{"keys": [{"kty": "oct", "kid": "first", "k": "a2V5"}]}'])
async def test_S05_trust_ends_when_the_issuer_publishes_no_keys(
    issuer: Issuer, verifier: TokenVerifier, still: AdjustableClock, without_keys: bytes
) -> None:
    """It is noticed after 10 minutes, and trust ends 15 minutes later, also in tokens that were verified before."""
    token, kept = issuer.token("first"), issuer.keys["first"]
    issuer.publish()
    issuer.text = without_keys or None
    still.advance(seconds=600)
    assert (await verifier.verify(token)).subject == "ada"
    await seen(issuer, verifier, 2)
    assert verifier.recall(token) is None
    still.advance(seconds=899)
    assert (await verifier.verify(token)).subject == "ada"
    assert verifier.recall(token) is not None
    still.advance(seconds=1)
    assert verifier.recall(token) is None
    assert await code_of(verifier, token) == "token_key_unknown"
    issuer.text = None
    issuer.keys = {"first": kept}
    still.advance(seconds=30)
    assert (await verifier.verify(token)).subject == "ada"


async def test_S05_an_empty_set_by_mistake_signs_nobody_out(
    issuer: Issuer, verifier: TokenVerifier, still: AdjustableClock
) -> None:
    token, kept = issuer.token("first"), issuer.keys["first"]
    issuer.publish()
    still.advance(seconds=600)
    await verifier.verify(token)
    await seen(issuer, verifier, 2)
    issuer.keys = {"first": kept}
    still.advance(seconds=30)
    await verifier.verify(token)
    await seen(issuer, verifier, 3)
    still.advance(seconds=2_000)
    assert (await verifier.verify(token)).subject == "ada"


async def test_S05_trust_ends_a_day_after_the_issuer_was_last_read(
    issuer: Issuer, verifier: TokenVerifier, still: AdjustableClock
) -> None:
    token = issuer.token("first")
    issuer.status = b"503 Service Unavailable"
    still.advance(seconds=86_399)
    assert (await verifier.verify(token)).subject == "ada"
    await seen(issuer, verifier, 2)
    assert verifier.recall(token) is not None
    still.advance(seconds=1)
    assert verifier.recall(token) is None
    assert await code_of(verifier, token) == "token_keys_unavailable"
    issuer.status = b"200 OK"
    still.advance(seconds=30)
    assert (await verifier.verify(token)).subject == "ada"


async def test_S05_after_a_quiet_week_the_first_token_is_valid(
    issuer: Issuer, verifier: TokenVerifier, still: AdjustableClock
) -> None:
    still.advance(seconds=7 * 86_400)
    assert (await verifier.verify(issuer.token("first"))).subject == "ada"
    assert issuer.requests == 2


async def test_S05_an_issuer_that_hangs_delays_neither_the_start_nor_requests(
    issuer: Issuer, still: AdjustableClock
) -> None:
    """Nothing here ends if the fetch is waited for: the issuer answers only at the end."""
    issuer.publish("first")
    issuer.hold.clear()
    verifier = TokenVerifier(load_settings(jwt_secret=SECRET, jwks=issuer.url), still)
    await verifier.open()
    assert (await verifier.verify(mint("bob").encode())).subject == "bob"
    for name in ("first", "unknown"):
        assert await code_of(verifier, issuer.token(name)) == "token_keys_unavailable"
    assert issuer.requests == 1
    issuer.hold.set()
    assert (await verifier.verify(issuer.token("first"))).subject == "ada"
    await verifier.close()


async def test_R30_a_pipe_as_key_file_cannot_hang_the_start(tmp_path: Path, still: AdjustableClock) -> None:
    """It takes the place of the file after the settings were read."""
    file = tmp_path / "keys.json"
    verifier = TokenVerifier(load_settings(jwt_secret="", jwks=str(file)), still)
    os.mkfifo(file)
    await verifier.open()
    assert await code_of(verifier, Issuer().token("first")) == "token_keys_unavailable"
    await verifier.close()


async def test_R30_an_issuer_that_is_not_there_yet(still: AdjustableClock, issuer: Issuer) -> None:
    issuer.publish("first")
    issuer.status = b"500 Internal Server Error"
    verifier = TokenVerifier(load_settings(jwt_secret="", jwks=issuer.url), still)
    await verifier.open()
    with pytest.raises(EdgeRefusal) as refusal:
        await verifier.verify(issuer.token("first"))
    assert (refusal.value.status, refusal.value.code) == (503, "token_keys_unavailable")
    issuer.status = b"200 OK"
    still.advance(seconds=30)
    assert (await verifier.verify(issuer.token("first"))).subject == "ada"
    await verifier.close()
