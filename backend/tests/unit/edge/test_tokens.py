"""S04: which bearer tokens are believed."""

import base64
import hashlib
import hmac
import json
from collections.abc import Callable, Mapping
from datetime import timedelta
from pathlib import Path

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from jwt.algorithms import ECAlgorithm, OKPAlgorithm, RSAAlgorithm

from milepost.api.edge.problem_codes import EdgeRefusal
from milepost.api.edge.tokens.verifier import TokenVerifier
from milepost.rules.learners import learner_uuid
from milepost.settings import SettingsFault, load_settings
from support.builders import AUDIENCE, ISSUER, SECRET, mint
from support.clock import START, AdjustableClock

SOON = START + timedelta(minutes=10)
RSA_KEY = rsa.generate_private_key(65_537, 2048)
EC_KEY = ec.generate_private_key(ec.SECP256R1())
ED_KEY = ed25519.Ed25519PrivateKey.generate()


def key_set() -> dict[str, list[dict[str, object]]]:
    """The public keys, as an issuer would publish them."""
    return {
        "keys": [
            {**RSAAlgorithm.to_jwk(RSA_KEY.public_key(), as_dict=True), "kid": "rsa", "use": "sig"},
            {**ECAlgorithm.to_jwk(EC_KEY.public_key(), as_dict=True), "kid": "ec", "alg": "ES256"},
            {**OKPAlgorithm.to_jwk(ED_KEY.public_key(), as_dict=True), "kid": "ed"},
            {"kty": "oct", "kid": "shared", "k": base64.urlsafe_b64encode(b"k" * 32).decode()},
            {**RSAAlgorithm.to_jwk(RSA_KEY.public_key(), as_dict=True), "kid": "encryption", "use": "enc"},
        ]
    }


def claims(**changes: object) -> dict[str, object]:
    """Claims of a good token; None leaves one out."""
    content: dict[str, object] = {
        "sub": "ada",
        "iss": ISSUER,
        "aud": AUDIENCE,
        "exp": int(SOON.timestamp()),
        "roles": ["learner"],
        **changes,
    }
    return {name: value for name, value in content.items() if value is not None}


