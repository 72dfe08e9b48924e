"""Unlocks and level changes: each is in exactly one answer, and in the replays of its activity."""

import asyncio

import pytest
from quart import Quart
from quart.typing import TestClientProtocol as Client

from milepost.resources import Resources
from support.builders import exercise, new_learner
from support.callers import Answer, Caller, Json, service, uuid_of
from support.catalogues import condition, entry, put_in_force
from support.clock import START, AdjustableClock
from support.goals import fetch

LOOPS = {"topic": "loops", "from": "beginner", "to": "intermediate"}


@pytest.fixture(scope="module", autouse=True)
async def _catalogue(database_url: str, app: Quart) -> None:
    await put_in_force(
        database_url,
        entry("ten", condition("exercises_completed", 10)),
        entry("level", condition("skill_level", "intermediate")),
        entry("twenty", condition("exercises_completed", 20)),
    )


@pytest.fixture(autouse=True)
def _at_the_start(clock: AdjustableClock) -> None:
    """Every test begins at START."""


def numbered(count: int, topic: str = "loops") -> list[Json]:
    """So many exercises of a topic: loops-0, loops-1 …"""
    return [exercise(START, id=f"{topic}-{n}", topic=topic) for n in range(count)]


def gains(answer: Answer) -> tuple[list[str], list[str]]:
    """The codes unlocked and the topics with a new level."""
    (learner,) = answer.ok()["learners"]
    codes = sorted(unlock["code"] for unlock in learner["unlocked"])
    return codes, [change["topic"] for change in learner["level_changes"]]


async def test_of_many_callers_of_one_commit_one_is_answered_with_each_gain(
    client: Client, resources: Resources
) -> None:
    learner, teacher = new_learner(), service(client)
    sent = numbered(64)

    async def post_all() -> list[tuple[list[str], list[str]]]:
        answers = await asyncio.gather(*(teacher.post("/activities", one, learner_id=learner) for one in sent))
        return [gains(answer) for answer in answers]

    first = await post_all()
    assert sorted(code for codes, _ in first for code in codes) == ["level", "ten", "twenty"]
    changes = await fetch(resources, "SELECT topic FROM level_changes WHERE learner_id = $1", uuid_of(learner))
    assert [topic for _, topics in first for topic in topics] == ["loops"] * len(changes)
    assert await post_all() == first
    assert [gains(await teacher.post("/activities", one, learner_id=learner)) for one in sent] == first


async def test_a_batch_repeated_in_two_requests_answers_each_gain_once(client: Client) -> None:
    learner, teacher = new_learner(), service(client)
    sent = [*numbered(10), *numbered(10, "strings"), *numbered(1, "other")]
    both = ["loops", "strings"]
    assert gains(await teacher.record(*sent, learner_id=learner)) == (["level", "ten", "twenty"], both)
    assert gains(await teacher.record(*sent, learner_id=learner)) == (["level", "ten", "twenty"], both)
    # The last activity of a topic changed its level; the last of the learner unlocked the rest.
    assert gains(await teacher.record(*sent[:10], learner_id=learner)) == ([], ["loops"])
    assert gains(await teacher.record(*sent[:9], learner_id=learner)) == ([], [])
    assert gains(await teacher.record(*sent[10:], learner_id=learner)) == (["level", "ten", "twenty"], ["strings"])
    assert gains(await teacher.record(sent[20], sent[20], learner_id=learner)) == (["level", "ten", "twenty"], [])


async def test_two_learners_of_one_commit_each_get_their_own(client: Client) -> None:
    ada, bob, teacher = new_learner(), new_learner(), service(client)
    sent = [{**one, "learner_id": learner} for one in numbered(10) for learner in (ada, bob)]
    body = (await teacher.record(*sent)).ok()
    codes = [sorted(unlock["code"] for unlock in learner["unlocked"]) for learner in body["learners"]]
    assert codes == [["level", "ten"], ["level", "ten"]]
    assert [learner["level_changes"] for learner in body["learners"]] == [[LOOPS], [LOOPS]]
    assert gains(await teacher.record(sent[-1])) == (["level", "ten"], ["loops"])
    assert gains(await teacher.record(sent[0])) == ([], [])


async def test_ids_are_the_senders_own(client: Client) -> None:
    learner = new_learner()
    exercises, quizzes = service(client), service(client, "quizzes")
    sent = numbered(10)
    await exercises.record_all(*sent, learner_id=learner)
    assert gains(await quizzes.record(sent[9], learner_id=learner)) == ([], [])
    assert gains(await exercises.record(sent[9], learner_id=learner)) == (["level", "ten"], ["loops"])


async def test_gains_stored_before_causes_were_are_still_answered(client: Client, resources: Resources) -> None:
    ada, teacher = Caller(client, new_learner()), service(client)
    sent = numbered(10)
    await teacher.record_all(*sent, learner_id=ada.subject)
    for table in ("unlocks", "level_changes"):
        forget = f"UPDATE {table} SET cause_sender = NULL, cause_id = NULL WHERE learner_id = $1"
        await fetch(resources, forget, ada.learner_id)
    for part in (sent, sent[:3]):
        assert gains(await teacher.record(*part, learner_id=ada.subject)) == (["level", "ten"], ["loops"])
