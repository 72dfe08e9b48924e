"""`milepost serve --processes N`: processes that die are replaced, all are at SIGHUP, and no request is lost by it."""

import contextlib
import random
import shutil
import signal
import time
from collections.abc import Callable
from pathlib import Path

import httpx
import psutil
import pytest

from oracles.comparison import assert_counted
from support.builders import bearer, mint, new_learner
from support.servers import MilepostProcess, Processes
from support.traffic import Delivery, Load, deliver_until_acknowledged, service_activities

CONFIG = Path(__file__).parents[3] / "config"
_PATIENCE_SECONDS = 60.0


def _children(api: MilepostProcess) -> set[int]:
    """The processes that serve."""
    found = set()
    for child in psutil.Process(api.process.pid).children():
        with contextlib.suppress(psutil.NoSuchProcess):
            if any("spawn_main" in part for part in child.cmdline()):
                found.add(child.pid)
    return found


def _wait_until(true: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while not true():
        assert time.monotonic() < deadline, what
        time.sleep(0.1)


def _have_ended(pids: set[int]) -> bool:
    alive = [pid for pid in pids if psutil.pid_exists(pid)]
    return all(psutil.Process(pid).status() == psutil.STATUS_ZOMBIE for pid in alive)


def _deliveries(learners: list[str], count: int, chance: random.Random) -> list[Delivery]:
    service = mint("exercises", ["service"])
    return [Delivery(service, service_activities(chance.choice(learners), 1, chance)) for _ in range(count)]


def _assert_all_counted(database_url: str, deliveries: list[Delivery]) -> None:
    told: dict[str, list[dict[str, object]]] = {}
    for delivery in deliveries:
        for one in delivery.activities:
            told.setdefault(one["learner_id"], []).append(one)
    assert_counted(database_url, told)


def test_all_are_replaced_under_load_without_a_failed_request(processes: Processes, database_url: str) -> None:
    chance = random.Random(17)
    api = processes.api("--processes", "2")
    before = _children(api)
    assert len(before) == 2
    deliveries = _deliveries([new_learner() for _ in range(5)], 3_000, chance)
    load = Load([api.url], deliveries)
    load.wait_for_answers(100)
    api.send(signal.SIGHUP)
    _wait_until(lambda: len(_children(api)) == 2 and not before & _children(api), "both are replaced")
    answers = load.finish()
    assert [answer.status for answer in answers if not answer.is_acknowledged] == []
    assert len(answers) == len(deliveries)
    _assert_all_counted(database_url, deliveries)


def test_metrics_are_those_of_all_processes(processes: Processes) -> None:
    """Also of those that are gone: a counter never falls."""
    api = processes.api("--processes", "2")

    def sent_and_shown() -> tuple[int, float]:
        seen = sum(_read_alone(api, f"learner {number}") for number in range(40))
        lines = httpx.get(f"{api.url}/metrics").text.splitlines()
        names = [f'milepost_cache_{what}_total{{cache="answers"}}' for what in ("hits", "misses")]
        return seen, sum(float(line.split()[1]) for line in lines if line.split()[0] in names)

    assert sent_and_shown() == (40, 40)
    before = _children(api)
    psutil.Process(min(before)).kill()
    _wait_until(lambda: len(_children(api)) == 2 and _children(api) != before, "it is replaced")
    api.wait_ready()
    assert sent_and_shown() == (40, 80)


def _read_alone(api: MilepostProcess, learner: str) -> bool:
    """Read the overview on a connection of its own, so that any process may answer."""
    return httpx.get(f"{api.url}/api/progress", headers=bearer(mint(learner))).status_code == 200


def _under_load(processes: Processes, activities: int) -> tuple[MilepostProcess, set[int], list[Delivery], Load]:
    """An API of two processes, their ids, and activities of a learner, of which some are answered already."""
    api = processes.api("--processes", "2")
    children = _children(api)
    deliveries = _deliveries([new_learner()], activities, random.Random(activities))
    load = Load([api.url], deliveries)
    load.wait_for_answers(50)
    return api, children, deliveries, load


def test_one_that_dies_is_replaced_and_the_other_serves_on(processes: Processes, database_url: str) -> None:
    api, before, deliveries, load = _under_load(processes, 600)
    victim = min(before)
    psutil.Process(victim).kill()
    lost = [answer.delivery for answer in load.finish() if not answer.is_acknowledged]
    assert len(lost) <= 8, "only what was on connections of the killed process"
    _wait_until(lambda: len(_children(api)) == 2 and victim not in _children(api), "it is replaced")
    deliver_until_acknowledged(api.url, lost)
    _assert_all_counted(database_url, deliveries)


def test_sigterm_ends_all_in_order(processes: Processes, database_url: str) -> None:
    api, children, _, load = _under_load(processes, 1_000)
    api.send(signal.SIGTERM)
    assert api.wait_exit() == 0
    assert _have_ended(children)
    acknowledged = [answer.delivery for answer in load.finish() if answer.is_acknowledged]
    assert len(acknowledged) >= 50
    _assert_all_counted(database_url, acknowledged)


def test_none_outlives_a_supervisor_that_was_killed(processes: Processes) -> None:
    api = processes.api("--processes", "2")
    children = _children(api)
    api.send(signal.SIGKILL)
    _wait_until(lambda: _have_ended(children), "they end")
    with pytest.raises(httpx.TransportError):
        httpx.get(f"{api.url}/livez")


def test_a_port_in_use_is_named(processes: Processes) -> None:
    first = processes.api("--processes", "2")
    port = first.url.rpartition(":")[2]
    second = processes.start("serve", "--processes", "2", MILEPOST_PORT=port)
    assert second.wait_exit() == 1
    assert f"The API cannot listen on 127.0.0.1, port {port}: Address already in use." in second.log.read_text("utf-8")
    assert httpx.get(f"{first.url}/readyz").status_code == 200


def test_what_cannot_start_is_not_tried_for_ever(processes: Processes, tmp_path: Path) -> None:
    """Each process reads the policy; a faulty one is named, and the command ends."""
    folder = tmp_path / "config"
    shutil.copytree(CONFIG, folder)
    (folder / "policy.toml").write_text("[streaks]\n")
    api = processes.start("serve", "--processes", "2", MILEPOST_CONFIG_DIR=str(folder))
    assert api.wait_exit() == 1
    assert "policy.toml: " in api.log.read_text("utf-8")
