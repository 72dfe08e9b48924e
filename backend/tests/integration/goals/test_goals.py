"""Periodic goals over HTTP: creating, changing and archiving them; what is refused; who may call."""

import asyncio
import json
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest
from quart.typing import TestClientProtocol as Client

from milepost.settings import Settings
from support.builders import activity, exercise, new_learner
from support.callers import Answer, Caller, Json, service, untagged
from support.clock import START, AdjustableClock

PARTS = ("", "/progress", "/history")
WEEK = {"start": "2026-03-09", "end": "2026-03-15"}


def goal_body(**fields: object) -> dict[str, object]:
    """A goal of five exercises a week; `fields` replace or add, None removes."""
    content = {"name": "Exercises", "target_type": "exercises", "time_period": "weekly", "target_value": 5, **fields}
    return {key: value for key, value in content.items() if value is not None}


async def create_goal(caller: Caller, **fields: object) -> Json:
    """Create a goal; asserts success."""
    return (await caller.post("/goals", goal_body(**fields))).ok()


async def put(caller: Caller, goal_id: str, **fields: object) -> Answer:
    """PUT a goal."""
    return await caller.ask("PUT", f"/goals/{goal_id}", json=goal_body(**fields))


async def archive(caller: Caller, goal_id: str) -> Answer:
    """DELETE a goal."""
    return await caller.ask("DELETE", f"/goals/{goal_id}")


async def progress(caller: Caller, goal_id: str, **query: object) -> Json:
    """The progress of one goal."""
    return (await caller.get(f"/goals/{goal_id}/progress", **query)).ok()


async def all_goal_progress(caller: Caller, **query: object) -> list[Json]:
    """Progress of all goals."""
    answer = await caller.get("/goals/progress", **query)
    assert answer.status == 200, answer.body
    found: list[Json] = json.loads(answer.raw)
    return found


async def rows(settings: Settings, statement: str, *values: object) -> list[dict[str, Any]]:
    """The rows of a query."""
    connection = await asyncpg.connect(settings.database_url)
    try:
        return [dict(row) for row in await connection.fetch(statement, *values)]
    finally:
        await connection.close()


async def test_a_goal_is_created_shown_changed_archived_and_restored(client: Client, clock: AdjustableClock) -> None:
    ada = Caller(client, new_learner())
    assert (await ada.get("/goals")).ok() == {"goals": []}
    first = await create_goal(ada)
    assert untagged(first) == {
        "goal_id": first["goal_id"],
        "name": "Exercises",
        "target_type": "exercises",
        "time_period": "weekly",
        "target_value": 5,
        "category_id": None,
        "topic": None,
        "archived": False,
        "created_at": "2026-03-10T12:00:00Z",
        "updated_at": "2026-03-10T12:00:00Z",
    }
    assert UUID(first["goal_id"]).version == 4
    clock.advance(minutes=1)
    second = await create_goal(ada, name="Loops", target_type="points", time_period="daily", topic=" Ře\u030ca ")
    assert second["topic"] == "Řěa"
    assert (await ada.get("/goals")).ok() == {"goals": [second, first]}

    clock.advance(minutes=1)
    changed = (await put(ada, first["goal_id"], name="More", target_value=7)).ok()
    assert untagged(changed) == {
        **untagged(first),
        "name": "More",
        "target_value": 7,
        "updated_at": "2026-03-10T12:02:00Z",
    }
    clock.advance(minutes=1)
    assert (await put(ada, first["goal_id"], name="More", target_value=7)).ok() == changed, "nothing has changed"

    archived = (await archive(ada, first["goal_id"])).ok()
    assert untagged(archived) == {**untagged(changed), "archived": True, "updated_at": "2026-03-10T12:03:00Z"}
    clock.advance(minutes=1)
    assert (await archive(ada, first["goal_id"])).ok() == archived
    assert (await ada.get("/goals")).ok() == {"goals": [second]}
    assert (await ada.get("/goals", archived="true")).ok() == {"goals": [archived]}
    assert (await progress(ada, first["goal_id"]))["status"] == "not_applicable"
    assert [goal["name"] for goal in await all_goal_progress(ada)] == ["Loops"]
    back = (await put(ada, first["goal_id"], name="More", target_value=7)).ok()
    assert untagged(back) == {**untagged(changed), "updated_at": "2026-03-10T12:04:00Z"}
    assert {goal["goal_id"] for goal in (await ada.get("/goals")).ok()["goals"]} == {
        first["goal_id"],
        second["goal_id"],
    }


