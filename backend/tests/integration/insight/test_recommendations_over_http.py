"""Recommendations over HTTP, from recorded activities."""

from datetime import timedelta

import pytest
from quart.typing import TestClientProtocol as Client

from integration.insight.reads import RECOMMENDATIONS, OnlyEntry, texts
from support.builders import activity, new_learner
from support.callers import Caller, service
from support.catalogues import condition, entry
from support.clock import START, AdjustableClock

DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def _at_the_start(clock: AdjustableClock) -> None:
    """Every test begins at START, Tuesday noon."""


async def test_recommendations_are_ranked_with_reasons(client: Client, only: OnlyEntry) -> None:
    await only(entry("ten", condition("activities", 10)))
    learner, teacher = new_learner(), service(client)
    ada = Caller(client, learner)
    await teacher.record_all(
        *(activity(START - 30 * DAY, path="basics", object_id=str(n)) for n in range(4)),
        *(activity(START - 2 * DAY, path="arts", object_id=str(n)) for n in range(4)),
        activity(START - 3 * DAY, path="arts"),
        learner_id=learner,
    )
    for title, due in (("Essay", "2026-03-09"), ("Poem", "2026-03-10"), ("Ode", "2026-03-01"), ("Done", "2026-03-02")):
        task = (await ada.post("/tasks", {"title": title, "due_day": due})).body
        if title == "Done":
            (await ada.post(f"/tasks/{task['task_id']}/complete")).ok()
    recommendations = (await ada.get(RECOMMENDATIONS)).ok()["recommendations"]
    assert [(item["rank"], item["kind"], item["text"]) for item in recommendations] == [
        (1, "overdue_task", "“Ode” is still open."),
        (2, "overdue_task", "“Essay” is still open."),
        (3, "neglected_path", "Your last activity in basics was on Sunday 8 February."),
    ]
    assert recommendations[0]["reason"] == "It was due on Sunday 1 March. You can also choose a new date."
    assert recommendations[2]["numbers"] == {
        "activities_before": 4,
        "days_before": 62,
        "days_lately": 28,
        "last_day": "2026-02-08",
    }


async def test_an_achievement_within_reach(client: Client, only: OnlyEntry) -> None:
    await only(entry("reach", condition("activities", 4)))
    ada = Caller(client, new_learner())
    await ada.record_all(*(activity(START) for _ in range(3)))
    assert await texts(ada, RECOMMENDATIONS) == {"near_achievement": "1 more activity for “Title of reach”."}
    await ada.record_all(activity(START))
    assert await texts(ada, RECOMMENDATIONS) == {}
