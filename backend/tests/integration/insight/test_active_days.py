"""Which days are active: those with practice, not those with nothing but a received review or a badge."""

from datetime import timedelta

import pytest
from quart.typing import TestClientProtocol as Client

from support.builders import activity, exercise, new_learner
from support.callers import Caller, service
from support.clock import START, AdjustableClock

DAY = timedelta(days=1)
INSIGHTS = "/progress/insights"


@pytest.fixture(autouse=True)
def _at_the_start(clock: AdjustableClock) -> None:
    """Every test begins at START, Tuesday noon."""


async def test_badges_and_reviews_make_no_hour_and_no_trend(client: Client) -> None:
    ada, teacher = Caller(client, new_learner(), zone="UTC"), service(client)
    await ada.get("/me")
    badges = [activity(START - back * DAY, verb="earned", object_type="badge") for back in range(4, 14)]
    review = activity(START - 60 * DAY, verb="reviewed", object_type="essay", value=80)
    practised = [exercise(START - back * DAY + timedelta(hours=back)) for back in (1, 2, 3)]
    before = exercise(START - 30 * DAY - timedelta(hours=7))
    await teacher.record_all(*badges, review, *practised, before, learner_id=ada.subject)
    body = (await ada.get(INSIGHTS)).ok()
    assert body["active_days"] == 4
    assert {"best_hour", "trend"} & {insight["kind"] for insight in body["insights"]} == set()


async def test_a_day_with_only_a_review_or_a_badge_is_no_active_day(client: Client) -> None:
    ada, teacher = Caller(client, new_learner()), service(client)
    received = [
        activity(START - 2 * DAY, verb="reviewed", object_type="essay", value=80),
        activity(START - 3 * DAY, verb="earned", object_type="badge"),
    ]
    await teacher.record_all(exercise(START - DAY, duration_seconds=600), *received, learner_id=ada.subject)
    assert (await ada.get(INSIGHTS)).ok()["active_days"] == 1
    engagement = (await ada.get("/activities/summary", days=7)).ok()["engagement"]
    assert (engagement["active_days"], engagement["minutes_per_active_day"]) == (1, 10.0)
    goal = {"name": "days", "target_type": "active_days", "time_period": "monthly", "target_value": 3}
    goal_id = (await ada.post("/goals", goal)).ok()["goal_id"]
    assert (await ada.get(f"/goals/{goal_id}/progress")).ok()["achieved_value"] == 1


async def test_no_insight_says_so(client: Client) -> None:
    ada = Caller(client, new_learner())
    sent = [exercise(START - back * DAY + timedelta(hours=hours)) for back, hours in ((60, 0), (68, 3), (76, -4))]
    await service(client).record_all(*sent, learner_id=ada.subject)
    body = (await ada.get("/progress/insights")).ok()
    assert (body["active_days"], body["insights"]) == (3, [])
    assert body["note"] == "Nothing stands out in the last 90 days."
