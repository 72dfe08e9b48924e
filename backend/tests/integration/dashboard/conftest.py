"""A small dashboard, as the build leaves it, and an application that serves it."""

import gzip
from pathlib import Path

import pytest

from milepost.settings import Settings, load_settings
from support.builders import SECRET

PAGE = (
    '<!doctype html><html lang="en"><head><meta property="csp-nonce" nonce="__CSP_NONCE__">'
    '<script type="application/json" id="milepost-config" nonce="__CSP_NONCE__">__MILEPOST_CONFIG__</script>'
    '<script type="module" crossorigin src="/assets/index-1a2b.js" nonce="__CSP_NONCE__"></script>'
    '</head><body><div id="root"></div></body></html>'
)
SCRIPT = 'import("./HomePage-3c4d.js");\n' * 40
FILES = {
    "index.html": PAGE.encode(),
    "icon.svg": b"<svg xmlns='http://www.w3.org/2000/svg'/>",
    ".vite/manifest.json": b'{"secret": true}',
    "assets/index-1a2b.js": SCRIPT.encode(),
    "assets/index-1a2b.js.br": b"brotli, made by the build",
    "assets/index-1a2b.js.gz": gzip.compress(SCRIPT.encode()),
    "assets/style-5e6f.css": b"body { color: black }\n" * 40,
    "assets/figtree-7a8b.woff2": b"wOF2" + bytes(200),
    "assets/parts/deep-9c0d.js": b"export {}",
    "widget/quick-stats.js": b"customElements.define('milepost-quick-stats', class extends HTMLElement {})",
}


def build(folder: Path) -> Path:
    """Write the files of a build into a folder."""
    for name, content in FILES.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    return folder


@pytest.fixture(scope="module")
def settings(database_url: str, redis_url: str, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Settings with the built dashboard, and a platform that may show it."""
    return load_settings(
        database_url=database_url,
        redis_url=redis_url,
        jwt_secret=SECRET,
        log_level="warning",
        dashboard_folder=str(build(tmp_path_factory.mktemp("dist"))),
        sign_in_message_origins=["https://tutor.example"],
    )
