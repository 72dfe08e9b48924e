"""An outage reaches all learners even if its worker is killed and another continues; readers see no difference."""

import time
from datetime import UTC, datetime, timedelta

import httpx

from milepost.db.database import open_database
from milepost.services.rebuild.check import check, outages_are_settled
from milepost.settings import Settings, load_policy
from oracles.comparison import run_apart
from support.builders import bearer, exercise, mint, new_learner
from support.callers import Json
from support.servers import MilepostProcess, Processes

LEARNERS = 500
_PATIENCE_SECONDS = 60.0


def _ask(
    api: MilepostProcess, method: str, path: str, role: str, *, json: object = None, about: str | None = None
) -> Json:
    """Send a request and return its body; asserts status 200. `about` names a learner."""
    params = {} if about is None else {"learner_id": about}
    headers = bearer(mint("somebody", [role]))
    answer = httpx.request(method, f"{api.url}/api{path}", headers=headers, timeout=30, json=json, params=params)
    assert answer.status_code == 200, answer.text
    body: Json = answer.json()
    return body


def _learners_with_a_gap(api: MilepostProcess, today: datetime) -> list[str]:
    """Learners who practised four, three and one day ago."""
    learners = [new_learner() for _ in range(LEARNERS)]
    activities = [
        exercise(today - timedelta(days=days), learner_id=learner) for learner in learners for days in (4, 3, 1)
    ]
    for start in range(0, len(activities), 900):
        _ask(api, "POST", "/activities", "service", json={"activities": activities[start : start + 900]})
    return learners


def _longest(api: MilepostProcess, learners: list[str]) -> set[int]:
    overviews = [_ask(api, "GET", "/progress", "service", about=learner) for learner in learners]
    return {overview["streak"]["longest_streak"] for overview in overviews}


def _wait_until(api: MilepostProcess, member: str, minimum: int) -> None:
    """Wait until at least `minimum` learners are done or, for `finished_at`, until all are."""
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while True:
        shown = _ask(api, "GET", "/admin/outages", "admin")["settling"][member]
        if shown and (member == "finished_at" or shown >= minimum):
            return
        assert time.monotonic() < deadline, "the outage makes no progress"
        time.sleep(0.02)


def test_an_outage_reaches_every_learner_although_its_worker_is_killed(
    processes: Processes, settings: Settings, database_url: str
) -> None:
    api, today = processes.api(), datetime.now(UTC)
    learners = _learners_with_a_gap(api, today)
    down = {"starts_at": (today - timedelta(days=2)).isoformat(), "reason": "a broken disk"}
    down["ends_at"] = (today - timedelta(days=2) + timedelta(seconds=1)).isoformat()
    draft = _ask(api, "POST", "/admin/outages", "admin", json=down)
    assert draft["dry_run"] == {
        "learners": LEARNERS,
        "looked_at": LEARNERS,
        "excused": LEARNERS,
        "lengthened": LEARNERS,
    }
    assert _longest(api, learners[:5]) == {2}
    _ask(api, "POST", f"/admin/outages/{draft['id']}/activate", "admin")
    assert _longest(api, learners[:10]) == {3}

    first = processes.worker()
    _wait_until(api, "learners_done", 1)
    first.end()
    assert _longest(api, learners[::50]) == {3}
    processes.worker()
    _wait_until(api, "finished_at", 1)
    assert _longest(api, learners[::50]) == {3}

    async def stored_state() -> tuple[list[tuple[int, int, int]], bool, list[str]]:
        async with open_database(settings) as database:
            async with database.read() as connection:
                rows = await connection.fetch("SELECT longest, outage_seen, count(*) FROM learners GROUP BY 1, 2")
            differences = [str(row) async for step in check(database, load_policy()) for row in step.differences]
            return [tuple(row) for row in rows], await outages_are_settled(database), differences

    assert run_apart(stored_state()) == ([(3, 1, LEARNERS)], True, [])
