"""No acknowledged activity is lost or counted twice, whichever process is killed under load."""

import random
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import httpx
import pytest

from oracles.comparison import assert_counted, stored_ids
from support.builders import SECRET, bearer, mint, new_learner
from support.fault_servers import BreakablePostgres
from support.figures import Figure
from support.servers import Processes
from support.traffic import (
    NO_ANSWER,
    Answer,
    Delivery,
    Load,
    Raw,
    deliver,
    deliver_until_acknowledged,
    service_activities,
    split_into_deliveries,
)

Told = dict[str, list[Raw]]


@pytest.fixture
def own_processes(own_postgres: BreakablePostgres, redis_url: str, tmp_path: Path) -> Iterator[Processes]:
    """Milepost's processes on that PostgreSQL."""
    environment = {"MILEPOST_DATABASE_URL": own_postgres.url, "MILEPOST_REDIS_URL": redis_url}
    started = Processes({**environment, "MILEPOST_JWT_SECRET": SECRET}, tmp_path)
    yield started
    started.end()


def _load(chance: random.Random, learners: int, each: int) -> tuple[Told, list[Delivery]]:
    """Mixed histories of several learners, as singles and batches; large batches take the other intake lane."""
    told = {learner: service_activities(learner, each, chance) for learner in (new_learner() for _ in range(learners))}
    mixed = [activity for activities in told.values() for activity in activities]
    chance.shuffle(mixed)
    return told, split_into_deliveries(mixed, chance, [1, 1, 1, 1, 1, 1, 2, 10, 120])


def _ids(answers: Sequence[Answer]) -> set[str]:
    """The ids of acknowledged activities."""
    return {str(result["id"]) for answer in answers if answer.is_acknowledged for result in answer.results}


def _not_taken(answers: Sequence[Answer]) -> list[Delivery]:
    return [answer.delivery for answer in answers if not answer.is_acknowledged]


def _assert_overviews(url: str, told: Told) -> None:
    """Assert that overviews show exactly the exercises in the log, each counted once."""
    service = bearer(mint("exercises", ["service"]))
    for learner, activities in told.items():
        shown = httpx.get(f"{url}/api/progress", params={"learner_id": learner}, headers=service).json()
        assert shown["exercises_completed"] == sum(one["object_type"] == "exercise" for one in activities)
        assert shown["points"] == sum(10 if one["object_type"] == "exercise" else 1 for one in activities)


@pytest.mark.parametrize("seed", [1, 2])
def test_R01_killing_the_api_under_load_loses_and_doubles_nothing(
    processes: Processes, database_url: str, figure: Figure, long: bool, seed: int
) -> None:
    chance = random.Random(seed)
    told, deliveries = _load(chance, learners=8, each=2_000 if long else 250)
    api = processes.api()
    load = Load([api.url], deliveries, connections=16)
    load.wait_for_answers(chance.randrange(20, len(deliveries) // 2))
    api.end()
    answers = load.finish()
    assert {answer.status for answer in answers} == {200, NO_ANSWER}, "killed under load"

    acknowledged = _ids(answers)
    assert acknowledged <= stored_ids(database_url, list(told))
    second = processes.api()
    deliver_until_acknowledged(second.url, _not_taken(answers))
    repeated = deliver([second.url], [answer.delivery for answer in answers if answer.is_acknowledged][:50])
    assert {result["status"] for answer in repeated for result in answer.results} == {"duplicate"}
    assert_counted(database_url, told)
    _assert_overviews(second.url, told)
    figure(f"killed after {len(acknowledged)} acknowledged activities, 0 lost, 0 doubled")


def test_R02_killing_the_database_under_load_loses_and_doubles_nothing(
    own_postgres: BreakablePostgres, own_processes: Processes, figure: Figure, long: bool
) -> None:
    chance = random.Random(3)
    told, deliveries = _load(chance, learners=8, each=2_000 if long else 250)
    api = own_processes.api()
    load = Load([api.url], deliveries, connections=16)
    load.wait_for_answers(len(deliveries) // 4)
    assert _reads(api.url, next(iter(told))) == {200}
    own_postgres.kill()
    assert _reads(api.url, next(iter(told))) == {503}
    answers = load.finish()
    refused = [answer for answer in answers if answer.status != 200]
    assert {answer.status for answer in refused} == {503}, "killed under load, and answered with nothing worse than 503"
    for answer in refused:
        assert answer.body["code"] in ("database_unavailable", "intake_busy"), answer.body
        assert int(answer.retry_after or 0) >= 1
    assert _reads(api.url, next(iter(told))) == {503}
    assert httpx.get(f"{api.url}/readyz").status_code == 503
    assert httpx.get(f"{api.url}/livez").status_code == 200

    own_postgres.restart()
    assert _ids(answers) <= stored_ids(own_postgres.url, list(told))
    _wait_until_ready(api.url)
    deliver_until_acknowledged(api.url, _not_taken(answers))
    assert_counted(own_postgres.url, told)
    _assert_overviews(api.url, told)
    figure(f"killed after {len(_ids(answers))} acknowledged activities, 0 lost, 0 doubled")


def _reads(url: str, learner: str) -> set[int]:
    """The statuses of reads of every kind; asserts that each 503 has a Retry-After."""
    with httpx.Client(base_url=url, headers=bearer(mint("exercises", ["service"]))) as client:
        paths = ("/api/progress/streak", "/api/progress", "/api/progress/skill-levels", "/api/activities")
        answers = [client.get(path, params={"learner_id": learner}) for path in paths]
    assert all("Retry-After" in answer.headers for answer in answers if answer.status_code == 503)
    return {answer.status_code for answer in answers}


def _wait_until_ready(url: str) -> None:
    deadline = time.monotonic() + 30
    while httpx.get(f"{url}/readyz").status_code != 200:
        assert time.monotonic() < deadline, "the API has not reconnected to its database"
        time.sleep(0.05)
