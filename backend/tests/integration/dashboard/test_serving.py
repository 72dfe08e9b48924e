"""The page of the dashboard and its files: which address answers what, with which headers."""

import gzip
import json
import re
from pathlib import Path

import pytest
from quart import Quart
from quart.typing import TestClientProtocol as Client

from integration.dashboard.conftest import FILES, SCRIPT, build
from milepost import __version__
from milepost.api.dashboard.files import read_dashboard
from milepost.app import create_app
from milepost.settings import Settings

HTML = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
OTHERS = ["/api/nothing", "/s/nothing", "/docs/nothing", "/livez/nothing", "/sign-in/nothing", "/assets/nothing"]


def directives(policy: str) -> dict[str, list[str]]:
    """A content policy by its directives."""
    return {name: values for name, *values in (part.split() for part in policy.split(";"))}


@pytest.mark.parametrize("path", ["/", "/sign-in", "/skills", "/admin/outages", "/goals?state=met", "/no/such/page"])
async def test_every_address_of_the_dashboard_answers_its_page(client: Client, path: str) -> None:
    for method in (client.get, client.head):
        answer = await method(path, headers=HTML)
        assert (answer.status_code, answer.headers["Content-Type"]) == (200, "text/html; charset=utf-8")
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Referrer-Policy"] == "no-referrer"
        assert "camera=()" in answer.headers["Permissions-Policy"]
    assert b'<div id="root">' in await (await client.get(path, headers=HTML)).get_data()


async def test_S14_the_page_runs_nothing_but_its_own_scripts(client: Client) -> None:
    nonces = set()
    for _ in range(3):
        answer = await client.get("/", headers=HTML)
        policy = directives(answer.headers["Content-Security-Policy"])
        content = await answer.get_data(as_text=True)
        (nonce,) = set(re.findall(r'nonce="([^"]+)"', content))
        nonces.add(nonce)
        assert policy == {
            "default-src": ["'none'"],
            "script-src": ["'self'", f"'nonce-{nonce}'"],
            "style-src": ["'self'", f"'nonce-{nonce}'"],
            "img-src": ["'self'", "data:"],
            "font-src": ["'self'"],
            "connect-src": ["'self'"],
            "manifest-src": ["'self'"],
            "base-uri": ["'none'"],
            "form-action": ["'self'"],
            "frame-ancestors": ["https://tutor.example"],
        }
        assert "__CSP" not in content
        assert "__MILEPOST" not in content
    assert len(nonces) == 3


async def test_the_page_says_how_to_sign_in(client: Client) -> None:
    content = await (await client.get("/", headers=HTML)).get_data(as_text=True)
    found = re.search(r'id="milepost-config"[^>]*>(.*?)</script>', content)
    assert found is not None
    assert json.loads(found[1]) == {
        "version": __version__,
        "sign_in": {"demo": False, "cookie": False, "message_origins": ["https://tutor.example"], "code": True},
    }


@pytest.mark.parametrize("path", OTHERS)
async def test_addresses_below_the_api_are_never_pages(client: Client, path: str) -> None:
    answer = await client.get(path, headers=HTML)
    assert answer.status_code == 404
    assert b'id="root"' not in await answer.get_data()


async def test_programs_get_a_problem(client: Client) -> None:
    for headers in ({}, {"Accept": "*/*"}, {"Accept": "application/json"}, {"Accept": "text/html;q=0"}):
        answer = await client.get("/skills", headers=headers)
        assert (answer.status_code, (await answer.get_json())["code"]) == (404, "not_found"), headers
    for answer in (await client.post("/skills", headers=HTML), await client.get("/robots.txt", headers=HTML)):
        assert (answer.status_code, (await answer.get_json())["code"]) == (404, "not_found")