def by_hand(header: Mapping[str, object], content: Mapping[str, object], secret: bytes) -> str:
    """A token with any header at all, HMAC-SHA256 under `secret`."""
    parts = [base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=") for part in (header, content)]
    signature = hmac.new(secret, b".".join(parts), hashlib.sha256).digest()
    return b".".join([*parts, base64.urlsafe_b64encode(signature).rstrip(b"=")]).decode()


@pytest.fixture
def still() -> AdjustableClock:
    return AdjustableClock()


@pytest.fixture
def verifier(still: AdjustableClock) -> TokenVerifier:
    """With a shared secret alone."""
    return TokenVerifier(load_settings(jwt_secret=SECRET), still)


@pytest.fixture
async def with_keys(tmp_path: Path, still: AdjustableClock) -> TokenVerifier:
    """With published keys alone."""
    file = tmp_path / "jwks.json"
    file.write_text(json.dumps(key_set()))
    made = TokenVerifier(load_settings(jwt_secret="", jwks=str(file)), still)
    await made.open()
    return made


async def code_of(verifier: TokenVerifier, token: str | bytes) -> str:
    """The code the token is refused with."""
    with pytest.raises(EdgeRefusal) as refusal:
        await verifier.verify(token if isinstance(token, bytes) else token.encode())
    assert refusal.value.status == 401
    assert refusal.value.headers["WWW-Authenticate"].startswith("Bearer ")
    return refusal.value.code


async def test_a_good_token_names_its_holder(verifier: TokenVerifier) -> None:
    token = mint("ada", ["learner", "service"], zone="Europe/Berlin", name="Ada", expires_at=SOON)
    identity = await verifier.verify(token.encode())
    assert identity.subject == "ada"
    assert identity.learner_id == learner_uuid(ISSUER, "ada")
    assert identity.roles == {"learner", "service"}
    assert identity.zone_claim == "Europe/Berlin"
    assert identity.name == "Ada"


async def test_S04_without_roles_the_holder_is_a_learner_only_where_the_setting_says_so(
    verifier: TokenVerifier, still: AdjustableClock
) -> None:
    token = jwt.encode(claims(roles=None), SECRET, algorithm="HS256")
    assert await code_of(verifier, token) == "token_roles"
    willing = TokenVerifier(load_settings(jwt_secret=SECRET, default_role="learner"), still)
    assert (await willing.verify(token.encode())).roles == {"learner"}
    assert await code_of(willing, jwt.encode(claims(roles=[]), SECRET, algorithm="HS256")) == "token_roles"


@pytest.mark.parametrize("subject", ["c2f1a2de-7d0e-5a52-9c56-2a4f6c1b7f10", "C2F1A2DE-7D0E-5A52-BC56-2A4F6C1B7F10"])
async def test_S04_a_subject_of_the_form_of_ids_made_here(
    verifier: TokenVerifier, still: AdjustableClock, subject: str
) -> None:
    token = mint(subject, expires_at=SOON)
    assert await code_of(verifier, token) == "token_claims"
    trusting = TokenVerifier(load_settings(jwt_secret=SECRET, uuid5_names="everyone"), still)
    assert str((await trusting.verify(token.encode())).learner_id) == subject.lower()


@pytest.mark.parametrize(
    "subject",
    [
        "c2f1a2de-7d0e-4a52-9c56-2a4f6c1b7f10",  # version 4
        "c2f1a2de-7d0e-7a52-9c56-2a4f6c1b7f10",  # version 7
        "c2f1a2de-7d0e-5a52-7c56-2a4f6c1b7f10",  # not of RFC 9562, although it has a 5 there
        "c2f1a2de7d0e5a529c562a4f6c1b7f10",  # a name: without hyphens it is no UUID here
    ],
)
async def test_other_subjects_that_look_alike(verifier: TokenVerifier, subject: str) -> None:
    assert (await verifier.verify(mint(subject, expires_at=SOON).encode())).subject == subject


@pytest.mark.parametrize(
    "kind", ["logout+jwt", "dpop+jwt", "secevent+jwt", "application/dpop+jwt", "JWE", "", 5, None, ["JWT"]]
)
async def test_S04_a_token_of_another_kind(verifier: TokenVerifier, kind: object) -> None:
    assert (
        await code_of(verifier, by_hand({"alg": "HS256", "typ": kind}, claims(), SECRET.encode())) == "token_malformed"
    )


@pytest.mark.parametrize("kind", ["JWT", "jwt", "at+jwt", "application/at+JWT", "application/jwt"])
async def test_kinds_of_access_tokens(verifier: TokenVerifier, kind: str) -> None:
    token = by_hand({"alg": "HS256", "typ": kind}, claims(), SECRET.encode())
    assert (await verifier.verify(token.encode())).subject == "ada"
    without = by_hand({"alg": "HS256"}, claims(), SECRET.encode())
    assert (await verifier.verify(without.encode())).subject == "ada"


@pytest.mark.parametrize("zone", ["Mars/Olympus", "../../etc/passwd", "europe/berlin", 7])
async def test_an_unknown_zone_is_not_taken_over(verifier: TokenVerifier, zone: object) -> None:
    token = jwt.encode(claims(zoneinfo=zone), SECRET, algorithm="HS256")
    assert (await verifier.verify(token.encode())).zone_claim is None


@pytest.mark.parametrize("missing", ["sub", "iss", "aud", "exp"])
async def test_S04_a_required_claim_is_missing(verifier: TokenVerifier, missing: str) -> None:
    token = jwt.encode(claims(**{missing: None}), SECRET, algorithm="HS256")
    assert await code_of(verifier, token) == "token_claims"


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"iss": "somebody-else"}, "token_issuer"),
        ({"aud": "something-else"}, "token_audience"),
        ({"aud": ["something", "else"]}, "token_audience"),
        ({"aud": 5}, "token_audience"),
        ({"roles": "admin"}, "token_roles"),
        ({"roles": ["learner", "not-admin"]}, "token_roles"),
        ({"roles": ["learner", 1]}, "token_roles"),
        ({"roles": []}, "token_roles"),
        ({"roles": {"admin": True}}, "token_roles"),
        ({"sub": ""}, "token_claims"),
        ({"sub": "   "}, "token_claims"),
        ({"sub": "a\x00b"}, "token_claims"),
        ({"sub": "a\nb"}, "token_claims"),
        ({"sub": "x" * 201}, "token_claims"),
        ({"sub": "learner"}, "token_claims"),
        ({"sub": "milepost"}, "token_claims"),
        ({"exp": "soon"}, "token_claims"),
        ({"exp": True}, "token_claims"),
        ({"exp": 10**30}, "token_claims"),
        ({"exp": float("inf")}, "token_claims"),
        ({"exp": float("nan")}, "token_claims"),
        ({"nbf": "later"}, "token_claims"),
    ],
)
async def test_S04_claims_that_are_wrong(verifier: TokenVerifier, changes: dict[str, object], code: str) -> None:
    # PyJWT would not sign some of these itself.
    token = by_hand({"alg": "HS256", "typ": "JWT"}, claims(**changes), SECRET.encode())
    assert await code_of(verifier, token) == code


