"""`milepost run` starts and ends all its processes and recovers from any failure. Real processes, real signals."""

import functools
import json
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from support.run_command import Run, assert_gone, paste
from support.servers import clean_environment, free_port

Start = Callable[..., Run]
README = Path(__file__).parents[3] / "README.md"
ADDRESS = "http://127.0.0.1:8000"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A data folder that does not exist yet."""
    return tmp_path / "data"


@pytest.fixture(scope="module")
def used(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A used data folder: everything was started on it once and ended cleanly."""
    place = tmp_path_factory.mktemp("used") / "data"
    run = Run(place)
    run.wait_ready()
    run.end()
    return place


@pytest.fixture
def used_folder(used: Path, folder: Path) -> Path:
    """The data folder as a copy of a used one."""
    # Keep the owners: as root, the servers run as another user, who owns these files.
    subprocess.run(["cp", "-a", str(used), str(folder)], check=True)
    return folder


@pytest.fixture
def start(folder: Path) -> Iterator[Start]:
    """`start("--option", MILEPOST_…="…")` runs Milepost on the folder; runs left over are ended after the test."""
    runs: list[Run] = []

    def begin(*arguments: str, with_demo: bool = False, **environment: str) -> Run:
        runs.append(Run(folder, *arguments, with_demo=with_demo, **environment))
        return runs[-1]

    yield begin
    for run in runs:
        run.end()


def _streak(run: Run) -> int:
    """The current streak, from the third printed call."""
    answer = json.loads(paste(run.calls[2]))
    streak: int = answer["current_streak"]
    return streak


def _practise(run: Run) -> None:
    """Make today a met day with the second printed call."""
    answer = json.loads(paste(run.calls[1]))
    assert [result["status"] for result in answer["results"]] == ["accepted"], answer


def _first_calls(folder: Path, url: str) -> str:
    """The first calls of the README, for the Milepost at `url` with this data folder."""
    section = README.read_text("utf-8").split("## First calls", 1)[1]
    milepost = f"{sys.executable} -m milepost.cli token --data {folder}"
    return (
        section.split("```")[1].removeprefix("sh\n").replace(".venv/bin/milepost token", milepost).replace(ADDRESS, url)
    )


def _refusal(run: Run) -> str:
    """The output of a run that did not start."""
    assert run.wait_exit() == 1
    assert "Traceback" not in run.said
    return run.said


def test_the_printed_calls_work(start: Start) -> None:
    """On a new folder; a second start on it is refused and does not disturb the first."""
    run = start()
    url = run.wait_ready()
    assert url == f"http://127.0.0.1:{run.port}"
    assert len(run.calls) == 3
    before = json.loads(paste(run.calls[0]))
    assert before["streak"]["current_streak"] == 0
    _practise(run)
    assert _streak(run) == 1
    repeated = json.loads(paste(run.calls[1]))
    assert repeated["results"][0]["status"] == "duplicate"
    refused = _refusal(start())
    assert f"in use by process {run.process.pid}." in refused
    assert "--data" in refused
    assert httpx.get(f"{url}/readyz").status_code == 200


def test_S17_the_address_lets_a_person_choose_whom_to_be(used_folder: Path, start: Start) -> None:
    run = start()
    url = run.wait_ready()
    assert run.said.index("Open this address in a browser") < run.said.index("Token of")
    page = httpx.get(f"{url}/", headers={"Accept": "text/html"})
    assert (page.status_code, page.headers["Cache-Control"]) == (200, "no-store")
    choices = httpx.get(f"{url}/sign-in/demo").json()
    assert [learner["learner_id"] for learner in choices["learners"]] == ["ada"], "no others were loaded"
    token = httpx.post(f"{url}/sign-in/demo", json={"learner_id": "ada"}).json()["token"]
    assert httpx.get(f"{url}/api/me", headers={"Authorization": f"Bearer {token}"}).status_code == 200
    rebound = httpx.get(f"{url}/sign-in/demo", headers={"Host": f"tutor.example:{run.port}"})
    assert rebound.status_code == 404