@pytest.mark.parametrize(
    ("name", "content_type"),
    [
        ("assets/index-1a2b.js", "text/javascript; charset=utf-8"),
        ("assets/style-5e6f.css", "text/css; charset=utf-8"),
        ("assets/figtree-7a8b.woff2", "font/woff2"),
        ("assets/parts/deep-9c0d.js", "text/javascript; charset=utf-8"),
    ],
)
async def test_built_files_are_kept_for_a_year(client: Client, name: str, content_type: str) -> None:
    answer = await client.get(f"/{name}")
    assert await answer.get_data() == FILES[name]
    assert answer.headers["Content-Type"] == content_type
    assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    head = await client.head(f"/{name}")
    assert head.status_code == 200
    assert head.headers["Content-Length"] == str(len(FILES[name]))
    again = await client.get(f"/{name}", headers={"If-None-Match": answer.headers["ETag"]})
    assert (again.status_code, await again.get_data()) == (304, b"")
    assert again.headers["ETag"] == answer.headers["ETag"]


@pytest.mark.parametrize(
    ("accepted", "encoding"),
    [("gzip, deflate, br", "br"), ("gzip", "gzip"), ("br;q=0, gzip", "gzip"), ("identity", None), ("", None)],
)
async def test_the_smallest_accepted_form_is_sent(client: Client, accepted: str, encoding: str | None) -> None:
    answer = await client.get("/assets/index-1a2b.js", headers={"Accept-Encoding": accepted})
    content = await answer.get_data(as_text=False)
    assert isinstance(content, bytes)
    assert answer.headers.get("Content-Encoding") == encoding
    assert answer.headers["Vary"] == "Accept-Encoding"
    if encoding == "br":
        assert content == FILES["assets/index-1a2b.js.br"]
    else:
        assert (gzip.decompress(content) if encoding else content).decode() == SCRIPT
    plain = await client.get("/assets/index-1a2b.js", headers={"Accept-Encoding": "identity"})
    assert (answer.headers["ETag"] == plain.headers["ETag"]) == (encoding is None)


async def test_files_without_a_hash_in_their_name_are_asked_for_again(client: Client) -> None:
    answer = await client.get("/icon.svg")
    assert (answer.headers["Content-Type"], answer.headers["Cache-Control"]) == ("image/svg+xml", "public, no-cache")


@pytest.mark.parametrize(
    "path",
    [
        "/assets/../index.html",
        "/assets/..%2f..%2f..%2fetc%2fpasswd",
        "/assets/%2e%2e/%2e%2e/etc/passwd",
        "/assets//etc/passwd",
        "/assets/.",
        "/assets/index-1a2b.js.br",
        "/.vite/manifest.json",
        "/index.html",
    ],
)
async def test_S15_no_other_file_can_be_named(client: Client, path: str) -> None:
    answer = await client.get(path)
    assert (answer.status_code, (await answer.get_json())["code"]) == (404, "not_found")


async def test_files_are_read_at_the_start_alone(client: Client, settings: Settings) -> None:
    file = Path(settings.dashboard_folder) / "assets/style-5e6f.css"
    file.write_bytes(b"changed")
    assert await (await client.get("/assets/style-5e6f.css")).get_data() == FILES["assets/style-5e6f.css"]


async def test_without_files_the_page_says_what_is_missing(settings: Settings, tmp_path: Path) -> None:
    app: Quart = create_app(settings.model_copy(update={"dashboard_folder": str(tmp_path)}))
    async with app.test_app():
        answer = await app.test_client().get("/", headers=HTML)
        content = await answer.get_data(as_text=True)
        assert answer.status_code == 200
        assert "scripts/build-dashboard" in content
        assert "__CSP" not in content
        assert "__MILEPOST" not in content
        assert "'nonce-" in answer.headers["Content-Security-Policy"]
        assert (await app.test_client().get("/livez")).status_code == 200


def test_a_large_file_gets_a_compressed_form_without_the_build(tmp_path: Path) -> None:
    files = read_dashboard(str(build(tmp_path))).files
    assert set(files["assets/style-5e6f.css"].encoded) == {"gzip"}
    assert files["assets/figtree-7a8b.woff2"].encoded == {}
    assert set(files) == {name for name in FILES if name != "index.html" and not name.endswith((".br", ".gz"))} - {
        ".vite/manifest.json"
    }
