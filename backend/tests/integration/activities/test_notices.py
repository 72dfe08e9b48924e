"""Notices of one commit: numbered together whatever they are about, and none for learners in quiet mode."""

import asyncpg
import pytest
from quart import Quart
from quart.typing import TestClientProtocol as Client

from support.builders import exercise, new_learner
from support.callers import Caller, Json, service, uuid_of
from support.catalogues import condition, entry, put_in_force
from support.clock import START, AdjustableClock
from support.goals import learner

LEVEL_CHANGES = [{"topic": "loops", "from": "beginner", "to": "intermediate"}]


@pytest.fixture(scope="module", autouse=True)
async def _catalogue(database_url: str, app: Quart) -> None:
    await put_in_force(
        database_url, entry("ten", condition("exercises_completed", 10)), entry("twenty", condition("points", 100))
    )


@pytest.fixture(autouse=True)
def _at_the_start(clock: AdjustableClock) -> None:
    """Every test begins at START."""


async def notices(connection: asyncpg.Connection, subject: str) -> list[tuple[int, str]]:
    """(n, kind) of all notices of a learner, in the order of their ids."""
    rows = await connection.fetch(
        "SELECT n, kind FROM notices WHERE learner_id = $1 ORDER BY revision, n", uuid_of(subject)
    )
    return [tuple(row) for row in rows]


def ten_exercises() -> list[dict[str, object]]:
    """Enough for a level, a goal, a milestone and two achievements at once."""
    milestone = {"verb": "reached", "object_type": "milestone", "object_id": "m", "occurred_at": START.isoformat()}
    return [*(exercise(START, id=f"e-{n}", points=10) for n in range(10)), {**milestone, "id": "m"}]


async def with_goal(client: Client) -> Caller:
    """A learner with a goal of ten exercises."""
    ada = learner(client)
    await ada.create_goal("exercises", 10)
    return ada


async def set_quiet(client: Client, subject: str, quiet: bool = True) -> None:
    """The learner begins or ends quiet mode."""
    (await Caller(client, subject).ask("PATCH", "/me", json={"quiet": quiet})).ok()


def learner_of(body: Json) -> Json:
    """The one learner of an answer."""
    (only,) = body["learners"]
    return dict(only)


async def test_everything_in_a_commit_is_numbered_together(client: Client, connection: asyncpg.Connection) -> None:
    ada = await with_goal(client)
    answer = await service(client).record_all(*ten_exercises(), learner_id=ada.subject)
    assert learner_of(answer)["level_changes"] == LEVEL_CHANGES
    assert await notices(connection, ada.subject) == [
        (0, "level_up"),
        (1, "goal_met"),
        (2, "milestone_reached"),
        (3, "achievement_unlocked"),
        (4, "achievement_unlocked"),
    ]


async def test_learners_of_one_batch_are_numbered_apart(client: Client, connection: asyncpg.Connection) -> None:
    first, second = new_learner(), new_learner()
    batch = [
        exercise(START, id=f"{n}", points=0, topic=topic, learner_id=subject)
        for n in range(10)
        for subject, topic in ((first, "loops"), (second, "sets"))
    ]
    await service(client).record_all(*batch)
    for subject in (first, second):
        assert await notices(connection, subject) == [(0, "level_up"), (1, "achievement_unlocked")]


async def test_a_quiet_learner_gets_none_and_everything_else(client: Client, connection: asyncpg.Connection) -> None:
    ada = await with_goal(client)
    await set_quiet(client, ada.subject)
    answer = learner_of(await service(client).record_all(*ten_exercises(), learner_id=ada.subject))
    assert await notices(connection, ada.subject) == []
    assert answer.keys() == {"learner_id", "sent_as", "revision", "points"}
    unlocked = await connection.fetch("SELECT code FROM unlocks WHERE learner_id = $1 ORDER BY code", ada.learner_id)
    assert [row["code"] for row in unlocked] == ["ten", "twenty"]
    level = "SELECT level, previous_level FROM skill_levels WHERE learner_id = $1 AND topic = 'loops'"
    assert tuple(await connection.fetchrow(level, ada.learner_id)) == ("intermediate", "beginner")
    counts = "SELECT goals_met, milestones_reached FROM learners WHERE learner_id = $1"
    assert tuple(await connection.fetchrow(counts, uuid_of(ada.subject))) == (1, 1)


async def test_the_end_of_quiet_mode_makes_up_for_no_notice(client: Client, connection: asyncpg.Connection) -> None:
    subject, teacher = new_learner(), service(client)
    await set_quiet(client, subject)
    await teacher.record_all(*ten_exercises(), learner_id=subject)
    await set_quiet(client, subject, quiet=False)
    assert await notices(connection, subject) == []
    more = [exercise(START, id=f"more-{n}", topic="sets", points=0) for n in range(10)]
    await teacher.record_all(*more, learner_id=subject)
    assert await notices(connection, subject) == [(0, "level_up")]


async def test_a_replay_after_quiet_reports_unlocks_and_no_levels(client: Client) -> None:
    subject, teacher = new_learner(), service(client)
    await set_quiet(client, subject)
    await teacher.record_all(*ten_exercises(), learner_id=subject)
    await set_quiet(client, subject, quiet=False)
    replayed = learner_of((await teacher.record(*ten_exercises(), learner_id=subject)).ok())
    assert replayed["level_changes"] == []
    assert {achievement["code"] for achievement in replayed["unlocked"]} == {"ten", "twenty"}


async def test_a_repeat_in_the_batch_takes_nothing_from_the_answer(client: Client) -> None:
    subject, teacher = new_learner(), service(client)
    batch = ten_exercises()
    answer = learner_of((await teacher.record(*batch, batch[0], learner_id=subject)).ok())
    assert answer["level_changes"] == LEVEL_CHANGES
    assert {achievement["code"] for achievement in answer["unlocked"]} == {"ten", "twenty"}


async def test_an_administrators_gift_is_quiet_too(client: Client, connection: asyncpg.Connection) -> None:
    loud, quiet, root = new_learner(), new_learner(), Caller(client, "root", ["admin"])
    await set_quiet(client, quiet)
    for subject in (loud, quiet):
        await service(client).record_all(exercise(START), learner_id=subject)
        path, body = "/admin/achievements/ten/grant", {"learner_id": subject, "reason": "earned elsewhere"}
        (await root.post(path, body)).ok()
    assert await notices(connection, loud) == [(0, "achievement_unlocked")]
    assert await notices(connection, quiet) == []
