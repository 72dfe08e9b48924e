"""Whether a browser sends a request for a page of this service: what a cookie and the demo must ask before they admit.

A browser adds cookies also to requests that other sites make, and lets a site whose name suddenly means 127.0.0.1 call
this machine. It tells where a request comes from in headers that no page can change (Fetch standard).
"""

from urllib.parse import urlsplit

from werkzeug.http import parse_cookie

from milepost.api.edge.problem_codes import EdgeRefusal, declare
from milepost.api.edge.request_context import current, header

_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
_LOCAL_NAMES = ("127.0.0.1", "localhost")

declare(
    cross_site_request=(
        403,
        "With a cookie, this may only be asked for by a page of this service. Programs send a bearer token.",
    )
)


def token_of_cookie(name: str) -> bytes | None:
    """The token in the cookie of this name; None without the cookie.

    Two cookies of one name count as none: a neighbouring site may have added the other one.

    Raises:
        EdgeRefusal: `cross_site_request`, the request has the cookie but may come from another site.
    """
    tokens = parse_cookie(header(b"cookie")).getlist(name)
    if len(tokens) != 1 or not tokens[0]:
        return None
    if not _is_from_own_page():
        raise EdgeRefusal("cross_site_request")
    return str(tokens[0]).encode()


def is_local_page() -> bool:
    """Whether the request names this machine as its host, and no page of another origin makes it."""
    hosts = {f"{name}:{current().state.settings.port}" for name in _LOCAL_NAMES}
    origin = header(b"origin")
    return (
        header(b"host") in hosts
        and (header(b"sec-fetch-site") or "none") in ("same-origin", "none")
        and (origin is None or origin in {f"http://{host}" for host in hosts})
    )


def _is_from_own_page() -> bool:
    """Reads are refused only if the browser says that another site asks; whatever changes something needs a proof."""
    site, origin = header(b"sec-fetch-site"), header(b"origin")
    if current().method in _SAFE:
        return site in (None, "same-origin", "none")
    if site is not None:
        return site == "same-origin"
    return origin is not None and _is_own(origin)


def _is_own(origin: str) -> bool:
    public_url = current().state.settings.public_url
    if public_url:
        public = urlsplit(public_url)
        return origin == f"{public.scheme}://{public.netloc}"
    return urlsplit(origin).netloc == header(b"host")
