"""Two public generators make clients from the committed document: without a warning, and with every operation."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from architecture.sources import ROOT
from support.builders import mint
from support.servers import Processes

_DOCUMENT = ROOT / "contract/openapi.json"
_TYPESCRIPT = ROOT / "contract/typescript"
_PROGRAMS = Path(sys.executable).parent


def _run(command: list[str | Path], folder: Path) -> str:
    """Run a program of the test environment, and return all that it printed."""
    environment = {**os.environ, "PATH": f"{_PROGRAMS}{os.pathsep}{os.environ['PATH']}", "NO_COLOR": "1"}
    run = subprocess.run(
        [str(part) for part in command], cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    printed = run.stdout + run.stderr
    assert run.returncode == 0, printed[-4_000:]
    return printed


def _operations() -> list[tuple[str, str]]:
    """Tag and id of every operation in the document."""
    paths = json.loads(_DOCUMENT.read_text("utf-8"))["paths"]
    return [(op["tags"][0], op["operationId"]) for methods in paths.values() for op in methods.values()]


def _snake_case(name: str) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()


@pytest.fixture(scope="module")
def python_client(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the generated package `milepost_client`."""
    folder = tmp_path_factory.mktemp("python")
    settings = folder / "settings.yaml"
    settings.write_text("project_name_override: milepost-client\npackage_name_override: milepost_client\n")
    printed = _run(
        ["openapi-python-client", "generate", "--path", _DOCUMENT, "--config", settings, "--fail-on-warning"], folder
    )
    assert "warning" not in printed.lower(), printed
    return folder / "milepost-client"


def test_the_python_client_has_every_operation(python_client: Path) -> None:
    missing = [
        name
        for tag, name in _operations()
        if not (python_client / f"milepost_client/api/{tag}/{_snake_case(name)}.py").is_file()
    ]
    assert missing == []


def test_the_python_client_calls_a_running_service(python_client: Path, processes: Processes) -> None:
    program = f"""
from milepost_client import AuthenticatedClient
from milepost_client.api.activities import record_activities
from milepost_client.api.progress import get_progress
from milepost_client.models import ActivityIn, OverviewOut, RecordedOut
from datetime import datetime, timezone

token = "{mint("a-client", ["learner"])}"
client = AuthenticatedClient("{processes.api().url}", token, raise_on_unexpected_status=True)
activity = ActivityIn("practised", "session", datetime.now(timezone.utc), duration_seconds=600)
recorded = record_activities.sync(client=client, body=activity)
assert isinstance(recorded, RecordedOut), recorded
progress = get_progress.sync(client=client)
assert isinstance(progress, OverviewOut), progress
print(recorded.results[0].status, progress.streak.current_streak, progress.minutes)
"""
    assert _run([sys.executable, "-c", program], python_client) == "accepted 1 10\n"


def test_the_typescript_types_compile_strictly(tmp_path: Path) -> None:
    for name in ("package.json", "package-lock.json", "tsconfig.json", "usage.ts"):
        shutil.copy(_TYPESCRIPT / name, tmp_path)
    _run(["npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts"], tmp_path)
    programs = tmp_path / "node_modules/.bin"
    printed = _run([programs / "openapi-typescript", _DOCUMENT, "--output", "generated/milepost.d.ts"], tmp_path)
    assert not re.search(r"warn|deprecat|unsupported", printed, re.IGNORECASE), printed
    _run([programs / "tsc", "--project", "."], tmp_path)
    generated = (tmp_path / "generated/milepost.d.ts").read_text("utf-8")
    missing = [name for _, name in _operations() if not re.search(rf"^    {name}: {{$", generated, re.MULTILINE)]
    assert missing == []
