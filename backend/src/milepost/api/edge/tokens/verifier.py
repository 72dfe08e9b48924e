"""Verification of bearer tokens: who the holder is, and whether the token is valid.

Decides which tokens are accepted (RFC 8725) and how long a verified token is cached. Knows nothing about routes: each
route declares the roles it allows.
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
from milepost.api.edge.problem_codes import EdgeRefusal
from milepost.api.edge.tokens.jwks import Intervals, KeySet, KeysUnavailable
from milepost.resources import Clock
from milepost.rules.days.calendar import ZONE_NAMES
from milepost.rules.learners import RESERVED_SENDERS, is_made_id, learner_uuid
from milepost.rules.secret_strength import MINIMUM_SECRET_BYTES
from milepost.settings import Settings, SettingsFault

REQUIRED_CLAIMS = ("sub", "iss", "aud", "exp")
ROLES = ("admin", "service", "learner")
"""Strongest first."""

MAX_TOKEN_BYTES = 8_192
MAX_SUBJECT_CHARACTERS = 200
MAX_NAME_CHARACTERS = 200
CACHED_TOKENS = 20_000
_ASYMMETRIC = ("RS256", "ES256", "EdDSA")
_REFUSED_HEADERS = frozenset({"crit", "jwk", "jku", "x5u", "x5c", "b64", "zip"})
_TYPES = frozenset({"jwt", "at+jwt"})
"""The media types of access tokens (RFC 9068, 2.1); `typ` may leave out "application/" (RFC 7515, 4.1.9)."""
_FORBIDDEN_CATEGORIES = frozenset({"Cc", "Cs"})
"""Unicode categories that a subject must not contain: controls (including NUL) and lone surrogates."""

UNSIGNED = frozenset({"token_malformed", "token_algorithm", "token_key_unknown", "token_signature"})
"""Refusals of tokens that the issuer has not signed. All others concern tokens that it signed, such as expired ones."""

_REALM = 'Bearer realm="milepost"'


@dataclass(slots=True)
class Identity:
    """The holder of one verified token, valid until `expires_at` (seconds since 1970). The guard fills `callers`."""

    subject: str
    learner_id: UUID
    roles: frozenset[str]
    zone_claim: str | None
    name: str | None
    expires_at: float
    callers: dict[frozenset[str], Caller] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True)
class _CachedIdentity:
    identity: Identity
    verified_at: float
    cached_until: float


def refuse(code: str, detail: str | None = None) -> NoReturn:
    """Refuse with 401 and the challenge that RFC 6750 requires."""
    challenge = _REALM if code == "token_missing" else f'{_REALM}, error="invalid_token"'
    raise EdgeRefusal(code, detail, headers={"WWW-Authenticate": challenge})


class TokenVerifier:
    """Verifies bearer tokens with a shared secret (HS256), the issuer's public keys, or both.

    Each key works with exactly one algorithm, whatever the token's header says.
    """

    def __init__(self, settings: Settings, clock: Clock) -> None:
        """Raises SettingsFault if neither a secret nor keys are configured, or if the secret is too short."""
        secret = settings.jwt_secret.encode()
        if not secret and not settings.jwks:
            raise SettingsFault("jwt_secret: neither it nor jwks is set (MILEPOST_JWT_SECRET, MILEPOST_JWKS)")
        if secret and len(secret) < MINIMUM_SECRET_BYTES:
            raise SettingsFault(f"jwt_secret: shorter than {MINIMUM_SECRET_BYTES} bytes (MILEPOST_JWT_SECRET)")
        self._secret = secret
        self._settings = settings
        self._default_roles = [settings.default_role] if settings.default_role else None
        self._clock = clock
        self._cache: OrderedDict[bytes, _CachedIdentity] = OrderedDict()
        self._keys: KeySet | None = None
        self._generation = 0
        if settings.jwks:
            self._keys = KeySet(settings.jwks, clock, Intervals.of(settings))

    async def open(self) -> None:
        """Fetch the issuer's keys if they are configured. Startup continues if the issuer is down."""
        if self._keys is not None:
            await self._keys.load()

    async def close(self) -> None:
        """Stop fetching keys."""
        if self._keys is not None:
            await self._keys.close()

    @property
    def is_fetching(self) -> bool:
        """Are the issuer's keys being fetched at this moment?"""
        return self._keys is not None and self._keys.is_fetching

    def recall(self, token: bytes) -> Identity | None:
        """The holder of a recently verified token, or None if the token must be verified."""
        digest = hashlib.sha256(token).digest()
        cached = self._cache.get(digest)
        if cached is None:
            return None
        # If the clock was set back, `now` is earlier than the verification, and the token is verified again.
        if cached.verified_at <= self._clock.now().timestamp() < cached.cached_until and self._keys_unchanged():
            self._cache.move_to_end(digest)
            return cached.identity
        return None

    async def verify(self, token: bytes) -> Identity:
        """Verify the token and return its holder.

        Raises:
            EdgeRefusal: 401 with the reason as its code, or 503 `token_keys_unavailable`.
        """
        if len(token) > MAX_TOKEN_BYTES:
            refuse("token_malformed", f"The token is longer than {MAX_TOKEN_BYTES} bytes.")
        algorithm, kid = self._header(token)
        key = self._secret if algorithm == "HS256" else await self._public_key(algorithm, kid)
        identity = self._identity(self._claims(token, algorithm, key))
        trusted_until = math.inf if self._keys is None or algorithm == "HS256" else self._keys.trusted_until
        self._store(token, identity, trusted_until)
        return identity

    def _keys_unchanged(self) -> bool:
        if self._keys is None or self._keys.generation == self._generation:
            return True
        self._generation = self._keys.generation
        self._cache.clear()
        return False

    def _header(self, token: bytes) -> tuple[str, str | None]:
        """The algorithm and the key id. Refuses headers with anything else that would change the verification."""
        try:
            header = jwt.get_unverified_header(token)
        except (PyJWTError, ValueError):
            refuse("token_malformed")
        if not _REFUSED_HEADERS.isdisjoint(header):
            refuse("token_malformed", "The token's header contains keys or requires extensions, which is not accepted.")
        kind = header.get("typ", "JWT")
        if not isinstance(kind, str) or kind.lower().removeprefix("application/") not in _TYPES:
            refuse("token_malformed", "The token's header says that it is another kind of token (typ).")
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
        """The claims of a token with a valid signature, issuer and audience. `_check_time` checks the times."""
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
        """Check `exp`, `nbf` and `iat`, and return `exp`."""
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
        if self._settings.uuid5_names != "everyone" and is_made_id(subject):
            refuse("token_claims", "The claim sub is a UUID of version 5, which only ids made by this service may be.")
        zone, name = claims.get("zoneinfo"), claims.get("name")
        return Identity(
            subject=subject,
            learner_id=learner_uuid(self._settings.jwt_issuer, subject),
            roles=_roles(claims.get("roles", self._default_roles)),
            zone_claim=zone if isinstance(zone, str) and zone in ZONE_NAMES else None,
            name=name if isinstance(name, str) and 0 < len(name) <= MAX_NAME_CHARACTERS else None,
            expires_at=expires_at,
        )

    def _store(self, token: bytes, identity: Identity, trusted_until: float) -> None:
        now = self._clock.now().timestamp()
        cached_until = min(identity.expires_at, trusted_until, now + self._settings.token_cache_seconds)
        if cached_until <= now:
            return
        self._keys_unchanged()
        self._cache[hashlib.sha256(token).digest()] = _CachedIdentity(identity, now, cached_until)
        if len(self._cache) > CACHED_TOKENS:
            self._cache.popitem(last=False)


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
        refuse("token_claims", f"The claim sub must be a string of 1 to {MAX_SUBJECT_CHARACTERS} characters.")
    if any(unicodedata.category(character) in _FORBIDDEN_CATEGORIES for character in subject):
        refuse("token_claims", "The claim sub contains characters that are not allowed.")
    if subject in RESERVED_SENDERS:
        refuse("token_claims", "The claim sub is a reserved name.")
    return subject


def _roles(roles: object) -> frozenset[str]:
    if not isinstance(roles, list) or not roles or not all(isinstance(role, str) and role in ROLES for role in roles):
        refuse("token_roles")
    return frozenset(roles)