def test_a_stop_while_the_demo_is_loaded_is_heeded_and_the_next_start_finishes_it(start: Start, folder: Path) -> None:
    first = start(with_demo=True)
    while "Loading 28 demo learners" not in first.said:
        assert first.process.poll() is None, first.said
        time.sleep(0.05)
    family = first.family()
    first.process.terminate()
    assert first.wait_exit() == 0, first.said
    assert_gone(family)
    assert "Milepost is ready" not in first.said

    second = start(with_demo=True)
    url = second.wait_ready()
    assert "Token of the learner ada, " in second.said
    assert json.loads(paste(second.calls[0]))["exercises_completed"] > 300
    _practise(second)
    answers = paste(_first_calls(folder, url))
    assert answers.count('"accepted"') == 1, answers
    assert len(re.findall(r'"exercises_completed":\s*[3-9]\d\d,', answers)) == 2, answers  # by ada and by root
    tokens = second.said.split("Token of the ")[1:]
    service, administrator = (token.splitlines()[1] for token in tokens[1:])
    for token, path in (
        (service, "/api/progress"),
        (administrator, "/api/progress"),
        (administrator, "/api/admin/jobs"),
    ):
        headers = {"Authorization": f"Bearer {token}"}
        query = {} if "admin" in path else {"learner_id": "ada"}
        assert httpx.get(f"{url}{path}", params=query, headers=headers).status_code == 200


def test_sigterm_ends_everything_and_the_next_start_finds_the_data(used_folder: Path, start: Start) -> None:
    first = start()
    first.wait_ready()
    _practise(first)
    family = first.family()
    names = {process.name() for process in family}
    assert {"postgres", "redis-server"} <= names
    first.process.terminate()
    assert first.wait_exit() == 0, first.said
    assert_gone(family)

    second = start()
    second.wait_ready()
    assert _streak(second) == 1
    old_token = first.calls[2].replace(f":{first.port}/", f":{second.port}/")
    assert json.loads(paste(old_token))["current_streak"] == 1, "the secret was kept"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGHUP])
def test_ctrl_c_and_a_closed_terminal_end_everything_too(
    used_folder: Path, start: Start, number: signal.Signals
) -> None:
    run = start()
    run.wait_ready()
    family = run.family()
    run.process.send_signal(number)
    assert run.wait_exit() == 0, run.said
    assert_gone(family)


def test_kill_9_of_everything_loses_nothing_and_blocks_nothing(used_folder: Path, start: Start) -> None:
    first = start()
    first.wait_ready()
    _practise(first)
    first.kill_everything()

    second = start()
    second.wait_ready()
    assert _streak(second) == 1


# Each comes later in a first start than the one before, so a start that reaches it was not blocked by the last kill.
MOMENTS = ("postgres/unfinished/base", "postgres/files/postmaster.pid", "redis", "logs/api.log")


def test_kill_9_in_the_middle_of_a_first_start_blocks_nothing(start: Start, folder: Path) -> None:
    for moment in MOMENTS:
        assert not (folder / moment).exists(), moment
        killed = start()
        _wait_until((folder / moment).exists)
        killed.kill_everything()

    last = start()
    last.wait_ready()
    _practise(last)
    assert _streak(last) == 1


def test_kill_9_of_the_supervisor_takes_its_children_with_it(used_folder: Path, start: Start) -> None:
    first = start()
    first.wait_ready()
    _practise(first)
    family = first.family()
    first.process.kill()
    second = start()
    second.wait_ready()
    assert _streak(second) == 1
    assert_gone(family)


