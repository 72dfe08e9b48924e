"""CORS: which frontends may call from a browser (Fetch standard, "CORS protocol").

Applied at the edge, so problems get the headers too. Credentials are never allowed: a cookie is for our
own pages alone (`own_pages`), and other frontends send their token in a header.
"""

from collections.abc import Iterable

Headers = list[tuple[bytes, bytes]]

ALLOW_ORIGIN = b"access-control-allow-origin"

_ALLOWED_METHODS = b"GET, POST, PUT, PATCH, DELETE"
_ALLOWED_HEADERS = b"authorization, content-type, idempotency-key, if-match, if-none-match, last-event-id, x-request-id"
_EXPOSED_HEADERS = (
    b"content-disposition, etag, last-updated, milepost-pending, ratelimit, ratelimit-policy, retry-after, x-request-id"
)
_PREFLIGHT_SECONDS = b"600"
_VARY = (b"vary", b"Origin")


class Cors:
    """The CORS headers for a fixed set of origins; `*` means any origin."""

    def __init__(self, origins: Iterable[str]) -> None:
        self._origins = frozenset(origin.rstrip("/").encode() for origin in origins)
        self._any = b"*" in self._origins

    def headers(self, origin: bytes | None) -> Headers:
        """The headers for a response to `origin`. An origin that is not allowed gets only Vary, for shared caches."""
        if origin is None or not (self._any or origin in self._origins):
            return [_VARY]
        return [
            _VARY,
            (ALLOW_ORIGIN, b"*" if self._any else origin),
            (b"access-control-expose-headers", _EXPOSED_HEADERS),
        ]

    def preflight(self, origin: bytes | None) -> Headers:
        """The headers that answer a browser's preflight request."""
        headers = self.headers(origin)
        if headers == [_VARY]:
            return headers
        return [
            *headers,
            (b"access-control-allow-methods", _ALLOWED_METHODS),
            (b"access-control-allow-headers", _ALLOWED_HEADERS),
            (b"access-control-max-age", _PREFLIGHT_SECONDS),
        ]
