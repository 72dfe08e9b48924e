"""The issuer's public keys: read from a file or fetched from a URL, and rotated without a restart.

Decides how often the source is fetched (so that made-up key ids cost nothing), which algorithm each key may be used
with, and how long keys are trusted that their source no longer publishes. Knows nothing about claims.
"""

import asyncio
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import structlog
from jwt import PyJWK
from jwt.exceptions import PyJWTError
from pydantic_core import from_json

from milepost.regular_files import read_regular_file
from milepost.resources import Clock
from milepost.settings import Settings

log = structlog.get_logger(__name__)

MAX_DOCUMENT_BYTES = 262_144
FETCH_TIMEOUT_SECONDS = 5.0
WAIT_SECONDS = 1.0
"""The longest that the start, or a request with an unknown key, waits for a fetch."""
_NEVER = datetime.max.replace(tzinfo=UTC)
_URL = re.compile(r"https?://", re.IGNORECASE)

_ALGORITHMS: dict[tuple[str, str | None], str] = {
    ("RSA", None): "RS256",
    ("EC", "P-256"): "ES256",
    ("OKP", "Ed25519"): "EdDSA",
}
"""The only algorithm a key may be used with, by its kty and crv. A token cannot choose another (RFC 8725, 3.1)."""


class KeysUnavailable(Exception):
    """The key is unknown, and the source does not say whether there is one."""


class UnusableDocument(Exception):
    """The document is not a JWK set."""


class KeysWithdrawn(UnusableDocument):
    """The document is a JWK set without any key that is usable: the source publishes none."""


@dataclass(frozen=True, slots=True)
class Intervals:
    """How long keys are used before they are fetched again, the time between two fetches, and how long they are trusted
    after the source was last read, and after it was first seen without keys.
    """

    max_age: timedelta
    between_fetches: timedelta
    unreachable: timedelta
    withdrawn: timedelta

    @classmethod
    def of(cls, settings: Settings) -> "Intervals":
        """Those of the settings."""
        seconds = (
            settings.jwks_max_age_seconds,
            settings.jwks_min_interval_seconds,
            settings.jwks_unreachable_seconds,
            settings.jwks_emptied_seconds,
        )
        return cls(*(timedelta(seconds=number) for number in seconds))


@dataclass(frozen=True, slots=True)
class Key:
    """A public key and the one algorithm it may be used with."""

    algorithm: str
    public: PyJWK


