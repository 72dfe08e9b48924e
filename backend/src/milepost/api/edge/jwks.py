"""The issuer's public keys: read from a file or fetched from a URL, rotated without a restart.

Decides how often the source is asked (so that made-up key names cost nothing), which keys fit which algorithm, and that
keys already held outlive a source that cannot be reached. Knows nothing of claims.
"""

import asyncio
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import httpx
import structlog
from jwt import PyJWK
from jwt.exceptions import PyJWTError
from pydantic_core import from_json

from milepost.resources import Clock

log = structlog.get_logger(__name__)

MAX_DOCUMENT_BYTES = 262_144
FETCH_TIMEOUT_SECONDS = 5.0
_URL = re.compile(r"https?://", re.IGNORECASE)

_ALGORITHMS: dict[tuple[str, str | None], str] = {
    ("RSA", None): "RS256",
    ("EC", "P-256"): "ES256",
    ("OKP", "Ed25519"): "EdDSA",
}
"""The one algorithm a key may be used with, by its kty and crv: a token cannot choose another (RFC 8725, 3.1)."""


class KeysUnavailable(Exception):
    """No key has ever been obtained, and the source cannot be asked now."""


class UnusableDocument(Exception):
    """What the source gave is not a JWK set with at least one key we can use."""


@dataclass(frozen=True, slots=True)
class Key:
    """A public key with the one algorithm it serves."""

    algorithm: str
    public: PyJWK


class KeySet:
    """The keys of one source, refreshed in the background and at most once in `min_interval`."""

    def __init__(self, source: str, clock: Clock, max_age_seconds: int, min_interval_seconds: int) -> None:
        self._source = source
        self._clock = clock
        self._max_age = timedelta(seconds=max_age_seconds)
        self._min_interval = timedelta(seconds=min_interval_seconds)
        self._keys: dict[str | None, Key] = {}
        self._obtained_at: datetime | None = None
        self._asked_at: datetime | None = None
        self._asking: asyncio.Task[None] | None = None
        self.generation = 0
        """Grows whenever the keys change, so that verified tokens can be forgotten."""

    async def key(self, name: str | None, algorithm: str) -> Key | None:
        """The key called `name` (the only fitting one, when the token names none), or None when there is no such key.

        A key that is not there makes the source be asked once in the interval; a key that is there is never waited for,
        not even when it is old.

        Raises:
            KeysUnavailable: there has never been a key to look among.
        """
        found = self._find(name, algorithm)
        if found is None and self._may_ask():
            await asyncio.shield(self._ask())
            found = self._find(name, algorithm)
        elif found is not None and self._is_old() and self._may_ask():
            self._ask()
        elif found is None and self._asking is not None:
            await asyncio.shield(self._asking)
            found = self._find(name, algorithm)
        if found is None and not self._keys:
            raise KeysUnavailable(self._source)
        return found

    async def load(self) -> None:
        """Ask the source now; a failure is logged, and the next token asks again after the interval."""
        await self._ask()

    async def close(self) -> None:
        """Stop asking."""
        if self._asking is not None:
            self._asking.cancel()
            await asyncio.gather(self._asking, return_exceptions=True)

    def _find(self, name: str | None, algorithm: str) -> Key | None:
        if name is not None:
            found = self._keys.get(name)
            return found if found is not None and found.algorithm == algorithm else None
        fitting = [key for key in self._keys.values() if key.algorithm == algorithm]
        return fitting[0] if len(fitting) == 1 else None

    def _is_old(self) -> bool:
        return self._obtained_at is None or not _within(self._clock.now() - self._obtained_at, self._max_age)

    def _may_ask(self) -> bool:
        if self._asking is not None:
            return False
        return self._asked_at is None or not _within(self._clock.now() - self._asked_at, self._min_interval)

    def _ask(self) -> asyncio.Task[None]:
        if self._asking is None:
            self._asked_at = self._clock.now()
            self._asking = asyncio.create_task(self._refresh(), name="jwks refresh")
            self._asking.add_done_callback(self._answered)
        return self._asking

    def _answered(self, _task: asyncio.Task[None]) -> None:
        self._asking = None

    async def _refresh(self) -> None:
        try:
            keys = usable_keys(await read_source(self._source))
        except (httpx.HTTPError, httpx.InvalidURL, OSError, TimeoutError, UnusableDocument) as error:
            # The keys at hand stay in force: a source that is down must not sign everybody out.
            log.warning("jwks_refresh_failed", source=self._source, reason=f"{type(error).__name__}: {error}")
            return
        if _names(keys) != _names(self._keys):
            log.info("jwks_keys", source=self._source, kids=sorted(str(kid) for kid in keys))
        self._keys = keys
        self._obtained_at = self._clock.now()
        self.generation += 1