@pytest.mark.parametrize(
    ("fields", "pointer"),
    [
        ({"target_value": 0}, "/target_value"),
        ({"target_value": -5}, "/target_value"),
        ({"target_value": 1_000_001}, "/target_value"),
        ({"target_value": 5.5}, "/target_value"),
        ({"target_value": "5"}, "/target_value"),
        ({"target_value": True}, "/target_value"),
        ({"target_value": None}, "/target_value"),
        ({"name": ""}, "/name"),
        ({"name": "x" * 101}, "/name"),
        ({"name": "a\x00"}, "/name"),
        ({"target_type": "grades"}, "/target_type"),
        ({"time_period": "yearly"}, "/time_period"),
        ({"time_period": "Weekly"}, "/time_period"),
        ({"topic": ""}, "/topic"),
        ({"topic": "x" * 101}, "/topic"),
        ({"category_id": "work"}, "/category_id"),
        ({"category_id": "urn:uuid:11111111-1111-1111-1111-111111111111"}, "/category_id"),
        ({"goal_id": str(uuid4())}, "/goal_id"),
        ({"met_at": "2026-03-10T12:00:00Z"}, "/met_at"),
    ],
)
async def test_invalid_values_are_refused(
    client: Client, clock: AdjustableClock, fields: dict[str, object], pointer: str
) -> None:
    ada = Caller(client, new_learner())
    answer = await ada.post("/goals", goal_body(**fields))
    answer.problem(422, "invalid_body")
    assert answer.pointers() == [pointer]
    assert (await ada.get("/goals")).ok() == {"goals": []}


@pytest.mark.parametrize(
    ("fields", "pointer"),
    [
        ({"target_type": "percentage", "target_value": 101}, "/target_value"),
        ({"target_type": "active_days", "target_value": 8}, "/target_value"),
        ({"target_type": "active_days", "time_period": "daily", "target_value": 2}, "/target_value"),
        ({"target_type": "active_days", "time_period": "monthly", "target_value": 32}, "/target_value"),
        ({"target_type": "percentage", "topic": "loops", "target_value": 50}, "/topic"),
        ({"target_type": "task_count", "topic": "loops"}, "/topic"),
        ({"target_type": "exercises", "category_id": str(uuid4())}, "/category_id"),
        ({"target_type": "minutes", "category_id": str(uuid4()), "topic": "loops"}, "/topic"),
        ({"target_type": "minutes", "category_id": str(uuid4())}, "/category_id"),
    ],
)
async def test_invalid_combinations_are_refused(
    client: Client, clock: AdjustableClock, fields: dict[str, object], pointer: str
) -> None:
    ada = Caller(client, new_learner())
    answer = await ada.post("/goals", goal_body(**fields))
    answer.problem(422, "invalid_goal")
    assert answer.pointers() == [pointer]
    one = await create_goal(ada)
    answer = await put(ada, one["goal_id"], **fields)
    answer.problem(422, "invalid_goal")
    assert (await ada.get("/goals")).ok() == {"goals": [one]}


async def test_a_category_must_be_the_learners_own(client: Client, clock: AdjustableClock, settings: Settings) -> None:
    ada, bob = Caller(client, new_learner()), Caller(client, new_learner())
    category = await add_category(settings, bob)
    answer = await ada.post("/goals", goal_body(target_type="minutes", category_id=category))
    answer.problem(422, "invalid_goal")
    assert answer.pointers() == ["/category_id"]
    made = await create_goal(bob, target_type="minutes", category_id=category.upper())
    assert made["category_id"] == category


async def add_category(settings: Settings, caller: Caller) -> str:
    """Insert a category of this learner."""
    category = str(uuid4())
    await rows(
        settings,
        "INSERT INTO categories (learner_id, category_id, name, created_at) VALUES ($1, $2, $3, $4)",
        UUID(caller.learner_id),
        UUID(category),
        category,
        START,
    )
    return category


