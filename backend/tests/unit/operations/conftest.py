"""What tests of operations share."""

import shutil
from pathlib import Path

import pytest

from milepost.settings import config_dir


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the config folder that the settings are read from."""
    copy = tmp_path / "config"
    shutil.copytree(config_dir(), copy)
    monkeypatch.setenv("MILEPOST_CONFIG_DIR", str(copy))
    return copy
