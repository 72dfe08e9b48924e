"""R27: the database of the demo learners, dumped and restored under another name."""

import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest

from milepost.commands.load_demo import replay
from milepost.embedded.postgres import PostgresServer
from milepost.settings import Settings
from support.builders import SECRET, bearer, mint
from support.callers import Json
from support.figures import Figure
from support.servers import MilepostProcess, Processes, clean_environment

NOW = datetime(2026, 11, 28, 10, 20, tzinfo=UTC)
LEARNERS = ("ada", "hana", "grace", "pavel")
PATHS = (
    *(
        "/progress/skill-levels",
        "/progress/history?days=90",
        "/activities?limit=200",
        "/progress/achievements",
        "/goals",
    ),
    *("/tasks", "/spaces", "/composite-goals", "/notifications?limit=200", "/progress/mastery?topic=recursion"),
)


@pytest.fixture
def restored(postgres: PostgresServer) -> Iterator[str]:
    """The name of an empty database without a schema."""
    postgres.execute("CREATE DATABASE restored")
    yield "restored"
    postgres.execute("DROP DATABASE restored WITH (FORCE)")


def answers(api: MilepostProcess) -> dict[tuple[str, str], Json]:
    """What the demo learners read."""
    read = {}
    for learner in LEARNERS:
        with httpx.Client(base_url=f"{api.url}/api", headers=bearer(mint(learner)), timeout=30.0) as client:
            for path in PATHS:
                answer = client.get(path)
                assert answer.status_code == 200, (path, answer.text)
                read[learner, path] = answer.json()
    return read


def check(database_url: str) -> "subprocess.CompletedProcess[str]":
    """Run `milepost rebuild --check`."""
    environment = {**clean_environment(), "MILEPOST_DATABASE_URL": database_url, "MILEPOST_JWT_SECRET": SECRET}
    command = [sys.executable, "-m", "milepost.cli", "rebuild", "--check"]
    return subprocess.run(command, capture_output=True, text=True, env=environment, check=False)


def program(postgres: PostgresServer, name: str, *arguments: str) -> None:
    """Run one of PostgreSQL's own programs."""
    subprocess.run([str(postgres.programs / name), *arguments], check=True, capture_output=True)


async def test_R27_a_restored_dump_answers_the_same_and_equals_its_log(
    settings: Settings,
    processes: Processes,
    postgres: PostgresServer,
    database_url: str,
    restored: str,
    tmp_path: Path,
    figure: Figure,
) -> None:
    await replay(settings, NOW)
    before = answers(api := processes.api())
    api.end()
    dump = str(tmp_path / "milepost.dump")
    program(postgres, "pg_dump", "--format=custom", f"--file={dump}", database_url)
    program(postgres, "pg_restore", "--exit-on-error", f"--dbname={postgres.url(restored)}", dump)
    assert answers(processes.api(MILEPOST_DATABASE_URL=postgres.url(restored))) == before
    checked = check(postgres.url(restored))
    assert (checked.returncode, "0 differences" in checked.stdout) == (0, True), checked.stdout + checked.stderr
    postgres.execute("UPDATE activity_days SET seconds = seconds + 1 WHERE local_day = '2026-11-02'", restored)
    assert check(postgres.url(restored)).returncode == 1
    figure(f"{len(before)} answers equal, 0 differences from the log")
