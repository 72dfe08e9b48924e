"""Who a bearer token says its holder is, and whether to believe it.

Decides which tokens are believed (RFC 8725) and for how long a verified one is remembered. Knows nothing of routes:
what a role may do stands beside each of them.
"""

import hashlib
import math
import unicodedata
from collections import OrderedDict
from dataclasses import dataclass, field
from typing import NoReturn
from uuid import UUID

import jwt
from jwt.exceptions import (
    DecodeError,
    InvalidAlgorithmError,
    InvalidAudienceError,
    InvalidIssuerError,
    InvalidKeyError,
    InvalidSignatureError,
    MissingRequiredClaimError,
    PyJWTError,
)

from milepost.api.edge.caller import Caller
from milepost.api.edge.jwks import KeySet, KeysUnavailable
from milepost.api.edge.problem_codes import EdgeRefusal
from milepost.resources import Clock
from milepost.rules.days.calendar import ZONE_NAMES
from milepost.rules.learners import RESERVED_SENDERS, learner_uuid
from milepost.settings import MINIMUM_SECRET_BYTES, Settings, SettingsFault

REQUIRED_CLAIMS = ("sub", "iss", "aud", "exp")
ROLES = ("admin", "service", "learner")
"""Strongest first."""

MAX_TOKEN_BYTES = 8_192
MAX_SUBJECT_CHARACTERS = 200
MAX_NAME_CHARACTERS = 200
CACHED_TOKENS = 20_000
_ASYMMETRIC = ("RS256", "ES256", "EdDSA")
_REFUSED_HEADERS = frozenset({"crit", "jwk", "jku", "x5u", "x5c", "b64", "zip"})
_IMPOSSIBLE = frozenset({"Cc", "Cs"})
"""Categories of characters no subject may have: controls (NUL among them) and lone surrogates."""

_REALM = 'Bearer realm="milepost"'


@dataclass(slots=True)
class Identity:
    """The holder of one verified token, until `expires_at` (seconds since 1970). `callers` is kept by the guard."""

    subject: str
    learner_id: UUID
    roles: frozenset[str]
    zone_claim: str | None
    name: str | None
    expires_at: float
    callers: dict[frozenset[str], Caller] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True)
class _Remembered:
    identity: Identity
    verified_at: float
    until: float


def refuse(code: str, detail: str | None = None) -> NoReturn:
    """401, with the challenge RFC 6750 asks for."""
    challenge = _REALM if code == "token_missing" else f'{_REALM}, error="invalid_token"'
    raise EdgeRefusal(code, detail, headers={"WWW-Authenticate": challenge})


