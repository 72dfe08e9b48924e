"""The page of the dashboard: its content policy, and what the service writes into it for each request.

The page holds no data of anybody. It learns the ways to sign in, and gets a nonce that is used once.
"""

import secrets

import orjson
from quart import Response

from milepost import __version__
from milepost.api.edge.request_context import AppState

_NONCE = "__CSP_NONCE__"
_CONFIG = "__MILEPOST_CONFIG__"
_NONCE_BYTES = 18
_NOBODY = "'none'"
_PERMISSIONS = "camera=(), geolocation=(), microphone=(), payment=(), usb=()"

_MISSING = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Milepost</title>
<style nonce="__CSP_NONCE__">
:root { color-scheme: light dark; }
body { max-width: 40rem; margin: 3rem auto; padding: 0 1rem; font: 1rem/1.5 system-ui, sans-serif; }
</style>
</head>
<body>
<main>
<h1>The dashboard is not built</h1>
<p>Milepost is running, and its API answers. Only the files of the dashboard are missing.</p>
<ul>
<li>In a checkout: call <code>scripts/build-dashboard</code> and start Milepost again. It fetches Node.js and the
packages of the dashboard, so it needs a network once.</li>
<li>Elsewhere: install a wheel or an image that was made with the dashboard, or name the folder of its files in the
setting <code>dashboard_folder</code>.</li>
</ul>
<p><a href="/docs">All calls of the API</a></p>
</main>
</body>
</html>
"""


def page(state: AppState) -> Response:
    """The page of every address of the dashboard; it decides in the browser what to show."""
    nonce = secrets.token_urlsafe(_NONCE_BYTES)
    template = _MISSING if state.dashboard.page is None else state.dashboard.page
    # The nonce last: nothing that is filled in may hold the placeholder of a nonce.
    content = template.replace(_CONFIG, _config(state)).replace(_NONCE, nonce)
    headers = {
        "Cache-Control": "no-store",
        "Content-Security-Policy": _content_policy(nonce, state.settings.sign_in_message_origins),
        "Permissions-Policy": _PERMISSIONS,
    }
    return Response(content, headers=headers, content_type="text/html; charset=utf-8")


def _config(state: AppState) -> str:
    """What the page must know before its first call, as JSON that cannot end the element it stands in."""
    settings = state.settings
    config = {
        "version": __version__,
        "sign_in": {
            "demo": state.demo is not None,
            "cookie": bool(settings.sign_in_cookie),
            "message_origins": settings.sign_in_message_origins,
            "code": True,
        },
    }
    return orjson.dumps(config).decode().replace("<", "\\u003c")


def _content_policy(nonce: str, frame_ancestors: tuple[str, ...]) -> str:
    """Scripts and styles of this service alone, none of them in the page unless it has the nonce.

    'self' beside the nonce: the lazy parts of the page are modules, and not every browser hands the nonce on to them.
    'strict-dynamic' would, but lets scripts load others from everywhere.
    """
    return (
        f"default-src 'none'; script-src 'self' 'nonce-{nonce}'; style-src 'self' 'nonce-{nonce}'; "
        "img-src 'self' data:; font-src 'self'; connect-src 'self'; manifest-src 'self'; base-uri 'none'; "
        f"form-action 'self'; frame-ancestors {' '.join(frame_ancestors) or _NOBODY}"
    )