async def test_S11_two_hundred_goals_and_no_more(client: Client, clock: AdjustableClock, settings: Settings) -> None:
    ada = Caller(client, new_learner())
    last = await create_goal(ada)
    await rows(
        settings,
        "INSERT INTO goals (learner_id, goal_id, name, target_type, time_period, target_value, created_on, created_at, "
        "updated_at, open_from, closes_at) SELECT learner_id, gen_random_uuid(), name, target_type, time_period, "
        "target_value, created_on, created_at, updated_at, open_from, closes_at FROM goals, generate_series(1, 198) "
        "WHERE learner_id = $1",
        UUID(ada.learner_id),
    )
    answers = await asyncio.gather(*(ada.post("/goals", goal_body()) for _ in range(3)))
    assert sorted(answer.status for answer in answers) == [200, 409, 409]
    assert {answer.body["code"] for answer in answers if answer.status == 409} == {"too_many_goals"}
    assert len((await ada.get("/goals")).ok()["goals"]) == 200
    (await archive(ada, last["goal_id"])).ok()
    await create_goal(ada)
    (await put(ada, last["goal_id"])).problem(409, "too_many_goals")
    # All of them are met by one activity, in one commit.
    await service(client).record_all(*(exercise(START) for _ in range(5)), learner_id=ada.subject)
    met = await rows(
        settings,
        "SELECT count(*), max(n) FROM notices WHERE learner_id = $1 AND kind = 'goal_met'",
        UUID(ada.learner_id),
    )
    assert met == [{"count": 200, "max": 199}]


async def test_R07_one_key_makes_one_goal(client: Client, clock: AdjustableClock) -> None:
    ada, bob = Caller(client, new_learner()), Caller(client, new_learner())
    key = {"Idempotency-Key": "my first"}
    answers = await asyncio.gather(*(ada.ask("POST", "/goals", json=goal_body(), headers=key) for _ in range(20)))
    assert len({answer.ok()["goal_id"] for answer in answers}) == 1
    assert len((await ada.get("/goals")).ok()["goals"]) == 1
    (await ada.ask("POST", "/goals", json=goal_body(name="Other"), headers=key)).problem(409, "idempotency_key_reused")
    his = (await bob.ask("POST", "/goals", json=goal_body(), headers=key)).ok()
    assert his["goal_id"] != answers[0].body["goal_id"]
    bad = await ada.ask("POST", "/goals", json=goal_body(), headers={"Idempotency-Key": "x" * 191})
    bad.problem(422, "invalid_idempotency_key")


async def test_S01_nobody_elses_goal_can_be_found(client: Client, clock: AdjustableClock) -> None:
    ada, bob = Caller(client, new_learner()), Caller(client, new_learner())
    goal_id = (await create_goal(bob))["goal_id"]
    before = (await bob.get("/goals")).ok()
    for wanted in (goal_id, str(uuid4())):
        (await put(ada, wanted)).problem(404, "goal_not_found")
        (await archive(ada, wanted)).problem(404, "goal_not_found")
        for part in PARTS:
            (await ada.get(f"/goals/{wanted}{part}")).problem(404, "goal_not_found")
    (await ada.get("/goals/none/progress")).problem(404, "not_found")
    assert (await bob.get("/goals")).ok() == before
    assert (await ada.get("/progress")).ok()["revision"] == 0, "a failed read leaves no trace"


async def test_services_and_administrators_read_and_never_write(client: Client, clock: AdjustableClock) -> None:
    ada = Caller(client, new_learner())
    goal_id = (await create_goal(ada))["goal_id"]
    for reader in (service(client), Caller(client, "root", ["admin"])):
        for path in ("/goals", "/goals/progress", *(f"/goals/{goal_id}{part}" for part in PARTS)):
            own, named = await ada.get(path), await reader.get(path, learner_id=ada.subject)
            assert (named.status, named.body) == (own.status, own.body)
            (await reader.get(path)).problem(422, "learner_required")
        (await reader.post("/goals", goal_body(), learner_id=ada.subject)).problem(403, "role_not_allowed")
        (await put(reader, goal_id)).problem(403, "role_not_allowed")
        (await archive(reader, goal_id)).problem(403, "role_not_allowed")


