"""Undeclared kinds: accepted with a note or refused, and listed for operators."""

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest
from quart.typing import TestClientProtocol as Client

from milepost.metrics import Metrics
from milepost.resources import Resources
from milepost.rules.activities import Activity
from milepost.rules.policy import Policy
from milepost.services import unknown_kinds
from milepost.services.activities.outcome import Sender, SentActivity
from milepost.services.progress import ProgressService
from milepost.services.unknown_kinds import UnknownKinds
from support.builders import activity, exercise, new_learner
from support.callers import Caller, Json, results_of, service, uuid_of
from support.clock import START, AdjustableClock
from support.goals import fetch


@pytest.fixture(autouse=True)
def _at_the_start(clock: AdjustableClock) -> None:
    """Every test begins at START."""


async def kinds(client: Client) -> Json:
    """The kinds operators see."""
    return (await Caller(client, "root", ["admin"]).get("/admin/kinds")).ok()


async def test_an_unknown_kind_is_taken_counts_the_day_and_says_so(client: Client) -> None:
    ada, teacher = Caller(client, new_learner()), service(client)
    typo = exercise(START, id="typo", verb="complete")
    known = exercise(START, id="known")
    wildcard = activity(START, id="wildcard", verb="practised", object_type="yodelling")
    for status in ("accepted", "duplicate"):
        answer = await teacher.record(typo, known, wildcard, learner_id=ada.subject)
        assert results_of(answer, "id", "status", "note") == [
            ("typo", status, "unknown_kind"),
            ("known", status, None),
            ("wildcard", status, None),
        ]
    overview = await ada.progress()
    assert (overview["exercises_completed"], overview["streak"]["current_streak"]) == (1, 1)
    event = await teacher.post("/events", {"action": "sing", "objectType": "song", "userId": ada.subject})
    assert results_of(event, "status", "note") == [("accepted", "unknown_kind")]
    body = {"exercise": {**typo, "id": "streak"}, "learner_id": ada.subject}
    assert (await teacher.post("/progress/update-streak", body)).ok()["note"] == "unknown_kind"


async def test_a_learner_hears_that_a_kind_is_unknown_and_not_that_it_is_forbidden(client: Client) -> None:
    ada = Caller(client, new_learner())
    answer = await ada.record(activity(START, verb="practise"), exercise(START), activity(START))
    assert results_of(answer, "status", "reason") == [
        ("rejected", "unknown_kind"),
        ("rejected", "not_allowed_for_role"),
        ("accepted", None),
    ]
    refused = await ada.post("/progress/update-streak", {"exercise": activity(START, verb="practise")})
    assert refused.problem(422, "activity_rejected")["reason"] == "unknown_kind"
    ahead = activity(START + timedelta(days=1), verb="practise")
    assert results_of(await ada.record(ahead), "reason") == ["future"]


async def test_operators_see_the_table_and_the_unknown_kinds_in_use(
    client: Client, clock: AdjustableClock, resources: Resources
) -> None:
    await kinds(client)
    await fetch(resources, "DELETE FROM unknown_kinds")
    ada, teacher = Caller(client, new_learner()), service(client)
    before = resources.metrics.value("milepost_unknown_kinds_total")
    await teacher.record_all(*(exercise(START, verb="done") for _ in range(3)), learner_id=ada.subject)
    clock.advance(minutes=1)
    await ada.record(activity(START, verb="done", object_type="exercise"), activity(START, verb="hummed"))
    await service(client, "quizzes").record_all(exercise(START, verb="done"), learner_id=ada.subject)
    shown = await kinds(client)
    assert shown["unknown_kinds"] == "accept"
    assert shown["kinds"][2] == {
        "object_type": "exercise",
        "verb": "completed",
        "streak": True,
        "exercise": True,
        "graded": True,
        "review": False,
        "points": 10,
        "learner_points": 0,
        "claim": "service",
    }
    seen = {"last_seen_at": "2026-03-10T12:01:00Z"}
    assert shown["unknown"] == [
        {"object_type": "exercise", "verb": "done", "activities": 5, "last_sender": "quizzes", **seen},
        {"object_type": "session", "verb": "hummed", "activities": 1, "last_sender": "learner", **seen},
    ]
    assert await kinds(client) == shown
    metrics = await (await client.get("/metrics")).get_data()
    assert f"milepost_unknown_kinds_total {before + 6}\n".encode() in metrics


@pytest.fixture
def rejecting(resources: Resources) -> ProgressService:
    """The service under a policy that refuses unknown kinds."""
    stricter = replace(resources.policy.activities, unknown_kinds="reject")
    policy: Policy = replace(resources.policy, activities=stricter)
    return ProgressService(resources.database, resources.intake, policy, resources.metrics)


async def test_a_policy_may_refuse_unknown_kinds(rejecting: ProgressService) -> None:
    learner = SentActivity(UUID(uuid_of(new_learner())), "a", Activity(verb="v", object_type="o"))
    sent = [learner, learner._replace(id="b", activity=Activity(verb="completed", object_type="exercise"))]
    answer = await rejecting.record(Sender("exercises", "service"), sent, START)
    assert [(outcome.status, outcome.reason) for outcome in answer.outcomes] == [
        ("rejected", "unknown_kind"),
        ("accepted", None),
    ]


async def test_the_kinds_that_are_kept_are_bounded(
    client: Client, resources: Resources, monkeypatch: pytest.MonkeyPatch
) -> None:
    await kinds(client)
    await fetch(resources, "DELETE FROM unknown_kinds")
    monkeypatch.setattr(unknown_kinds, "MAX_KINDS", 3)
    metrics = Metrics()
    counter = UnknownKinds(resources.database, metrics)
    for verbs in ("ab", "cd", "c", "ae"):
        await counter.note([Activity(verb=verb, object_type="o") for verb in verbs], "s", START)
        await counter.flush()
    # A batch that could pass the limit adds only to kinds that are stored already.
    stored = await fetch(resources, "SELECT verb, activities FROM unknown_kinds ORDER BY verb")
    assert [(row["verb"], row["activities"]) for row in stored] == [("a", 2), ("b", 1), ("c", 1)]
    assert metrics.value("milepost_unknown_kinds_total") == 7
