"""Environment variables of a test."""

import pytest


def set_variables(monkeypatch: pytest.MonkeyPatch, **variables: str) -> None:
    """Set environment variables for this test."""
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