async def test_what_a_goal_counts_may_change_only_before_it_has_results(client: Client, clock: AdjustableClock) -> None:
    ada, teacher = Caller(client, new_learner()), service(client)
    goal_id = (await create_goal(ada, target_value=2))["goal_id"]
    changed = (await put(ada, goal_id, target_type="points", time_period="daily", target_value=30)).ok()
    assert (changed["target_type"], changed["time_period"]) == ("points", "daily")
    await teacher.record_all(*(exercise(START) for _ in range(3)), learner_id=ada.subject)
    assert (await progress(ada, goal_id))["status"] == "achieved"
    (await put(ada, goal_id, target_value=2)).problem(409, "goal_has_results")
    (await put(ada, goal_id, target_type="points", time_period="daily", target_value=30, topic="loops")).problem(
        409, "goal_has_results"
    )
    (await put(ada, goal_id, target_type="points", time_period="daily", target_value=40, name="Points")).ok()

    over = (await create_goal(ada, time_period="daily", target_value=9))["goal_id"]
    clock.advance(days=1)
    (await put(ada, over)).problem(409, "goal_has_results")


async def test_a_goal_of_the_learners_own_client_makes_its_zone_known(client: Client, clock: AdjustableClock) -> None:
    clock.set(START.replace(hour=22))
    ada = Caller(client, new_learner(), zone="Asia/Tokyo")
    goal_id = (await create_goal(ada, time_period="daily"))["goal_id"]
    assert (await ada.progress())["zone_source"] == "claim"
    assert (await progress(ada, goal_id))["period"] == {"start": "2026-03-11", "end": "2026-03-11"}


@pytest.mark.parametrize(
    ("path", "query"),
    [
        ("/goals", {"archived": "yes"}),
        ("/goals", {"period": "weekly"}),
        ("/goals", {"with": "history"}),
        ("/goals", {"sort": "colour"}),
        ("/goals/{}", {"sort": "name"}),
        ("/goals/progress", {"period": "yearly"}),
        ("/goals/progress", {"start_date": "10.03.2026"}),
        ("/goals/progress", {"start_date": "2026-02-30"}),
        ("/goals/{}/progress", {"period": "weekly"}),
        ("/goals/{}/history", {"limit": "0"}),
        ("/goals/{}/history", {"limit": "201"}),
        ("/goals/{}/history", {"before": "soon"}),
    ],
)
async def test_invalid_queries_are_refused(client: Client, clock: AdjustableClock, path: str, query: Json) -> None:
    ada = Caller(client, new_learner())
    goal_id = (await create_goal(ada))["goal_id"]
    (await ada.get(path.format(goal_id), **query)).problem(422, "invalid_query")


async def test_a_period_must_have_begun(client: Client, clock: AdjustableClock) -> None:
    ada = Caller(client, new_learner())
    goal_id = (await create_goal(ada))["goal_id"]
    for day in ("2026-03-09", "2026-03-15"):
        assert (await progress(ada, goal_id, start_date=day))["period"] == WEEK
        (found,) = await all_goal_progress(ada, period="weekly", start_date=day)
        assert found["period"] == WEEK
    refused: list[Json] = [{"period": "weekly", "start_date": "2026-03-16"}, {"start_date": "2026-03-11"}]
    for query in refused:
        answer = await ada.get("/goals/progress", **query)
        answer.problem(422, "invalid_period")
        assert answer.pointers() == ["/start_date"]
    (await ada.get(f"/goals/{goal_id}/progress", start_date="2026-03-16")).problem(422, "invalid_period")
    assert await all_goal_progress(ada, period="monthly", start_date="2026-03-31") == []


async def test_every_read_is_conditional(client: Client, clock: AdjustableClock) -> None:
    ada = Caller(client, new_learner())
    goal_id = (await create_goal(ada))["goal_id"]
    for path in ("/goals", "/goals/progress", *(f"/goals/{goal_id}{part}" for part in PARTS[1:])):
        first = await ada.get(path)
        unchanged = await ada.ask("GET", path, headers={"If-None-Match": first.headers["ETag"]})
        assert (unchanged.status, unchanged.raw) == (304, b"")
        await ada.record_all(activity(START))
        assert (await ada.get(path)).headers["ETag"] != first.headers["ETag"]
        seen = (await ada.get(path)).headers["ETag"]
        (await put(ada, goal_id, name=path)).ok()
        assert (await ada.get(path)).headers["ETag"] != seen
        seen = (await ada.get(path)).headers["ETag"]
        clock.set(clock.now() + timedelta(days=1))
        assert (await ada.get(path)).headers["ETag"] != seen, "a day has passed"
