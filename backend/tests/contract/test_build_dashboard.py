"""When scripts/build-dashboard builds, and that Milepost starts without it. Node.js is replaced by a script that notes
its calls; the real build is part of scripts/test.
"""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

_ROOT = Path(__file__).resolve().parents[3]
_NODE = """#!/bin/sh
exit 0
"""
_NPM = """#!/bin/sh
echo "$*" >>"{calls}"
case "$1" in
  ci) {ci} && mkdir -p node_modules ;;
  run) rm -rf dist && mkdir -p dist && echo page >dist/index.html ;;
esac
"""


class Checkout:
    """A checkout with a small frontend, and a Node.js that does nothing."""

    def __init__(self, place: Path) -> None:
        self.place = place
        self._calls = place / "calls"
        shutil.copytree(_ROOT / "scripts", place / "scripts")
        for name in ("frontend/src/main.ts", "frontend/package.json", "frontend/package-lock.json"):
            self.write(name, "1")
        self.write("contract/openapi.json", "{}")
        self.node_can(install=True)

    def write(self, name: str, content: str) -> None:
        """Write a file."""
        file = self.place / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(content)

    def node_can(self, *, install: bool) -> None:
        """Make a Node.js that can, or cannot, install packages."""
        npm = _NPM.format(calls=self._calls, ci="true" if install else "false")
        for name, content in (("node", _NODE), ("npm", npm)):
            self.write(f"bin/{name}", content)
            (self.place / "bin" / name).chmod(0o755)

    def build(self, *options: str) -> "subprocess.CompletedProcess[str]":
        """Call the script."""
        path = f"{self.place / 'bin'}{os.pathsep}{os.environ['PATH']}"
        return subprocess.run(
            [str(self.place / "scripts/build-dashboard"), *options],
            capture_output=True,
            text=True,
            check=False,
            env={**os.environ, "PATH": path},
        )

    def calls(self) -> list[str]:
        """What npm was asked for since the last look, without its version."""
        lines = self._calls.read_text().splitlines() if self._calls.exists() else []
        self._calls.unlink(missing_ok=True)
        return [line.split()[0] for line in lines if line != "--version"]


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    return Checkout(tmp_path)


def test_it_builds_once_and_after_every_change(checkout: Checkout) -> None:
    first = checkout.build()
    assert (first.returncode, first.stderr.count("Building the dashboard.")) == (0, 1)
    assert checkout.calls() == ["ci", "run"]
    assert (checkout.build().stderr, checkout.calls()) == ("", [])
    changes = {
        "frontend/src/main.ts": ["run"],
        "frontend/src/new.ts": ["run"],
        "contract/openapi.json": ["run"],
        "frontend/package-lock.json": ["ci", "run"],
        "frontend/node_modules/x/index.js": [],
        "frontend/test-results/x": [],
        "docs/goals.md": [],
    }
    for name, calls in changes.items():
        checkout.write(name, "2")
        assert checkout.build().returncode == 0
        assert checkout.calls() == calls, name


def test_what_cannot_be_installed_is_said_and_tried_again(checkout: Checkout) -> None:
    checkout.node_can(install=False)
    failed = checkout.build()
    assert failed.returncode == 1
    assert "milepost: the packages of the dashboard could not be installed." in failed.stderr
    assert checkout.calls() == ["ci"]
    checkout.node_can(install=True)
    assert checkout.build().returncode == 0
    assert checkout.calls() == ["ci", "run"]


def test_the_service_starts_without_it() -> None:
    lines = (_ROOT / "scripts/run").read_text().splitlines()
    (build,) = [number for number, line in enumerate(lines) if "scripts/build-dashboard" in line]
    assert lines[build].endswith("||")
    assert "could not be built" in lines[build + 1]


def test_for_development_it_only_installs(checkout: Checkout) -> None:
    assert checkout.build("--dev").returncode == 0
    assert checkout.calls() == ["ci"]


def test_without_a_frontend_there_is_nothing_to_build(checkout: Checkout) -> None:
    (checkout.place / "frontend/package.json").unlink()
    assert (checkout.build().returncode, checkout.calls()) == (0, [])
