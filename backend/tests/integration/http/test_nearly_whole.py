"""Nearly is not whole, with counts so large that rounding would reach it."""

from datetime import timedelta

from quart.typing import TestClientProtocol as Client

from support.builders import activity, exercise, new_learner
from support.callers import Caller, service
from support.clock import START, AdjustableClock


async def test_a_space_that_lacks_two_of_two_thousand_tasks(client: Client, clock: AdjustableClock) -> None:
    ada, teacher = Caller(client, new_learner()), service(client)
    (await ada.post("/spaces", {"space_id": "algebra", "title": "Algebra", "planned_tasks": 2_000})).ok()
    done = {"object_type": "task", "verb": "completed", "space_id": "algebra", "value": 100}
    for first in (0, 999):
        tasks = [activity(clock.now(), object_id=f"task-{number}", **done) for number in range(first, first + 999)]
        await teacher.record_all(*tasks, learner_id=ada.subject)
    parts = (await ada.get("/spaces/algebra/progress")).ok()["parts"]
    assert parts["tasks"] == 99.9


async def test_a_goal_that_lacks_one_of_ten_thousand_points(client: Client, clock: AdjustableClock) -> None:
    ada = Caller(client, new_learner())
    goal = {"name": "Many", "target_type": "points", "time_period": "monthly", "target_value": 10_000}
    goal_id = (await ada.post("/goals", goal)).ok()["goal_id"]
    await service(client).record_all(exercise(START, points=9_999), learner_id=ada.subject)
    shown = (await ada.get(f"/goals/{goal_id}/progress")).ok()
    assert (shown["achieved_value"], shown["percent_complete"]) == (9_999, 99.99)
    clock.advance(days=25)
    closed = (await ada.get(f"/goals/{goal_id}/history")).ok()["periods"][-1]
    assert (closed["percent_complete"], closed["status"]) == (99.99, "missed")


async def test_one_pause_day_is_not_plural(client: Client, clock: AdjustableClock) -> None:
    ada = Caller(client, new_learner())
    day = (clock.now() + timedelta(days=10)).date().isoformat()
    (await ada.post("/me/pauses", {"first_day": day, "last_day": day})).ok()
    refused = (await ada.post("/me/pauses", {"first_day": day, "last_day": day})).body
    assert "A pause of 1 day is possible from" in refused["detail"], refused
