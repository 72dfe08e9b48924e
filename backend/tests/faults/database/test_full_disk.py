"""A disk that is full: under the database while it serves, and under what starts. And a read-only database."""

import resource
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import httpx
import psutil
import pytest
import redis

from milepost.embedded.process import remove_socket_folder
from milepost.embedded.redis import start_redis
from support.builders import SECRET, bearer, mint, new_learner
from support.fault_servers import BreakablePostgres
from support.servers import MilepostProcess, Processes, clean_environment

_PATIENCE_SECONDS = 30.0
_WRITES: tuple[tuple[str, str, dict[str, object]], ...] = (
    ("POST", "/activities", {"verb": "viewed", "object_type": "lesson", "id": "a"}),
    ("POST", "/progress/update-streak", {}),
    ("POST", "/tasks", {"title": "read"}),
    ("POST", "/spaces", {"title": "Python"}),
    ("PATCH", "/me", {"zone": "Europe/Berlin"}),
)


@pytest.fixture
def own_processes(own_postgres: BreakablePostgres, redis_url: str, tmp_path: Path) -> Iterator[Processes]:
    """Milepost's processes on that PostgreSQL."""
    environment = {"MILEPOST_DATABASE_URL": own_postgres.url, "MILEPOST_REDIS_URL": redis_url}
    started = Processes({**environment, "MILEPOST_JWT_SECRET": SECRET}, tmp_path)
    yield started
    started.end()


def _answers_to_writes(api: MilepostProcess) -> Iterator[tuple[str, httpx.Response]]:
    """A new learner's writes."""
    own = bearer(mint(new_learner()))
    for method, path, body in _WRITES:
        at = {"occurred_at": datetime.now(UTC).isoformat()} if path == "/activities" else {}
        yield path, httpx.request(method, f"{api.url}/api{path}", json=body | at, headers=own)


def _until_ready(api: MilepostProcess) -> None:
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while httpx.get(f"{api.url}/readyz").status_code != 200:
        assert time.monotonic() < deadline, "not ready again"
        time.sleep(0.1)


def _assert_stores_nothing(api: MilepostProcess, reason: str, seconds: int) -> None:
    """Assert that every write is refused with 503, reads are answered, and readiness says why."""
    for path, answer in _answers_to_writes(api):
        assert (answer.status_code, answer.json().get("code")) == (503, "database_unavailable"), (path, answer.text)
        assert answer.headers["Retry-After"] == str(seconds), path
    own = bearer(mint(new_learner()))
    for path in ("/progress", "/activities", "/tasks", "/spaces", "/me"):
        assert httpx.get(f"{api.url}/api{path}", headers=own).status_code == 200, path
    ready = httpx.get(f"{api.url}/readyz")
    assert (ready.status_code, ready.json()["code"], ready.json()["reason"]) == (503, "database_unavailable", reason)
    assert int(ready.headers["Retry-After"]) >= 1
    assert "\nmilepost_database_writable 0.0\n" in httpx.get(f"{api.url}/metrics").text
    assert httpx.get(f"{api.url}/livez").status_code == 200, "a restart would not help"


def _assert_stores(api: MilepostProcess) -> None:
    for path, answer in _answers_to_writes(api):
        assert answer.status_code == 200, (path, answer.text)
    assert "\nmilepost_database_writable 1.0\n" in httpx.get(f"{api.url}/metrics").text


def test_R02_on_a_full_disk_writes_are_not_now_and_return_without_a_restart(
    own_postgres: BreakablePostgres, own_processes: Processes
) -> None:
    api = own_processes.api()
    own_postgres.fill_disk()
    assert httpx.get(f"{api.url}/readyz").status_code == 200
    _assert_stores_nothing(api, "disk_full", 30)
    _assert_stores_nothing(api, "disk_full", 30)
    own_postgres.free_disk()
    _until_ready(api)
    _assert_stores(api)


def test_R02_a_read_only_database_is_not_now_and_returns_without_a_restart(
    own_postgres: BreakablePostgres, own_processes: Processes
) -> None:
    api = own_processes.api()
    _make_read_only(own_postgres, "on")
    _until_ready(api)
    _assert_stores_nothing(api, "read_only", 10)
    _make_read_only(own_postgres, "off")
    _until_ready(api)
    _assert_stores(api)


def _make_read_only(server: BreakablePostgres, setting: str) -> None:
    """As a failover does: other rules for every new connection, and the present ones end."""
    server.ask(f"ALTER SYSTEM SET default_transaction_read_only = {setting}")
    server.ask("SELECT pg_reload_conf()")
    server.ask(
        "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE backend_type = 'client backend' "
        "AND pid <> pg_backend_pid()"
    )


def test_R04_a_redis_that_cannot_save_goes_on_taking_writes(tmp_path: Path) -> None:
    server = start_redis(tmp_path / "redis", tmp_path / "redis.log")
    try:
        psutil.Process(server.process.pid).rlimit(psutil.RLIMIT_FSIZE, (0, 0))
        with redis.Redis.from_url(server.url()) as client:
            client.set("before", "1")
            client.bgsave()
            deadline = time.monotonic() + _PATIENCE_SECONDS
            while client.info("persistence")["rdb_last_bgsave_status"] == "ok":
                assert time.monotonic() < deadline, "the snapshot has not failed"
                time.sleep(0.05)
            assert client.set("after", "2"), "what is in Redis may be lost; it must not stop the jobs"
    finally:
        server.process.kill()
        server.process.wait()
        remove_socket_folder(server.folder)


@pytest.mark.parametrize("kilobytes", [0, 4, 2_000])
def test_R30_a_start_on_a_full_disk_says_so(tmp_path: Path, kilobytes: int) -> None:
    """The process may write files of a few kilobytes only, as with a quota that is used up."""
    # The measuring of coverage writes files of its own.
    environment = {name: value for name, value in clean_environment().items() if not name.startswith("COVERAGE_")}
    started = subprocess.run(
        [sys.executable, "-m", "milepost.cli", "run", "--port", "0", "--data", str(tmp_path / "data"), "--no-demo"],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
        env=environment,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (kilobytes * 1_024,) * 2),
    )
    assert started.returncode == 1, started.stderr
    assert "Traceback" not in started.stderr
    assert started.stderr.startswith("milepost: "), started.stderr
    assert "he disk is full" in started.stderr


def test_R30_commands_on_a_full_disk_say_so(own_postgres: BreakablePostgres, own_processes: Processes) -> None:
    own_postgres.fill_disk()
    environment = {**clean_environment(), "MILEPOST_DATABASE_URL": own_postgres.url, "MILEPOST_JWT_SECRET": SECRET}
    done = subprocess.run(
        [sys.executable, "-m", "milepost.cli", "achievements", "sync"],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
        env=environment,
    )
    assert (done.returncode, done.stderr) == (
        1,
        "milepost: The disk of the database is full, so nothing can be stored. Try again later.\n",
    )
