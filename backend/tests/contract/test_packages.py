"""What a wheel and an sdist of this project carry: the package, and the dashboard if it has been built."""

import shutil
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

_ROOT = Path(__file__).resolve().parents[3]
_SOURCES = ("pyproject.toml", "setup.py", "MANIFEST.in", "README.md", "LICENSE", "requirements.lock", "config")
_BUILT = {
    "index.html": "<!doctype html>",
    "assets/index-1a2b.js": "export {}",
    "assets/index-1a2b.js.br": "compressed",
    ".milepost-stamp": "1 2",
    ".vite/manifest.json": "{}",
}
_CARRIED = {name for name in _BUILT if not name.startswith(".")}


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """The files that packages are made of, without a built dashboard and without Node.js."""
    place = tmp_path / "checkout"
    ignored = shutil.ignore_patterns("__pycache__", "*.egg-info")
    shutil.copytree(_ROOT / "backend/src", place / "backend/src", ignore=ignored)
    for name in _SOURCES:
        if (_ROOT / name).is_dir():
            shutil.copytree(_ROOT / name, place / name)
        else:
            shutil.copy(_ROOT / name, place / name)
    return place


def build_dashboard(checkout: Path) -> None:
    """What scripts/build-dashboard leaves."""
    for name, content in _BUILT.items():
        file = checkout / "frontend/dist" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(content)


def package(checkout: Path, kind: str) -> Path:
    """Make a `wheel` or an `sdist` of a checkout, as pip does, without a network."""
    made = checkout.parent / kind
    made.mkdir(exist_ok=True)
    code = f"from setuptools import build_meta; build_meta.build_{kind}({str(made)!r})"
    subprocess.run([sys.executable, "-c", code], cwd=checkout, check=True, capture_output=True, env={"PATH": ""})
    return next(made.iterdir())


def dashboard_in(names: list[str], folder: str) -> set[str]:
    """The files of the dashboard among the names of an archive."""
    return {name.partition(folder)[2] for name in names if folder in name and not name.endswith("/")}


def test_a_wheel_carries_the_built_dashboard(checkout: Path) -> None:
    build_dashboard(checkout)
    names = zipfile.ZipFile(package(checkout, "wheel")).namelist()
    assert dashboard_in(names, "milepost/dashboard_files/") == _CARRIED
    assert "milepost/api/sharing/templates/page.html" in names
    assert not [name for name in names if name.startswith(("frontend", "tests", "backend"))]


def test_without_a_build_a_wheel_is_made_all_the_same(checkout: Path) -> None:
    names = zipfile.ZipFile(package(checkout, "wheel")).namelist()
    assert dashboard_in(names, "milepost/dashboard_files/") == set()
    assert "milepost/app.py" in names


def test_an_sdist_carries_it_to_wheels_made_elsewhere(checkout: Path, tmp_path: Path) -> None:
    build_dashboard(checkout)
    with tarfile.open(package(checkout, "sdist")) as archive:
        assert dashboard_in(archive.getnames(), "/frontend/dist/") >= _CARRIED
        archive.extractall(tmp_path / "unpacked", filter="data")
    (unpacked,) = (tmp_path / "unpacked").iterdir()
    names = zipfile.ZipFile(package(unpacked, "wheel")).namelist()
    assert dashboard_in(names, "milepost/dashboard_files/") == _CARRIED