def _names(keys: Mapping[str | None, Key]) -> set[tuple[str | None, str]]:
    return {(kid, key.algorithm) for kid, key in keys.items()}


def _within(elapsed: timedelta, limit: timedelta) -> bool:
    """A clock that was set back has let unknown time pass: not within."""
    return timedelta(0) <= elapsed < limit


async def read_source(source: str) -> bytes:
    """The bytes of the JWK set: bounded in time and size, no redirects, no proxies from the environment.

    Raises:
        httpx.HTTPError, httpx.InvalidURL, OSError, TimeoutError: the source cannot be read.
        UnusableDocument: it is larger than `MAX_DOCUMENT_BYTES`.
    """
    if not _URL.match(source):
        return await asyncio.to_thread(_read_file, Path(source))
    async with asyncio.timeout(FETCH_TIMEOUT_SECONDS):
        async with (
            httpx.AsyncClient(timeout=FETCH_TIMEOUT_SECONDS, trust_env=False, follow_redirects=False) as client,
            client.stream("GET", source, headers={"Accept": "application/jwk-set+json, application/json"}) as answer,
        ):
            answer.raise_for_status()
            document = bytearray()
            async for chunk in answer.aiter_bytes():
                document += chunk
                if len(document) > MAX_DOCUMENT_BYTES:
                    raise UnusableDocument(f"larger than {MAX_DOCUMENT_BYTES} bytes")
            return bytes(document)


def _read_file(path: Path) -> bytes:
    with path.open("rb") as file:
        document = file.read(MAX_DOCUMENT_BYTES + 1)
    if len(document) > MAX_DOCUMENT_BYTES:
        raise UnusableDocument(f"larger than {MAX_DOCUMENT_BYTES} bytes")
    return document


def usable_keys(document: bytes) -> dict[str | None, Key]:
    """The keys of a JWK set (RFC 7517) that sign with an algorithm we accept; others are left out.

    Raises:
        UnusableDocument: it is no JWK set, or none of its keys can be used.
    """
    try:
        content = from_json(document)
    except ValueError as error:
        raise UnusableDocument(f"not JSON: {error}") from None
    listed = content.get("keys") if isinstance(content, dict) else None
    if not isinstance(listed, list):
        raise UnusableDocument("no `keys` list")
    keys: dict[str | None, Key] = {}
    for entry in listed:
        key = _usable(entry)
        if key is not None:
            kid = entry.get("kid")
            keys[kid if isinstance(kid, str) else None] = key
    if not keys:
        raise UnusableDocument("none of the keys is RSA, EC P-256 or Ed25519 for signatures")
    return keys


def _usable(entry: object) -> Key | None:
    """A symmetric key is never taken: it would let whoever reads the public set sign tokens."""
    if not isinstance(entry, dict) or entry.get("use", "sig") != "sig":
        return None
    kind, curve = entry.get("kty"), entry.get("crv")
    algorithm = _ALGORITHMS.get((str(kind), str(curve) if curve is not None else None))
    if algorithm is None or entry.get("alg", algorithm) != algorithm:
        return None
    try:
        public = PyJWK(entry, algorithm)
        too_short = public.Algorithm.check_key_length(public.key)
    except PyJWTError as error:
        log.warning("jwks_key_unusable", kid=str(entry.get("kid"))[:100], reason=str(error)[:200])
        return None
    if too_short:
        log.warning("jwks_key_unusable", kid=str(entry.get("kid"))[:100], reason=too_short)
        return None
    return Key(algorithm, public)