async def test_a_subject_that_is_not_text(verifier: TokenVerifier) -> None:
    token = by_hand({"alg": "HS256"}, claims(sub=17), SECRET.encode())
    assert await code_of(verifier, token) == "token_claims"


@pytest.mark.parametrize("late_by_seconds", [59, 60, 61])
async def test_S04_expiry_with_sixty_seconds_of_grace(
    verifier: TokenVerifier, still: AdjustableClock, late_by_seconds: int
) -> None:
    token = mint("ada", expires_at=SOON)
    still.set(SOON + timedelta(seconds=late_by_seconds))
    if late_by_seconds < 60:
        assert (await verifier.verify(token.encode())).subject == "ada"
    else:
        assert await code_of(verifier, token) == "token_expired"


@pytest.mark.parametrize("claim", ["nbf", "iat"])
@pytest.mark.parametrize("early_by_seconds", [60, 61])
async def test_S04_skew_of_more_than_sixty_seconds(verifier: TokenVerifier, claim: str, early_by_seconds: int) -> None:
    begins_at = int(START.timestamp()) + early_by_seconds
    token = jwt.encode(claims(**{claim: begins_at}), SECRET, algorithm="HS256")
    if early_by_seconds == 60:
        assert (await verifier.verify(token.encode())).subject == "ada"
    else:
        assert await code_of(verifier, token) == "token_not_yet_valid"


@pytest.mark.parametrize(
    "header",
    [
        {"alg": "HS256", "jwk": {"kty": "oct", "k": "c2VjcmV0"}},
        {"alg": "HS256", "jku": "https://evil.example/keys"},
        {"alg": "HS256", "x5u": "https://evil.example/chain"},
        {"alg": "HS256", "x5c": ["MIIB"]},
        {"alg": "HS256", "crit": ["exp"], "exp": 1},
        {"alg": "HS256", "crit": ["b64"], "b64": True},
        {"alg": "HS256", "kid": 5},
    ],
)
async def test_S04_headers_that_would_change_how_to_verify(verifier: TokenVerifier, header: dict[str, object]) -> None:
    assert await code_of(verifier, by_hand(header, claims(), SECRET.encode())) == "token_malformed"


async def test_S04_no_signature_at_all(verifier: TokenVerifier, with_keys: TokenVerifier) -> None:
    unsigned = jwt.encode(claims(), "", algorithm="none")
    for alg in ("none", "None", "nOnE"):
        head = base64.urlsafe_b64encode(json.dumps({"alg": alg}).encode()).rstrip(b"=").decode()
        token = head + unsigned[unsigned.index(".") :]
        assert await code_of(verifier, token) == "token_algorithm"
        assert await code_of(with_keys, token) == "token_algorithm"


async def test_S04_a_public_key_is_no_shared_secret(with_keys: TokenVerifier) -> None:
    for public in (RSA_KEY.public_key(), EC_KEY.public_key(), ED_KEY.public_key()):
        pem = public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
        for kid in ("rsa", "ec", "ed", "shared"):
            token = by_hand({"alg": "HS256", "kid": kid}, claims(), pem)
            assert await code_of(with_keys, token) == "token_algorithm"
    shared = by_hand({"alg": "HS256", "kid": "shared"}, claims(), b"k" * 32)
    assert await code_of(with_keys, shared) == "token_algorithm"


@pytest.mark.parametrize(
    ("kid", "algorithm", "key"), [("rsa", "RS256", RSA_KEY), ("ec", "ES256", EC_KEY), ("ed", "EdDSA", ED_KEY)]
)
async def test_published_keys_of_each_kind(
    with_keys: TokenVerifier, kid: str, algorithm: str, key: rsa.RSAPrivateKey
) -> None:
    named = jwt.encode(claims(), key, algorithm=algorithm, headers={"kid": kid})
    assert (await with_keys.verify(named.encode())).subject == "ada"
    nameless = jwt.encode(claims(), key, algorithm=algorithm)
    assert (await with_keys.verify(nameless.encode())).subject == "ada"


