"""Two ways to write one value: integral fractions for whole numbers, and leap seconds."""

import pytest
from quart.typing import TestClientProtocol as Client

from support.builders import exercise, new_learner
from support.callers import Caller, Json, results_of, service
from support.clock import START, AdjustableClock

GOAL: Json = {"name": "g", "target_type": "minutes", "time_period": "daily"}
DEFINITION: Json = {
    "code": "integral",
    "title": "t",
    "description": "d",
    "category": "c",
    "tier": "bronze",
    "icon": "i",
}


@pytest.mark.parametrize(("name", "value"), [("duration_seconds", 60), ("hints_used", 2), ("points", 7)])
async def test_an_integral_fraction_is_the_same_activity(client: Client, name: str, value: int) -> None:
    learner, teacher = new_learner(), service(client)
    sent = exercise(START, id="a")
    await teacher.record_all({**sent, name: float(value)}, learner_id=learner)
    (stored,) = await teacher.feed(learner_id=learner)
    assert (stored[name], type(stored[name])) == (value, int)
    assert results_of(await teacher.record({**sent, name: value}, learner_id=learner), "status") == ["duplicate"]
    assert results_of(await teacher.record({**sent, name: value + 1.0}, learner_id=learner), "status") == ["conflict"]


@pytest.mark.parametrize(
    ("path", "body", "name"),
    [
        ("/goals", GOAL, "target_value"),
        ("/spaces", {"title": "s"}, "planned_tasks"),
        ("/spaces", {"title": "s"}, "planned_minutes"),
    ],
)
async def test_an_integral_fraction_in_other_bodies(client: Client, path: str, body: Json, name: str) -> None:
    ada = Caller(client, new_learner())
    created = (await ada.post(path, {**body, name: 30.0})).ok()
    assert (created[name], type(created[name])) == (30, int)
    for wrong in (30.5, "30", True):
        refused = await ada.post(path, {**body, name: wrong})
        refused.problem(422, "invalid_body")
        assert refused.pointers() == [f"/{name}"]


async def test_an_integral_fraction_in_a_definition(client: Client) -> None:
    root = Caller(client, "root", ["admin"])
    rule = {"metric": "exercises_completed", "at_least": 5.0}
    definition = {**DEFINITION, "points": 10.0, "rule": rule}
    (await root.post("/admin/achievements/import", {"achievements": [definition]})).ok()
    (stored,) = [
        one for one in (await root.get("/admin/achievements")).ok()["achievements"] if one["code"] == "integral"
    ]
    assert (stored["points"], type(stored["points"])) == (10, int)
    again = {**definition, "points": 10, "rule": {**rule, "at_least": 5}}
    assert (await root.post("/admin/achievements/import", {"achievements": [again]})).ok()["unchanged"] == 1


async def test_a_leap_second_belongs_to_the_day_that_ends(client: Client, clock: AdjustableClock) -> None:
    for zone, sent, day in (
        ("UTC", "2016-12-31T23:59:60Z", "2016-12-31"),
        ("Asia/Kolkata", "2017-01-01T05:29:60+05:30", "2017-01-01"),
        ("America/Los_Angeles", "2016-12-31T15:59:60.25-08:00", "2016-12-31"),
    ):
        learner, teacher = new_learner(), service(client)
        (await Caller(client, learner).ask("PATCH", "/me", json={"zone": zone})).ok()
        leap = {**exercise(START, id="leap"), "occurred_at": sent}
        await teacher.record_all(leap, learner_id=learner)
        (stored,) = await teacher.feed(learner_id=learner)
        assert (stored["local_day"], stored["occurred_at"]) == (day, "2016-12-31T23:59:59.999999Z")
        same = {**leap, "occurred_at": stored["occurred_at"]}
        assert results_of(await teacher.record(same, learner_id=learner), "status") == ["duplicate"]
