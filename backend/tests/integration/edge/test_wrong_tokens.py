"""S04 over HTTP: invalid tokens are refused. The verifier has its own unit tests."""

import base64
import json
from datetime import timedelta

import jwt
import pytest
from quart.typing import TestClientProtocol as Client

from support.builders import AUDIENCE, ISSUER, NEVER, SECRET, activity, bearer, mint
from support.callers import service
from support.clock import START, AdjustableClock


@pytest.fixture(autouse=True)
def _at_the_start(clock: AdjustableClock) -> None:
    """Every test begins at START."""


def encoded(part: dict[str, str]) -> str:
    """One encoded part of a token."""
    return base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode()


def claiming(**claims: object) -> str:
    """A correctly signed token with these claims beside valid ones."""
    content = {"sub": "ada", "iss": ISSUER, "aud": AUDIENCE, "exp": int(NEVER.timestamp()), **claims}
    return jwt.encode(content, SECRET, algorithm="HS256")


def signature_of(other: str) -> str:
    """Ada's token with the signature of another token."""
    return ".".join([*mint("ada").split(".")[:2], other.split(".")[2]])


WRONG_TOKENS: list[tuple[str, str]] = [
    ("", "token_missing"),
    ("a.b.c", "token_malformed"),
    (f"{encoded({'alg': 'none', 'typ': 'JWT'})}.{encoded({'sub': 'ada'})}.", "token_algorithm"),
    (mint("ada", secret="another secret, known to nobody, 32 bytes and more"), "token_signature"),
    (signature_of(mint("bob")), "token_signature"),
    (mint("ada", expires_at=START - timedelta(minutes=2)), "token_expired"),
    (mint("ada", exp=None), "token_claims"),
    (mint("ada", aud=None), "token_claims"),
    (mint("ada", iss=None), "token_claims"),
    (mint("ada", sub=None), "token_claims"),
    (mint("a" * 201), "token_claims"),
    (mint("a\x00"), "token_claims"),
    (mint("ada", iss="somebody else"), "token_issuer"),
    (mint("ada", aud="another service"), "token_audience"),
    (mint("ada", nbf=int(START.timestamp()) + 120), "token_not_yet_valid"),
    (claiming(roles="learner"), "token_roles"),
    (claiming(roles=["root"]), "token_roles"),
    (claiming(roles={"learner": True}), "token_roles"),
    (claiming(roles=[["learner"]]), "token_roles"),
    (claiming(roles=None), "token_roles"),
    (mint("learner", ["service"]), "token_claims"),
    (mint("milepost", ["service"]), "token_claims"),
    (
        jwt.encode({"sub": "ada", "iss": ISSUER, "aud": AUDIENCE, "exp": NEVER}, SECRET + "x" * 40, algorithm="HS512"),
        "token_algorithm",
    ),
]


@pytest.mark.parametrize(("token", "code"), WRONG_TOKENS)
async def test_S04_tokens_that_open_nothing(client: Client, token: str, code: str) -> None:
    answer = await client.post("/api/activities", json=activity(START), headers=bearer(token))
    body = await answer.get_json()
    assert (answer.status_code, body["code"]) == (401, code)
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")
    assert body["request_id"] == answer.headers["X-Request-ID"]
    assert await service(client).feed(learner_id="ada") == []