async def test_a_key_serves_one_algorithm_only(with_keys: TokenVerifier) -> None:
    token = jwt.encode(claims(), RSA_KEY, algorithm="PS256", headers={"kid": "rsa"})
    assert await code_of(with_keys, token) == "token_algorithm"
    crossed = jwt.encode(claims(), EC_KEY, algorithm="ES256", headers={"kid": "rsa"})
    assert await code_of(with_keys, crossed) == "token_key_unknown"
    for_encryption = jwt.encode(claims(), RSA_KEY, algorithm="RS256", headers={"kid": "encryption"})
    assert await code_of(with_keys, for_encryption) == "token_key_unknown"


@pytest.mark.parametrize("kid", ["../../etc/passwd", "rsa' OR 1=1", "\u0000", "", "x" * 5_000])
async def test_S04_a_tampered_key_name(with_keys: TokenVerifier, kid: str) -> None:
    token = jwt.encode(claims(), RSA_KEY, algorithm="RS256", headers={"kid": kid})
    assert await code_of(with_keys, token) == "token_key_unknown"


async def test_a_signature_by_another_key(verifier: TokenVerifier, with_keys: TokenVerifier) -> None:
    assert await code_of(verifier, mint("ada", expires_at=SOON, secret="another" * 6)) == "token_signature"
    stranger = rsa.generate_private_key(65_537, 2048)
    token = jwt.encode(claims(), stranger, algorithm="RS256", headers={"kid": "rsa"})
    assert await code_of(with_keys, token) == "token_signature"


async def test_every_changed_character_is_noticed(verifier: TokenVerifier) -> None:
    token = mint("ada", expires_at=SOON)
    for position in range(0, len(token), 7):
        changed = token[:position] + ("A" if token[position] != "A" else "B") + token[position + 1 :]
        with pytest.raises(EdgeRefusal):
            await verifier.verify(changed.encode())


@pytest.mark.parametrize(
    "token", [b"", b".", b"..", b"a.b.c", b"\xff\xfe.\xff.\xff", b"x" * 9_000, b"e30.e30.e30", b"[]", b"W10.W10.W10"]
)
async def test_what_is_no_token(verifier: TokenVerifier, token: bytes) -> None:
    assert await code_of(verifier, token) in ("token_malformed", "token_algorithm")


async def test_a_header_nested_a_thousand_deep(verifier: TokenVerifier) -> None:
    deep = base64.urlsafe_b64encode(b"[" * 3_000).rstrip(b"=")
    assert await code_of(verifier, deep + b".e30.e30") == "token_malformed"


async def test_a_verified_token_is_remembered_for_a_minute(verifier: TokenVerifier, still: AdjustableClock) -> None:
    token = mint("ada", expires_at=SOON).encode()
    assert verifier.recall(token) is None
    identity = await verifier.verify(token)
    assert verifier.recall(token) is identity
    still.advance(seconds=59)
    assert verifier.recall(token) is identity
    still.advance(seconds=1)
    assert verifier.recall(token) is None


async def test_a_token_is_never_remembered_beyond_its_expiry(verifier: TokenVerifier, still: AdjustableClock) -> None:
    token = mint("ada", expires_at=START + timedelta(seconds=30)).encode()
    await verifier.verify(token)
    still.advance(seconds=29)
    assert verifier.recall(token) is not None
    still.advance(seconds=1)
    assert verifier.recall(token) is None


async def test_a_clock_set_back_does_not_prolong_a_token(verifier: TokenVerifier, still: AdjustableClock) -> None:
    token = mint("ada", expires_at=SOON).encode()
    await verifier.verify(token)
    still.advance(hours=-2)
    assert verifier.recall(token) is None


@pytest.mark.parametrize("secret", ["", "short", "x" * 31])
def test_no_start_without_a_long_secret(secret: str, still: AdjustableClock) -> None:
    with pytest.raises(SettingsFault, match="jwt_secret"):
        TokenVerifier(load_settings(jwt_secret=secret), still)


def test_the_builder_makes_what_the_platform_would(token_for: Callable[..., str]) -> None:
    assert jwt.get_unverified_header(token_for("ada"))["alg"] == "HS256"
