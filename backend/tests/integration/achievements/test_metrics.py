"""Every metric that day sums date, over HTTP: declared is enough for it to unlock, to be dated, and to be forecast."""

from datetime import timedelta

import pytest
from quart.typing import TestClientProtocol as Client

from milepost.rules.achievements.metrics import METRICS
from support.builders import exercise, new_learner
from support.callers import Caller, Json, service
from support.catalogues import condition, entry, put_in_force
from support.clock import START, AdjustableClock

DAY = timedelta(days=1)
DAY_SUMS = [metric.name for metric in METRICS if metric.dated_by == "day_sums"]
FILTERED = [metric.name for metric in METRICS if metric.dated_by == "day_sums" and metric.takes_where]


def code(name: str) -> str:
    return name.replace("_", "-")


@pytest.fixture(autouse=True)
def _at_the_start(clock: AdjustableClock) -> None:
    """Every test begins at START."""


def one_of_each(days_ago: int, **fields: object) -> dict[str, object]:
    """An exercise that adds 1 to every metric that day sums date."""
    return exercise(START - days_ago * DAY, value=100, hints_used=0, points=1, duration_seconds=60, **fields)


async def unlocked(caller: Caller, learner: str) -> dict[str, str]:
    """Codes of what is unlocked, with the day each was earned on."""
    shown: list[Json] = (await caller.get("/progress/achievements", learner_id=learner)).ok()["achievements"]
    return {one["code"]: one["earned_on"] for one in shown if one["unlocked"]}


async def test_each_unlocks_at_its_threshold_on_the_day_that_reached_it(database_url: str, client: Client) -> None:
    await put_in_force(
        database_url,
        *(entry(code(name), condition(name, 3)) for name in DAY_SUMS),
        *(entry(f"{code(name)}-in-loops", condition(name, 3, topic="loops")) for name in FILTERED),
    )
    learner, teacher = new_learner(), service(client)
    codes = {*map(code, DAY_SUMS), *(f"{code(name)}-in-loops" for name in FILTERED)}
    await teacher.record_all(one_of_each(9), one_of_each(7), learner_id=learner)
    assert await unlocked(teacher, learner) == {}
    body = await teacher.record_all(one_of_each(2), learner_id=learner)
    assert {one["code"] for one in body["learners"][0]["unlocked"]} == codes
    third = (START - 2 * DAY).date().isoformat()
    assert await unlocked(teacher, learner) == dict.fromkeys(codes, third)
    await teacher.record_all(one_of_each(5), learner_id=learner)
    assert await unlocked(teacher, learner) == dict.fromkeys(codes, (START - 5 * DAY).date().isoformat())


@pytest.mark.parametrize("name", DAY_SUMS)
async def test_each_is_forecast_by_its_pace(database_url: str, client: Client, name: str) -> None:
    await put_in_force(database_url, entry(code(name), condition(name, 100)))
    learner, teacher = new_learner(), service(client)
    await teacher.record_all(*(one_of_each(days) for days in range(1, 40)), learner_id=learner)
    shown = (await teacher.get("/progress/predictions", learner_id=learner)).ok()["next_achievement"]
    assert (shown["metric"], shown["now"], shown["needed"]) == (name, 39, 100)
    assert shown["estimate"]["state"] in ("expected", "unlikely"), shown