class KeySet:
    """The keys of one source, refreshed in the background at most once per `between_fetches`."""

    def __init__(self, source: str, clock: Clock, intervals: Intervals) -> None:
        self._source = source
        self._clock = clock
        self._intervals = intervals
        self._keys: dict[str | None, Key] = {}
        self._fetched_at: datetime | None = None
        self._withdrawn_at: datetime | None = None
        self._attempted_at: datetime | None = None
        self._refreshing: asyncio.Task[None] | None = None
        self.generation = 0
        """Increases whenever the keys or the end of their trust change, so that cached tokens can be dropped."""

    async def key(self, kid: str | None, algorithm: str) -> Key | None:
        """The key with the id `kid`, or None if there is none. Without a `kid`, the only key for this algorithm.

        An unknown key triggers a fetch, at most one per interval, and waits for it a little. A known key is returned
        without waiting, even if it is old.

        Raises:
            KeysUnavailable: the source is slow, or has not been read for too long.
        """
        self._forget_distrusted()
        key = self._find(kid, algorithm)
        if key is not None:
            if self._is_old() and self._may_fetch():
                self._start_refresh()
            return key
        if self._may_fetch():
            self._start_refresh()
        await self._wait_for_refresh()
        key = self._find(kid, algorithm)
        if key is None and (self.is_fetching or self._fetched_at is None):
            raise KeysUnavailable(self._source)
        return key

    async def load(self) -> None:
        """Fetch the keys now, and wait a little for them. A failure is logged; a later token triggers another fetch."""
        self._start_refresh()
        await self._wait_for_refresh()

    @property
    def trusted_until(self) -> float:
        """When trust in the keys ends, unless their source publishes them again: in seconds since 1970."""
        return self._trust_ends_at().timestamp()

    async def close(self) -> None:
        """Stop fetching."""
        if self._refreshing is not None:
            self._refreshing.cancel()
            await asyncio.gather(self._refreshing, return_exceptions=True)

    def _find(self, kid: str | None, algorithm: str) -> Key | None:
        if kid is not None:
            key = self._keys.get(kid)
            return key if key is not None and key.algorithm == algorithm else None
        candidates = [key for key in self._keys.values() if key.algorithm == algorithm]
        return candidates[0] if len(candidates) == 1 else None

    @property
    def is_fetching(self) -> bool:
        """Is a fetch running?"""
        return self._refreshing is not None

    def _trust_ends_at(self) -> datetime:
        if self._fetched_at is None:
            return _NEVER
        ends_at = self._fetched_at + self._intervals.unreachable
        return ends_at if self._withdrawn_at is None else min(ends_at, self._withdrawn_at + self._intervals.withdrawn)

    def _forget_distrusted(self) -> None:
        """Forget keys whose trust has ended. A source that is merely unreachable may still have them."""
        if self._keys and self._clock.now() >= self._trust_ends_at():
            log.error("jwks_distrusted", source=self._source, kids=sorted(str(kid) for kid in self._keys))
            self._keys = {}
            self.generation += 1
            if self._withdrawn_at is None:
                self._fetched_at = None

    def _is_old(self) -> bool:
        if self._fetched_at is None or self._withdrawn_at is not None:
            return True
        return not _within(self._clock.now() - self._fetched_at, self._intervals.max_age)

    def _may_fetch(self) -> bool:
        if self._refreshing is not None:
            return False
        return self._attempted_at is None or not _within(
            self._clock.now() - self._attempted_at, self._intervals.between_fetches
        )

    def _start_refresh(self) -> asyncio.Task[None]:
        if self._refreshing is None:
            self._attempted_at = self._clock.now()
            self._refreshing = asyncio.create_task(self._refresh(), name="jwks refresh")
            self._refreshing.add_done_callback(self._refresh_done)
        return self._refreshing

    async def _wait_for_refresh(self) -> None:
        """Wait for the fetch that runs, if any. It goes on if it takes longer."""
        if self._refreshing is not None:
            await asyncio.wait((self._refreshing,), timeout=WAIT_SECONDS)

    def _refresh_done(self, _task: asyncio.Task[None]) -> None:
        self._refreshing = None

    async def _refresh(self) -> None:
        try:
            keys = usable_keys(await read_source(self._source))
        except KeysWithdrawn as error:
            self._withdraw(str(error))
            return
        except (httpx.HTTPError, httpx.InvalidURL, OSError, TimeoutError, UnusableDocument) as error:
            # Keep the current keys: a source that is down must not sign everyone out.
            log.warning("jwks_refresh_failed", source=self._source, reason=f"{type(error).__name__}: {error}")
            return
        if _kids(keys) != _kids(self._keys):
            log.info("jwks_keys", source=self._source, kids=sorted(str(kid) for kid in keys))
        self._keys = keys
        self._fetched_at = self._clock.now()
        self._withdrawn_at = None
        self.generation += 1

    def _withdraw(self, reason: str) -> None:
        """The source publishes no keys. That may be a mistake, so trust ends a little later."""
        if self._withdrawn_at is None:
            self._withdrawn_at = self._clock.now()
            self.generation += 1
        log.warning("jwks_withdrawn", source=self._source, reason=reason, trusted_until=self._trust_ends_at())


def _kids(keys: Mapping[str | None, Key]) -> set[tuple[str | None, str]]:
    return {(kid, key.algorithm) for kid, key in keys.items()}


def _within(elapsed: timedelta, limit: timedelta) -> bool:
    """False if the clock was set back: then the elapsed time is unknown."""
    return timedelta(0) <= elapsed < limit


async def read_source(source: str) -> bytes:
    """Read the JWK set, with limits on time and size. Follows no redirects and ignores proxies from the environment.

    Raises:
        httpx.HTTPError, httpx.InvalidURL, OSError, TimeoutError: the source cannot be read.
        UnusableDocument: the document is larger than `MAX_DOCUMENT_BYTES`.
    """
    async with asyncio.timeout(FETCH_TIMEOUT_SECONDS):
        if not _URL.match(source):
            return await asyncio.to_thread(_read_file, Path(source))
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
    document = read_regular_file(path, MAX_DOCUMENT_BYTES + 1)
    if len(document) > MAX_DOCUMENT_BYTES:
        raise UnusableDocument(f"larger than {MAX_DOCUMENT_BYTES} bytes")
    return document


def usable_keys(document: bytes) -> dict[str | None, Key]:
    """The keys of a JWK set (RFC 7517) for accepted algorithms; other keys are left out.

    Raises:
        UnusableDocument: the document is not a JWK set; `KeysWithdrawn`: none of its keys is usable.
    """
    try:
        content = from_json(document)
    except ValueError as error:
        raise UnusableDocument(f"not JSON: {error}") from None
    entries = content.get("keys") if isinstance(content, dict) else None
    if not isinstance(entries, list):
        raise UnusableDocument("no `keys` list")
    keys: dict[str | None, Key] = {}
    for entry in entries:
        key = _usable_key(entry)
        if key is not None:
            kid = entry.get("kid")
            keys[kid if isinstance(kid, str) else None] = key
    if not keys:
        raise KeysWithdrawn("none of the keys is RSA, EC P-256 or Ed25519 for signatures")
    return keys


def _usable_key(entry: object) -> Key | None:
    """The key of an entry, or None. Symmetric keys are refused: anyone who reads the public set could sign tokens."""
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
