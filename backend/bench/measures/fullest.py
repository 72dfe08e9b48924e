"""P15: how long others wait while the fullest learner reads and writes everything in a circle, against quiet.

Others are a hundred learners who post an activity and read their overview over 4 connections. The figure is the 95th
percentile of their latency beside the fullest learner over that without, in the same round.
"""

import asyncio
import statistics
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from itertools import chain
from typing import TypeAlias
from uuid import UUID, uuid4

import httpx

from bench.fixtures.fullest_learner import DAYS, fill_fullest_learner
from bench.fixtures.workload import learner_ids, singles, yesterday
from bench.harness import load
from bench.harness.servers import Installation
from bench.measures.figures import Figure, Plan

CONNECTIONS = 4
TASKS = 4_000
_TASKS_ON_BUSIEST_DAY = 480
_MAX_REQUESTS_A_SECOND = 4_000
# A circle takes longer than a round of other measures.
_LONGER = 3
FLOOR, GOAL = 4.0, 2.0
_Request: TypeAlias = tuple[str, str, object]
READS = (
    "/tasks?limit=200",
    "/goals?with=progress",
    "/goals/progress",
    "/spaces",
    "/composite-goals",
    "/milestones",
    "/categories",
    "/activities?limit=200",
    f"/activities/summary?days={DAYS}",
    f"/activities/balance?by=path&days={DAYS}",
    "/progress",
    "/progress/streak",
    "/progress/achievements",
    f"/progress/history?days={DAYS}",
    "/progress/skill-levels",
    "/progress/statistics?period=all",
    "/progress/insights",
    "/progress/predictions",
    "/progress/recommendations",
    "/analytics/dashboard?period=monthly",
    "/notifications?limit=200",
    "/shares",
)


def fullest_learner(installed: Installation, plan: Plan) -> list[Figure]:
    """P15. The first round is not counted. The learner goes on where the round before has ended."""
    learner = str(uuid4())
    asyncio.run(fill_fullest_learner(installed.settings, UUID(learner), TASKS, _TASKS_ON_BUSIEST_DAY))
    circle = _circle()
    rounds: list[tuple[float, float]] = []
    for number in range(plan.rounds + 1):
        quiet_ms = _others_ms(installed, plan, f"fullest-{number}-quiet")
        with _going_round(installed, learner, circle):
            beside_ms = _others_ms(installed, plan, f"fullest-{number}-beside")
        rounds.append((quiet_ms, beside_ms))
        plan.say("P15: quiet {:.1f} ms, beside the fullest learner {:.1f} ms".format(*rounds[-1]))
    quiet, beside = (statistics.median(side) for side in zip(*rounds[1:], strict=True))
    ratios = [beside_ms / quiet_ms for quiet_ms, beside_ms in rounds[1:]]
    what = f"P95 of others beside the fullest learner, {CONNECTIONS} connections"
    note = f"{quiet:.1f} ms quiet, {beside:.1f} ms beside"
    return [Figure("P15", what, "quiet", 0.0, 0.0, ratios, FLOOR, GOAL, note=note, lower_is_better=True)]


def _others_ms(installed: Installation, plan: Plan, label: str) -> float:
    others = learner_ids("others", 100)
    service = installed.token("bench", "service")
    seconds = plan.seconds * _LONGER
    count = int(seconds * _MAX_REQUESTS_A_SECOND / 2)
    posts = (
        load.request("POST", "/api/activities", service, content)
        for content in singles(label, others, yesterday(), count)
    )
    tokens = [installed.token(other, "learner") for other in others]
    reads = (load.request("GET", "/api/progress", tokens[number % len(tokens)]) for number in range(count))
    requests = list(chain.from_iterable(zip(posts, reads, strict=True)))
    return load.run(installed.port, requests, CONNECTIONS, seconds).check().percentile_ms(95)


@contextmanager
def _going_round(installed: Installation, learner: str, circle: Iterator[_Request]) -> Iterator[None]:
    """Meanwhile the learner sends the requests of the circle, one after the other."""
    stopped = threading.Event()
    faults: list[str] = []
    thread = threading.Thread(target=_go_round, args=(installed, learner, circle, stopped, faults))
    thread.start()
    try:
        yield
    finally:
        stopped.set()
        thread.join()
    if faults:
        raise RuntimeError(f"the fullest learner was refused: {faults[0]}")


def _go_round(
    installed: Installation, learner: str, circle: Iterator[_Request], stopped: threading.Event, faults: list[str]
) -> None:
    headers = {"Authorization": f"Bearer {installed.token(learner, 'learner')}"}
    base = f"http://127.0.0.1:{installed.port}/api"
    with httpx.Client(base_url=base, headers=headers, timeout=30.0) as client:
        while not stopped.is_set():
            method, path, body = next(circle)
            answer = client.request(method, path, json=body)
            if answer.status_code not in (200, 409, 429):
                faults.append(f"{method} {path}: {answer.status_code} {answer.text[:200]}")
                return


def _circle() -> Iterator[_Request]:
    """Every write and every read, again and again."""
    while True:
        yield from _writes()
        yield from (("GET", path, None) for path in READS)


def _writes() -> list[_Request]:
    """A task on a hundred days, all focus slots of a day, a full batch of activities, and one more activity."""
    midnight = datetime.combine(datetime.now(UTC).date(), datetime.min.time(), UTC)
    days = [midnight - timedelta(days=4 * number + 1) for number in range(100)]
    slots = [_slot(day, 0) for day in days]
    practice = [_practice(midnight - timedelta(days=1, minutes=number)) for number in range(1_000)]
    return [
        ("POST", "/tasks", {"title": "everywhere", "scheduled_slots": slots}),
        ("PUT", f"/calendar-days/{midnight.date()}", {"focus_slots": [_slot(midnight, n) for n in range(100)]}),
        ("POST", "/activities", {"activities": practice}),
        ("POST", "/activities", practice[0]),
    ]


def _slot(start: datetime, number: int) -> dict[str, str]:
    begin = start + timedelta(minutes=10 * number)
    return {"starts_at": begin.isoformat(), "ends_at": (begin + timedelta(minutes=5)).isoformat()}


def _practice(at: datetime) -> dict[str, object]:
    name = str(uuid4())
    return {"id": name, "verb": "practised", "object_type": "session", "occurred_at": at.isoformat()}
