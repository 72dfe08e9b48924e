"""`milepost run` and `milepost migrate` in bad conditions: a sentence and an exit code, or a start all the same."""

import asyncio
import json
import os
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import TypeVar

import asyncpg
import httpx
import pytest

from milepost.db.service_role import prepare_service_role
from milepost.embedded import data_folder
from milepost.embedded.postgres import PostgresServer, start_postgres
from milepost.embedded.process import StartFault, remove_socket_folder, socket_folder
from milepost.embedded.redis import start_redis
from milepost.services.job_runs import JOBS
from support.run_command import Run, paste
from support.servers import clean_environment, free_port, migrate

T = TypeVar("T")
DDL = (
    "CREATE TABLE mine (id int)",
    "CREATE TEMPORARY TABLE mine (id int)",
    "ALTER TABLE activities ADD COLUMN mine int",
    "DROP TABLE activities",
    "TRUNCATE activities",
    "CREATE INDEX mine ON activities (id)",
    "CREATE FUNCTION mine() RETURNS int LANGUAGE sql AS 'SELECT 1'",
    "CREATE SCHEMA mine",
    "CREATE ROLE mine SUPERUSER",
    "ALTER ROLE milepost PASSWORD 'mine'",
    "GRANT milepost TO milepost_service",
    "SET ROLE milepost",
    "UPDATE alembic_version SET version_num = 'mine'",
    "COPY activities TO PROGRAM 'cat'",
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A data folder that does not exist yet."""
    return tmp_path / "data"


@pytest.fixture
def started(folder: Path) -> Iterator[Callable[..., Run]]:
    """`started(*arguments)`: a run on the folder; all end with the test."""
    runs: list[Run] = []

    def begin(*arguments: str) -> Run:
        runs.append(Run(folder, *arguments))
        return runs[-1]

    yield begin
    for run in runs:
        run.end()


async def refused(url: str) -> list[str]:
    """The statements of `DDL` that the role of this address may not execute."""
    connection = await asyncpg.connect(url)
    refusals = []
    try:
        for statement in DDL:
            try:
                await connection.execute(statement)
            except asyncpg.InsufficientPrivilegeError:
                refusals.append(statement)
    finally:
        await connection.close()
    return refusals


async def ask(url: str, work: Callable[[asyncpg.Connection], Awaitable[T]]) -> T:
    """The result of `work` on a connection."""
    connection = await asyncpg.connect(url)
    try:
        return await work(connection)
    finally:
        await connection.close()


def test_S16_the_role_of_the_running_service_can_change_no_schema(started: Callable[..., Run]) -> None:
    run = started()
    run.wait_ready()
    urls = {run.child(name).environ()["MILEPOST_DATABASE_URL"] for name in ("serve", "worker")}
    assert {run.child(name).environ()["MILEPOST_DATABASE_OWNER_URL"] for name in ("serve", "worker")} == {""}
    (url,) = urls
    assert url.startswith("postgresql://milepost_service@/")
    assert asyncio.run(refused(url)) == list(DDL)
    answer = json.loads(paste(run.calls[1]))
    assert [result["status"] for result in answer["results"]] == ["accepted"]
    ended = "SELECT job, last_error FROM job_runs WHERE finished_at IS NOT NULL"
    while len(jobs := dict(asyncio.run(ask(url, lambda connection: connection.fetch(ended))))) < len(JOBS):
        time.sleep(0.2)
    assert jobs == dict.fromkeys(JOBS), "every job works with this role"


async def test_S16_a_database_of_one_role_is_brought_up(postgres: PostgresServer) -> None:
    """Its owner migrates again, and the new role serves what is there; twice, as with every start."""
    postgres.execute("CREATE DATABASE one_role")
    try:
        migrate(postgres.url("one_role"))
        postgres.execute("INSERT INTO job_runs (job) VALUES ('say_alive')", "one_role")
        for _ in range(2):
            await prepare_service_role(postgres.url("one_role"), postgres.service_url("one_role"))
        assert await refused(postgres.service_url("one_role")) == list(DDL)
        update = "UPDATE job_runs SET failures = 1 RETURNING job"
        assert await ask(postgres.service_url("one_role"), lambda opened: opened.fetchval(update)) == "say_alive"
    finally:
        postgres.execute("DROP DATABASE one_role WITH (FORCE)")


def test_a_socket_folder_that_somebody_else_made_is_refused(folder: Path) -> None:
    folder.mkdir()
    place = socket_folder(folder)
    assert (place.stat().st_uid, place.stat().st_mode & 0o777) == (os.geteuid(), 0o700)
    place.rmdir()
    place.symlink_to(folder, target_is_directory=True)
    with pytest.raises(StartFault, match="belongs to another user"):
        socket_folder(folder)
    place.unlink()
    if os.geteuid() == 0:  # Only root can give a folder away, and for root alone there is a choice of owners.
        place.mkdir()
        os.chown(place, 12_345, 12_345)
        with pytest.raises(StartFault, match="belongs to another user"):
            socket_folder(folder)
        os.chown(folder, 12_345, 12_345)
        assert socket_folder(folder) == place, "the owner of the data folder runs the server"
        place.rmdir()


def test_a_damaged_snapshot_of_redis_prevents_no_start(folder: Path) -> None:
    folder.mkdir()
    (folder / "dump.rdb").write_bytes(b"REDIS0011" + b"\xff garbage" * 50)
    server = start_redis(folder, folder / "redis.log")
    try:
        assert server.process.poll() is None
        assert (folder / "dump.rdb.damaged").read_bytes().startswith(b"REDIS0011")
    finally:
        server.stop()
        remove_socket_folder(folder)


def test_logs_rotate_while_a_process_writes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(data_folder, "_LOG_BYTES", 100)
    log = tmp_path / "api.log"
    with log.open("ab", buffering=0) as output:
        output.write(b"a" * 100)
        data_folder.rotate_while_running(log)
        assert log.stat().st_size == 100
        output.write(b"b")
        data_folder.rotate_while_running(log)
        output.write(b"next")
    assert (tmp_path / "api.log.1").read_bytes() == b"a" * 100 + b"b"
    assert log.read_bytes() == b"next"


def test_of_two_runs_for_one_port_one_is_ready_and_the_other_says_so(tmp_path: Path) -> None:
    port = str(free_port())
    runs = [Run(tmp_path / name, "--port", port) for name in ("first", "second")]
    try:
        while all(run.process.poll() is None for run in runs):
            time.sleep(0.1)
        loser, winner = sorted(runs, key=lambda run: run.process.poll() is None)
        winner.wait_ready()
        assert loser.process.returncode == 1
        assert f"Port {port} of 127.0.0.1 cannot be used" in loser.said
        assert "Milepost is ready" not in loser.said
        assert "Traceback" not in loser.said
        assert httpx.get(f"http://127.0.0.1:{port}/readyz").status_code == 200
    finally:
        for run in runs:
            run.end()


@pytest.mark.parametrize("port", ["80000", "-1", "http"])
def test_an_impossible_port_is_named(folder: Path, port: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "milepost.cli", "run", f"--port={port}", "--data", str(folder)],
        capture_output=True,
        text=True,
        env=clean_environment(),
        check=False,
    )
    assert done.returncode == 2
    assert f"'{port}' is not a port: use a number from 0 to 65535" in done.stderr
    assert not folder.exists()


def test_a_folder_that_cannot_be_written_is_named() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "milepost.cli", "run", "--no-demo", "--port=0", "--data", "/proc/milepost"],
        capture_output=True,
        text=True,
        env=clean_environment(),
        check=False,
    )
    assert done.returncode == 1
    assert "/proc/milepost cannot be used as the data folder" in done.stderr
    assert "Traceback" not in done.stderr


def test_old_code_on_a_newer_schema_says_so(started: Callable[..., Run], folder: Path, tmp_path: Path) -> None:
    folder.mkdir(mode=0o711)
    server = start_postgres(folder / "postgres", tmp_path / "postgres.log", durable=False)
    server.execute("CREATE TABLE alembic_version (version_num varchar(32)); ", "milepost")
    server.execute("INSERT INTO alembic_version VALUES ('29990101_later')", "milepost")
    done = subprocess.run(
        [sys.executable, "-m", "milepost.cli", "migrate"],
        capture_output=True,
        text=True,
        env={**clean_environment(), "MILEPOST_DATABASE_URL": server.url()},
        check=False,
    )
    server.stop()
    assert done.returncode == 1
    run = started()
    assert run.wait_exit() == 1
    for said in (done.stderr, run.said):
        assert "revision 29990101_later, which a newer version of Milepost made" in said
        assert "Traceback" not in said
