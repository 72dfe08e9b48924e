"""Exercises by ease, for administrators."""

from datetime import timedelta

import pytest
from quart.typing import TestClientProtocol as Client

from milepost.jobs.sweeps import publish_eases
from milepost.resources import Resources
from support.builders import exercise, new_learner
from support.callers import Caller, Json, service
from support.clock import START, AdjustableClock


@pytest.fixture
def root(client: Client) -> Caller:
    return Caller(client, "root", ["admin"])


async def published(client: Client, resources: Resources, clock: AdjustableClock) -> None:
    """Eight learners: e-hard is never solved, e-easy always; one has tried e-new; and one exercise of strings."""
    for number in range(8):
        learner = new_learner()
        names = {"e-hard": 0, "e-easy": 100} | ({"e-new": 100} if number == 7 else {})
        await service(client).record_all(
            *(exercise(START, object_id=name, value=value) for name, value in names.items()),
            exercise(START, object_id=None, value=50),
            *([exercise(START, object_id="e-hard", topic="strings", value=50)] if number == 0 else []),
            learner_id=learner,
        )
    clock.advance(hours=17)
    await publish_eases(resources)


async def listed(root: Caller, **query: object) -> list[Json]:
    exercises: list[Json] = (await root.get("/admin/exercises", **query)).ok()["exercises"]
    return exercises


async def test_nothing_is_listed_before_a_publication(client: Client, root: Caller) -> None:
    await service(client).record_all(exercise(START, object_id="e"), learner_id=new_learner())
    assert (await root.get("/admin/exercises")).ok() == {"exercises": [], "next": None}


async def test_the_hardest_come_first(
    client: Client, root: Caller, resources: Resources, clock: AdjustableClock
) -> None:
    await published(client, resources, clock)
    hardest = await listed(root)
    assert [(one["topic"], one["exercise"]) for one in hardest] == [
        ("loops", "e-hard"),
        ("strings", "e-hard"),
        ("loops", "e-new"),
        ("loops", "e-easy"),
    ]
    assert [one["typical"] for one in hardest] == sorted(one["typical"] for one in hardest)
    assert await listed(root, order="easiest") == hardest[::-1]
    assert [one["exercise"] for one in await listed(root, topic="loops")] == ["e-hard", "e-new", "e-easy"]
    first = hardest[0]
    assert (first["grades"], first["average_grade"], first["valid_from"]) == (8, 0.0, "2026-03-12")
    assert first["low"] < first["typical"] < first["high"]
    assert [one["note"] for one in hardest] == ["too_hard", "uncertain", "uncertain", None]


async def test_pages_follow_each_other(
    client: Client, root: Caller, resources: Resources, clock: AdjustableClock
) -> None:
    await published(client, resources, clock)
    for order in ("hardest", "easiest"):
        whole, paged = await listed(root, order=order), []
        cursor: dict[str, str] = {}
        while True:
            page = (await root.get("/admin/exercises", order=order, limit=1, **cursor)).ok()
            paged += page["exercises"]
            if page["next"] is None:
                break
            cursor = {"cursor": page["next"]}
        assert paged == whole
        assert len(whole) == 4


async def test_impossible_queries_are_named(root: Caller) -> None:
    (await root.get("/admin/exercises", cursor="no")).problem(422, "invalid_cursor")
    nan = await root.get("/admin/exercises", cursor="WyJuYW4iLCJhIiwiYiJd")
    nan.problem(422, "invalid_cursor")
    assert (await root.get("/admin/exercises", order="middle")).pointers() == ["/order"]


async def test_what_strong_learners_alone_try_does_not_look_easy(
    client: Client, root: Caller, resources: Resources, clock: AdjustableClock
) -> None:
    """Both exercises are solved by all who try them: one by learners who solve everything, one by all kinds."""
    for day in (3, 2):
        at = START - timedelta(days=day)
        for number in range(6):
            await service(client).record_all(
                *(exercise(at, object_id=f"x{n}", value=100 if number < 3 else 0) for n in range(6)),
                learner_id=f"learner-{number}",
            )
    for number in range(6):
        name = "of-the-strong" if number < 3 else "of-others"
        await service(client).record_all(exercise(START, object_id=name, value=100), learner_id=f"learner-{number}")
    clock.advance(hours=17)
    await publish_eases(resources)
    typical = {one["exercise"]: one["typical"] for one in await listed(root)}
    assert typical["of-the-strong"] < typical["of-others"] - 5