class TokenVerifier:
    """Verifies bearer tokens with one shared secret (HS256), the issuer's public keys, or both.

    A key serves exactly one algorithm, whatever a token's header asks for.
    """

    def __init__(self, settings: Settings, clock: Clock) -> None:
        """Raises SettingsFault: neither a secret nor keys are configured, or the secret is too short."""
        secret = settings.jwt_secret.encode()
        if not secret and not settings.jwks:
            raise SettingsFault("jwt_secret: not set, nor jwks (MILEPOST_JWT_SECRET, MILEPOST_JWKS)")
        if secret and len(secret) < MINIMUM_SECRET_BYTES:
            raise SettingsFault(f"jwt_secret: shorter than {MINIMUM_SECRET_BYTES} bytes (MILEPOST_JWT_SECRET)")
        self._secret = secret
        self._settings = settings
        self._clock = clock
        self._remembered: OrderedDict[bytes, _Remembered] = OrderedDict()
        self._keys: KeySet | None = None
        self._generation = 0
        if settings.jwks:
            self._keys = KeySet(settings.jwks, clock, settings.jwks_max_age_seconds, settings.jwks_min_interval_seconds)

    async def open(self) -> None:
        """Obtain the issuer's keys, where they are used; an issuer that is down does not stop the start."""
        if self._keys is not None:
            await self._keys.load()

    async def close(self) -> None:
        """Stop asking for keys."""
        if self._keys is not None:
            await self._keys.close()

    def recall(self, token: bytes) -> Identity | None:
        """The holder of a token verified a short while ago, or None: then `verify` it."""
        digest = hashlib.sha256(token).digest()
        remembered = self._remembered.get(digest)
        if remembered is None:
            return None
        # A clock set back makes `now` earlier than the verification: then the token is looked at again.
        if remembered.verified_at <= self._clock.now().timestamp() < remembered.until and self._same_keys():
            self._remembered.move_to_end(digest)
            return remembered.identity
        return None

    async def verify(self, token: bytes) -> Identity:
        """The holder of the token.

        Raises:
            EdgeRefusal: 401 with the reason as its code; 503 `token_keys_unavailable`.
        """
        if len(token) > MAX_TOKEN_BYTES:
            refuse("token_malformed", f"The token is longer than {MAX_TOKEN_BYTES} bytes.")
        algorithm, kid = self._header(token)
        key = self._secret if algorithm == "HS256" else await self._public_key(algorithm, kid)
        identity = self._identity(self._claims(token, algorithm, key))
        self._remember(token, identity)
        return identity

    def _same_keys(self) -> bool:
        if self._keys is None or self._keys.generation == self._generation:
            return True
        self._generation = self._keys.generation
        self._remembered.clear()
        return False

    def _header(self, token: bytes) -> tuple[str, str | None]:
        """The algorithm and key name, from a header that may not carry anything else that changes how to verify."""
        try:
            header = jwt.get_unverified_header(token)
        except (PyJWTError, ValueError):
            refuse("token_malformed")
        if not _REFUSED_HEADERS.isdisjoint(header):
            refuse("token_malformed", "The token's header carries keys or demands extensions, which is not accepted.")
        algorithm = header.get("alg")
        accepted = (("HS256",) if self._secret else ()) + (_ASYMMETRIC if self._keys is not None else ())
        if not isinstance(algorithm, str) or algorithm not in accepted:
            refuse("token_algorithm")
        kid = header.get("kid")
        return algorithm, kid if isinstance(kid, str) else None

    async def _public_key(self, algorithm: str, kid: str | None) -> jwt.PyJWK:
        if self._keys is None:
            refuse("token_algorithm")
        try:
            key = await self._keys.key(kid, algorithm)
        except KeysUnavailable:
            raise EdgeRefusal("token_keys_unavailable", headers={"Retry-After": "5"}) from None
        if key is None:
            refuse("token_key_unknown")
        return key.public

    def _claims(self, token: bytes, algorithm: str, key: bytes | jwt.PyJWK) -> dict[str, object]:
        """The claims of a token whose signature, issuer and audience fit. Time is judged by `_check_time`."""
        try:
            claims: dict[str, object] = jwt.decode(
                token,
                key,
                algorithms=[algorithm],
                audience=self._settings.jwt_audience,
                issuer=self._settings.jwt_issuer,
                options={
                    "require": list(REQUIRED_CLAIMS),
                    "enforce_minimum_key_length": True,
                    "verify_exp": False,
                    "verify_nbf": False,
                    "verify_iat": False,
                    "verify_sub": False,
                    "verify_jti": False,
                },
            )
        except (InvalidSignatureError, InvalidAlgorithmError, InvalidKeyError):
            refuse("token_signature")
        except MissingRequiredClaimError as error:
            refuse("token_claims", f"The claim {error.claim} is missing.")
        except InvalidIssuerError:
            refuse("token_issuer")
        except InvalidAudienceError:
            refuse("token_audience")
        except (DecodeError, PyJWTError, ValueError):
            refuse("token_malformed")
        return claims

    def _check_time(self, claims: dict[str, object]) -> float:
        """Returns `exp`."""
        now = self._clock.now().timestamp()
        leeway = self._settings.token_leeway_seconds
        expires_at = _instant(claims, "exp")
        if expires_at is None or expires_at <= now - leeway:
            refuse("token_expired")
        for claim in ("nbf", "iat"):
            begins_at = _instant(claims, claim)
            if begins_at is not None and begins_at > now + leeway:
                refuse("token_not_yet_valid")
        return expires_at

    def _identity(self, claims: dict[str, object]) -> Identity:
        expires_at = self._check_time(claims)
        subject = _subject(claims["sub"])
        zone, name = claims.get("zoneinfo"), claims.get("name")
        return Identity(
            subject=subject,
            learner_id=learner_uuid(self._settings.jwt_issuer, subject),
            roles=_roles(claims.get("roles", ["learner"])),
            zone_claim=zone if isinstance(zone, str) and zone in ZONE_NAMES else None,
            name=name if isinstance(name, str) and 0 < len(name) <= MAX_NAME_CHARACTERS else None,
            expires_at=expires_at,
        )

    def _remember(self, token: bytes, identity: Identity) -> None:
        now = self._clock.now().timestamp()
        until = min(identity.expires_at, now + self._settings.token_cache_seconds)
        if until <= now:
            return
        self._same_keys()
        self._remembered[hashlib.sha256(token).digest()] = _Remembered(identity, now, until)
        if len(self._remembered) > CACHED_TOKENS:
            self._remembered.popitem(last=False)


def _instant(claims: dict[str, object], claim: str) -> float | None:
    """A NumericDate (RFC 7519, 2), or None when the claim is absent."""
    value = claims.get(claim)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not -1e12 < value < 1e12:
        refuse("token_claims", f"The claim {claim} must be a number of seconds.")
    seconds = float(value)
    if not math.isfinite(seconds):
        refuse("token_claims", f"The claim {claim} must be a number of seconds.")
    return seconds


def _subject(subject: object) -> str:
    if not isinstance(subject, str) or not subject.strip() or len(subject) > MAX_SUBJECT_CHARACTERS:
        refuse("token_claims", f"The claim sub must be a text of 1 to {MAX_SUBJECT_CHARACTERS} characters.")
    if any(unicodedata.category(character) in _IMPOSSIBLE for character in subject):
        refuse("token_claims", "The claim sub contains characters that are not possible.")
    if subject in RESERVED_SENDERS:
        refuse("token_claims", "The claim sub is a word this service keeps for itself.")
    return subject


def _roles(roles: object) -> frozenset[str]:
    if not isinstance(roles, list) or not roles or not all(isinstance(role, str) and role in ROLES for role in roles):
        refuse("token_roles")
    return frozenset(roles)
