"""Concurrent writes equal sequential ones: two API processes, many connections, one or many learners."""

import random
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from oracles.achievements import DAY_DEPENDENT
from oracles.comparison import assert_counted, projections, run_apart, stored_ids, told_unlocks
from support.builders import SECRET, activity, bearer, exercise, mint, new_learner
from support.catalogues import DAY_SUM_ENTRIES, put_in_force
from support.figures import Figure
from support.servers import MilepostProcess, Processes
from support.traffic import Answer, Delivery, Raw, deliver, own_practice, service_activities, split_into_deliveries

ZONE = "Europe/Berlin"
# Without achievements that depend on days: while a zone is only assumed, more of them may be unlocked.
ACHIEVEMENTS = [entry for entry in DAY_SUM_ENTRIES if not any(metric in str(entry["rule"]) for metric in DAY_DEPENDENT)]


@pytest.fixture(scope="module")
def apis(
    database_url: str, redis_url: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[list[MilepostProcess]]:
    """Two API processes on the same servers, with achievements to earn."""
    run_apart(put_in_force(database_url, *ACHIEVEMENTS))
    environment = {"MILEPOST_DATABASE_URL": database_url, "MILEPOST_REDIS_URL": redis_url}
    settings = {"MILEPOST_JWT_SECRET": SECRET, "MILEPOST_LOG_LEVEL": "info"}
    processes = Processes({**environment, **settings}, tmp_path_factory.mktemp("apis"))
    yield [processes.api() for _ in range(2)]
    processes.end()


def _logs(apis: Sequence[MilepostProcess]) -> str:
    """The logs of both processes."""
    logs = "".join(api.log.read_text() for api in apis)
    assert '"event":"request"' in logs, "requests are in the log"
    return logs


def _urls(apis: Sequence[MilepostProcess]) -> list[str]:
    return [api.url for api in apis]


def _statuses(answers: Sequence[Answer]) -> Counter[str]:
    return Counter(str(result["status"]) for answer in answers for result in answer.results)


def _assert_all_acknowledged(answers: Sequence[Answer]) -> None:
    assert [answer for answer in answers if not answer.is_acknowledged] == []


def test_R06_one_id_many_times_at_once_has_one_effect(apis: list[MilepostProcess], database_url: str) -> None:
    service = mint("exercises", ["service"])
    for size in (1, 1, 1, 120):
        learner = new_learner()
        activities = service_activities(learner, size, random.Random(size))
        answers = deliver(_urls(apis), [Delivery(service, activities)] * 20, connections=10)
        assert [answer.status for answer in answers] == [200] * 20
        assert _statuses(answers) == {"accepted": size, "duplicate": 19 * size}
        learners = [row for answer in answers for row in answer.body["learners"]]
        assert len({str(learner_after["streak"]) for learner_after in learners}) == 1, "a repeat gets the first answer"
        assert len({learner_after["points"] for learner_after in learners}) == 1
        assert_counted(database_url, {learner: activities})


def test_R06_one_id_with_many_contents_at_once_keeps_one(apis: list[MilepostProcess], database_url: str) -> None:
    learner = new_learner()
    service = mint("exercises", ["service"])
    at = datetime.now(UTC) - timedelta(hours=1)
    variants = [exercise(at, id="contested", learner_id=learner, value=value) for value in range(20)]
    answers = deliver(_urls(apis), [Delivery(service, [variant]) for variant in variants], connections=10)
    assert _statuses(answers) == {"accepted": 1, "conflict": 19}
    assert {answer.status for answer in answers} == {200, 409}
    losers = [result for answer in answers if answer.status == 409 for result in answer.results]
    assert {tuple(result["fields"]) for result in losers} == {("value",)}
    winner = next(answer.delivery.activities[0] for answer in answers if answer.status == 200)
    assert_counted(database_url, {learner: [winner]})


def test_R07_one_idempotency_key_a_hundred_times_at_once_is_one_execution(
    apis: list[MilepostProcess], database_url: str
) -> None:
    learner = new_learner()
    repeated = exercise(datetime.now(UTC) - timedelta(hours=1), id=None, learner_id=learner)
    delivery = Delivery(mint("exercises", ["service"]), [repeated], {"Idempotency-Key": "the-only-one"})
    answers = deliver(_urls(apis), [delivery] * 100, connections=50)
    assert [answer.status for answer in answers] == [200] * 100
    assert _statuses(answers) == {"accepted": 1, "duplicate": 99}
    assert {str(result["id"]) for answer in answers for result in answer.results} == {"the-only-one"}
    assert_counted(database_url, {learner: [repeated | {"id": "the-only-one"}]})


def test_R07_one_key_over_two_processes_creates_once(apis: list[MilepostProcess]) -> None:
    token = mint(new_learner())
    keyed = bearer(token) | {"Idempotency-Key": "once"}

    def create(number: int) -> tuple[int, str]:
        url = _urls(apis)[number % 2]
        answer = httpx.post(f"{url}/api/tasks", json={"title": "read"}, headers=keyed, timeout=30)
        return answer.status_code, answer.text

    with ThreadPoolExecutor(20) as threads:
        answers = set(threads.map(create, range(100)))
    ((status, body),) = answers
    assert status == 200, body
    tasks = httpx.get(f"{_urls(apis)[0]}/api/tasks", headers=bearer(token)).json()["tasks"]
    assert [task["title"] for task in tasks] == ["read"]


def test_R06_one_once_key_of_many_ids_at_once_counts_once(apis: list[MilepostProcess], database_url: str) -> None:
    learner = new_learner()
    at = datetime.now(UTC) - timedelta(hours=1)
    tries = [exercise(at, learner_id=learner, once_key="exercise-7", duration_seconds=60) for _ in range(40)]
    answers = deliver(_urls(apis), split_into_deliveries(tries, random.Random(7), [1, 2, 5]), connections=8)
    _assert_all_acknowledged(answers)
    results = [result for answer in answers for result in answer.results]
    assert Counter(result.get("not_counted") for result in results) == {None: 1, "once_key": 39}
    row = projections(database_url, learner)["learner"]
    assert (row["activities"], row["exercises"], row["seconds"], row["points"]) == (40, 1, 2_400, 10)


def test_R10_many_writers_on_one_learner_equal_one_after_another(
    apis: list[MilepostProcess], database_url: str, long: bool, figure: Figure
) -> None:
    chance = random.Random(10)
    together, alone = new_learner(), new_learner()
    by_sender = _activities_by_sender(together, chance, 6_000 if long else 900)
    writers = _written_by_many(together, by_sender, chance)
    before = _logs(apis).count("Deadlock")
    answers = deliver(_urls(apis), writers, connections=32)
    assert _logs(apis).count("Deadlock") == before
    _assert_all_acknowledged(answers)
    distinct = [activity for activities in by_sender.values() for activity in activities]
    assert _statuses(answers)["accepted"] == len(distinct), "each is accepted once"
    assert_counted(database_url, {together: _with_senders(by_sender)}, ZONE)
    unlocked = projections(database_url, together)["unlocks"]
    assert set(unlocked) == {str(entry["code"]) for entry in ACHIEVEMENTS} - {"quiz-activities"}, "there are no quizzes"
    assert Counter(told_unlocks(database_url, together)) == Counter(unlocked.keys()), "each has one notice"

    in_turn = [
        Delivery(_token(sender, alone), [_of(alone, sender, activity) for activity in activities[place : place + 50]])
        for sender, activities in by_sender.items()
        for place in range(0, len(activities), 50)
    ]
    _assert_all_acknowledged(deliver(_urls(apis)[:1], in_turn, connections=1))
    assert projections(database_url, together) == projections(database_url, alone)
    figure(f"{len(writers)} requests with {len(distinct)} activities of one learner on 32 connections, 0 deadlocks")


def _activities_by_sender(learner: str, chance: random.Random, count: int) -> dict[str, list[Raw]]:
    """Activities of two services and the learner's own client, with mixed days.

    No two compete for a once-key: which of them comes first is the only thing order decides.
    """
    first = service_activities(learner, count // 2, chance)
    for number, raw in enumerate(first):
        if raw["object_type"] == "exercise" and number % 5 == 0:
            raw["once_key"] = f"exercise-{number}"
    return {
        "exercises": first,
        "quizzes": service_activities(learner, count // 3, chance),
        "learner": own_practice(80, chance),
    }


def _written_by_many(learner: str, by_sender: dict[str, list[Raw]], chance: random.Random) -> list[Delivery]:
    """Split into singles and batches of both lanes, each activity sent by two or three writers, shuffled."""
    writers = []
    for sender, activities in by_sender.items():
        sizes = [1, 1, 5] if sender == "learner" else [1, 1, 1, 3, 20, 150]
        for _ in range(2 if sender == "quizzes" else 3):
            chance.shuffle(activities)
            writers += split_into_deliveries(
                [_of(learner, sender, activity) for activity in activities], chance, sizes, _token(sender, learner)
            )
    chance.shuffle(writers)
    return writers


def _token(sender: str, learner: str) -> str:
    return mint(learner, zone=ZONE) if sender == "learner" else mint(sender, ["service"])


def _of(learner: str, sender: str, activity: Raw) -> Raw:
    """A copy of the activity that names this learner."""
    return dict(activity) if sender == "learner" else activity | {"learner_id": learner}


def _with_senders(by_sender: dict[str, list[Raw]]) -> list[Raw]:
    return [activity | {"sender": sender} for sender, activities in by_sender.items() for activity in activities]


def test_R10_many_learners_in_shuffled_batches_never_wait_in_a_circle(
    apis: list[MilepostProcess], database_url: str, long: bool
) -> None:
    chance = random.Random(11)
    histories = {
        learner: service_activities(learner, 400 if long else 60, chance)
        for learner in (new_learner() for _ in range(40))
    }
    mixed = [activity for activities in histories.values() for activity in activities]
    deliveries: list[Delivery] = []
    for _ in range(2):
        chance.shuffle(mixed)
        deliveries += split_into_deliveries(mixed, chance, [1, 30, 60, 100, 200, 400])
    chance.shuffle(deliveries)
    before = _logs(apis).count("Deadlock")
    answers = deliver(_urls(apis), deliveries, connections=8)
    _assert_all_acknowledged(answers)
    assert _logs(apis).count("Deadlock") == before
    assert _statuses(answers) == {"accepted": len(mixed), "duplicate": len(mixed)}
    assert stored_ids(database_url, list(histories)) == {activity["id"] for activity in mixed}
    assert_counted(database_url, histories)


def test_R10_what_was_written_through_one_process_is_read_through_the_other(
    apis: list[MilepostProcess], long: bool
) -> None:
    learner = new_learner()
    own = bearer(mint(learner, zone=ZONE))
    service = bearer(mint("exercises", ["service"]))
    with httpx.Client(headers=own) as client:
        for written, activity in enumerate(service_activities(learner, 200 if long else 60, random.Random(12)), 1):
            writing, reading = apis if written % 2 else reversed(apis)
            answer = client.post(f"{writing.url}/api/activities", json=activity, headers=service).json()
            shown = client.get(f"{reading.url}/api/progress").json()
            assert shown["revision"] >= answer["learners"][0]["revision"]
            page = client.get(f"{reading.url}/api/activities", params={"limit": 200}).json()
            assert len(page["activities"]) == written


def test_R11_no_read_is_stale_whichever_process_answers(
    apis: list[MilepostProcess], long: bool, figure: Figure
) -> None:
    """Write, then read with the validator from before: always 200. Read again: 304, and the same bytes without it."""
    learner, chance = new_learner(), random.Random(13)
    at = datetime.now(UTC) - timedelta(hours=1)
    validators = dict.fromkeys(_urls(apis), "")
    unchanged = 0
    with httpx.Client(headers=bearer(mint(learner, zone=ZONE))) as client:
        for written in range(1, 5_001 if long else 501):
            writing, reading = chance.choice(_urls(apis)), chance.choice(_urls(apis))
            # A week, because a day counts at most 12 hours.
            sent = activity(at - timedelta(days=written % 7), duration_seconds=60)
            client.post(f"{writing}/api/activities", json=sent).raise_for_status()
            fresh = client.get(f"{reading}/api/progress", headers={"If-None-Match": validators[reading]})
            assert (fresh.status_code, fresh.json()["minutes"]) == (200, written)
            validators[reading] = fresh.headers["ETag"]
            if written % 5 == 0:
                for url in _urls(apis):
                    assert client.get(f"{url}/api/progress").content == fresh.content
                    again = client.get(f"{url}/api/progress", headers={"If-None-Match": validators[reading]})
                    unchanged += again.status_code == 304
    assert unchanged == 2 * (written // 5)
    figure(f"{written} reads after writes over two processes, 0 stale")


def test_R11_answers_kept_for_all_processes_are_never_stale(apis: list[MilepostProcess], long: bool) -> None:
    """A task changed through one process is in the next answer; both processes share unchanged answers."""
    chance, day = random.Random(14), datetime(2026, 3, 10, tzinfo=UTC)
    query = {"date_range": "2026-03-09..2026-03-11"}
    with httpx.Client(headers=bearer(mint(new_learner(), zone=ZONE))) as client:
        task = client.post(f"{apis[0].url}/api/tasks", json={"title": "read"}).json()
        validator = ""
        for written in range(1, 5_001 if long else 301):
            writing, reading = chance.choice(_urls(apis)), chance.choice(_urls(apis))
            minutes = 1 + written % 1_000
            slot = {"starts_at": day.isoformat(), "ends_at": (day + timedelta(minutes=minutes)).isoformat()}
            body = {"title": "read", "scheduled_slots": [slot]}
            client.put(f"{writing}/api/tasks/{task['task_id']}", json=body).raise_for_status()
            headers = {"If-None-Match": validator}
            fresh = client.get(f"{reading}/api/analytics/quick-stats", params=query, headers=headers)
            assert (fresh.status_code, fresh.json()["total_scheduled_minutes"]) == (200, minutes)
            validator = fresh.headers["ETag"]
            if written % 10 == 0:
                for url in _urls(apis):
                    assert client.get(f"{url}/api/analytics/quick-stats", params=query).content == fresh.content
        hits = [_hits(client.get(f"{url}/metrics").text) for url in _urls(apis)]
    assert sum(hits) == 2 * (written // 10)
    assert min(hits) > 0


def _hits(metrics: str) -> int:
    """The number of quick stats a process took from the cache."""
    name = 'milepost_cache_hits_total{cache="quick"} '
    return next(int(float(line.removeprefix(name))) for line in metrics.splitlines() if line.startswith(name))