def test_a_process_id_file_that_names_another_process_blocks_nothing(used_folder: Path, start: Start) -> None:
    first = start()
    first.wait_ready()
    file = used_folder / "postgres/files/postmaster.pid"
    content = file.read_text()
    first.kill_everything()
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as other_process:
        file.write_text("\n".join([str(other_process.pid), *content.splitlines()[1:]]))
        second = start()
        second.wait_ready()
        assert other_process.poll() is None, "another process with the same id is left alone"
        assert other_process.stdin is not None
        other_process.stdin.close()


def test_an_interrupted_start_leaves_nothing_behind(start: Start, folder: Path) -> None:
    first = start()
    _wait_until((folder / "postgres").exists)
    family = first.family()
    first.process.terminate()
    assert first.wait_exit() == 0, first.said
    assert_gone(family)
    start().wait_ready()


def test_a_port_in_use_is_named(start: Start, folder: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        refused = _refusal(start("--port", str(port)))
    assert f"Port {port} of 127.0.0.1" in refused
    assert "--port" in refused
    assert not (folder / "postgres").exists(), "noticed before anything is started"


@pytest.mark.parametrize(
    ("variable", "address"),
    [
        ("MILEPOST_DATABASE_URL", "postgresql://milepost:topsecret@127.0.0.1:{port}/milepost"),
        ("MILEPOST_REDIS_URL", "redis://:topsecret@127.0.0.1:{port}/0"),
    ],
)
def test_an_unreachable_server_is_named_with_a_remedy(start: Start, folder: Path, variable: str, address: str) -> None:
    refused = _refusal(start(**{variable: address.format(port=free_port())}))
    assert variable in refused
    assert f"without {variable} Milepost starts" in refused
    assert "topsecret" not in refused
    assert not (folder / "postgres").exists(), "noticed before anything is started"


def test_configured_servers_are_used_and_left_running(
    start: Start, folder: Path, database_url: str, redis_url: str
) -> None:
    run = start(MILEPOST_DATABASE_URL=database_url, MILEPOST_REDIS_URL=redis_url)
    run.wait_ready()
    _practise(run)
    assert {process.name() for process in run.family()}.isdisjoint({"postgres", "redis-server"})
    assert not (folder / "postgres").exists()
    run.end()
    again = start(MILEPOST_DATABASE_URL=database_url, MILEPOST_REDIS_URL=redis_url)
    again.wait_ready()
    assert _streak(again) == 1


def test_a_data_folder_that_is_a_file_is_named(start: Start, folder: Path) -> None:
    folder.write_text("somebody's file")
    refused = _refusal(start())
    assert str(folder) in refused
    assert "--data" in refused


@pytest.mark.parametrize("command", ["serve", "worker", "migrate"])
def test_commands_without_a_database_say_so(command: str) -> None:
    url = f"postgresql://milepost@127.0.0.1:{free_port()}/milepost"
    environment = {**clean_environment(), "MILEPOST_DATABASE_URL": url}
    done = subprocess.run(
        [sys.executable, "-m", "milepost.cli", command], capture_output=True, text=True, env=environment, check=False
    )
    assert done.returncode == 1
    assert "The database of MILEPOST_DATABASE_URL cannot be used" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_process_that_dies_is_started_again(used_folder: Path, start: Start) -> None:
    run = start()
    run.wait_ready()
    _practise(run)
    names = {"worker": "worker", "redis-server": "redis", "postgres": "postgres", "serve": "api"}
    for name, child in names.items():
        killed = run.child(name)
        killed.kill()
        _wait_until(functools.partial(_has_restarted, run, child))
        assert run.child(name).pid != killed.pid
        _wait_until(functools.partial(_is_ready, run))
        assert _streak(run) == 1
    assert run.said.count("was restarted.") == len(names), f"no other process ended:\n{run.said}"


def _wait_until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def _has_restarted(run: Run, name: str) -> bool:
    return f"{name} was restarted." in run.said


def _is_ready(run: Run) -> bool:
    try:
        return httpx.get(f"http://127.0.0.1:{run.port}/readyz", timeout=5.0).status_code == 200
    except httpx.TransportError:
        return False
