"""The programs of the README, as a reader would paste them, against a running service."""

import os
import re
import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest

from architecture.sources import ROOT
from support.builders import bearer, mint
from support.servers import Processes

_MAX_LINES = 12
_PATIENCE_SECONDS = 30.0


def _programs() -> list[tuple[str, str]]:
    """Language and text of each program in the section about connecting."""
    section = (ROOT / "README.md").read_text("utf-8").split("## Connect your platform\n")[1].split("\n## ")[0]
    return re.findall(r"```(\w+)\n(.*?)```", section, re.DOTALL)


@pytest.fixture
def environment(processes: Processes) -> dict[str, str]:
    """What the README says these programs find in their environment."""
    programs = Path(sys.executable).parent
    return {
        **os.environ,
        "PATH": f"{programs}{os.pathsep}{os.environ['PATH']}",
        "MILEPOST": processes.api().url,
        "TOKEN": mint("ada"),
        "SERVICE": mint("exercises", ["service"]),
    }


def _run(command: list[str], text: str, environment: dict[str, str], folder: Path) -> str:
    run = subprocess.run(
        command, input=text, env=environment, cwd=folder, capture_output=True, text=True, timeout=60, check=False
    )
    assert run.returncode == 0, run.stdout + run.stderr
    return run.stdout


def _grades(environment: dict[str, str]) -> dict[str, float]:
    """The grades in the learner's feed, by the id of the activity."""
    feed = httpx.get(f"{environment['MILEPOST']}/api/activities", headers=bearer(environment["TOKEN"])).json()
    return {activity["id"]: activity["value"] for activity in feed["activities"]}


def test_there_are_four_short_programs() -> None:
    assert [language for language, _ in _programs()] == ["sh", "python", "js", "python"]
    for _, text in _programs():
        assert len(text.splitlines()) <= _MAX_LINES, text


def test_the_programs_do_what_the_readme_says(environment: dict[str, str], tmp_path: Path) -> None:
    shell, python, script, _ = (text for _, text in _programs())
    assert '"status":"accepted"' in _run(["bash"], shell, environment, tmp_path)
    assert _run([sys.executable, "-"], python, environment, tmp_path) == "attempt-2 accepted\nattempt-3 accepted\n"
    assert _run(["node", "--input-type=module"], script, environment, tmp_path).splitlines() == [
        "1 days, 20 points, next: nothing",
        "304",
    ]


def test_the_hook_reports_in_the_background(environment: dict[str, str], tmp_path: Path) -> None:
    *_, (_, hook) = _programs()
    (tmp_path / "hook.py").write_text(hook, encoding="utf-8")
    client = "from fastapi.testclient import TestClient; from hook import app; "
    send = 'print(TestClient(app).post("/attempts/a-1", params={"learner": "ada", "value": 70}).status_code)'
    assert _run([sys.executable, "-c", client + send], "", environment, tmp_path) == "200\n"
    until = time.monotonic() + _PATIENCE_SECONDS
    while "a-1" not in (recorded := _grades(environment)) and time.monotonic() < until:
        time.sleep(0.05)
    assert recorded["a-1"] == 70
