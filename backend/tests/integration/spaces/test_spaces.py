"""Spaces and composite goals over HTTP: the platform's events, plans, parts, weights, and refused requests."""

from collections.abc import Awaitable, Callable
from datetime import timedelta

import asyncpg
import pytest
from quart.typing import TestClientProtocol as Client

from support.builders import activity, exercise, new_learner
from support.callers import Answer, Caller, Json, service, untagged
from support.clock import START, AdjustableClock

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
EVENT: dict[str, object] = {
    "type": "task",
    "spaceId": "space123",
    "goalId": "goal456",
    "value": 100,
    "metadata": {"taskType": "coding", "difficulty": "medium"},
}


@pytest.fixture(autouse=True)
def _at_the_start(clock: AdjustableClock) -> None:
    """Every test begins at START."""


async def put(caller: Caller, path: str, **body: object) -> Answer:
    """PUT JSON."""
    return await caller.ask("PUT", path, json=body)


async def delete(caller: Caller, path: str) -> Answer:
    """DELETE."""
    return await caller.ask("DELETE", path)


async def progress(caller: Caller, path: str) -> Json:
    """The total, parts and weights of a space or goal."""
    answer = (await caller.get(f"{path}/progress")).ok()
    return {name: answer[name] for name in ("total", "parts", "weights_used")}


def task(number: int, **fields: object) -> dict[str, object]:
    """A completed task of the space `s` for the goal `g`, with the value 100."""
    sent: dict[str, object] = {"object_type": "task", "space_id": "s", "goal_id": "g", "object_id": f"t-{number}"}
    return exercise(START - number * HOUR, **({**sent, "value": 100, "topic": None} | fields))


async def test_the_example_of_the_platform(client: Client) -> None:
    ada, platform = Caller(client, new_learner()), service(client)
    (await platform.post("/progress/events", EVENT, learner_id=ada.subject)).ok()
    # Nothing is planned yet: tasks and interactions share the weight.
    assert await progress(ada, "/spaces/space123") == {
        "total": 80.0,
        "parts": {"tasks": 100.0, "interactions": 0.0},
        "weights_used": {"tasks": 0.8, "interactions": 0.2},
    }
    await put(ada, "/spaces/space123", title="Coding", planned_minutes=60)
    (await ada.post("/milestones", {"title": "Half way", "space_id": "space123"})).ok()
    assert await progress(ada, "/spaces/space123") == {
        "total": 40.0,
        "parts": {"tasks": 100.0, "time": 0.0, "milestones": 0.0, "interactions": 0.0},
        "weights_used": {"tasks": 0.4, "time": 0.2, "milestones": 0.3, "interactions": 0.1},
    }
    assert untagged((await ada.get("/spaces/space123")).ok()) == {
        "space_id": "space123",
        "title": "Coding",
        "planned_tasks": None,
        "planned_minutes": 60,
        "milestones": 1,
        "milestones_reached": 0,
        "total": 40.0,
    }
    assert untagged((await ada.get("/composite-goals/goal456")).ok()) == {
        "goal_id": "goal456",
        "title": "",
        "space_ids": [],
        "milestones": 0,
        "milestones_reached": 0,
        "total": 0.0,
    }


async def with_everything(client: Client) -> Caller:
    """A learner with a goal of two spaces, milestones, and activities of every kind."""
    ada, platform = Caller(client, new_learner()), service(client)
    plan = {"space_id": "s", "title": "Space", "planned_tasks": 4, "planned_minutes": 100}
    (await ada.post("/spaces", plan)).ok()
    (await ada.post("/spaces", {"space_id": "empty", "title": "Nothing happens here"})).ok()
    (await ada.post("/composite-goals", {"goal_id": "g", "title": "Goal", "space_ids": ["s", "empty"]})).ok()
    for name in ("m-1", "m-2"):
        (await ada.post("/milestones", {"milestone_id": name, "title": name, "space_id": "s"})).ok()
    (await ada.post("/milestones", {"milestone_id": "m-3", "title": "Of the goal", "goal_id": "g"})).ok()
    talk: dict[str, object] = {"object_type": "interaction", "verb": "interacted", "space_id": "s"}
    reach: dict[str, object] = {"object_type": "milestone", "verb": "reached"}
    await platform.record_all(
        task(1, value=40, duration_seconds=600),
        task(2, object_id="t-1", duration_seconds=600),
        task(3, value=99.999, duration_seconds=600),
        task(4, value=None, duration_seconds=600),
        activity(START, **talk, value=70),
        activity(START, **talk, value=90),
        activity(START, **talk),
        activity(START, **reach, object_id="m-2"),
        activity(START, **reach, object_id="m-3"),
        activity(START, **reach, object_id="unknown"),
        activity(START, goal_id="g"),
        activity(START, goal_id="g", object_type="lesson"),
        activity(START, goal_id="another"),
        activity(START, space_id="another", duration_seconds=3_000),
        learner_id=ada.subject,
    )
    return ada


async def test_every_part_of_a_space_and_a_goal(client: Client) -> None:
    ada = await with_everything(client)
    # 0.4·25 + 0.2·40 + 0.3·50 + 0.1·80
    answer = (await ada.get("/spaces/s/progress")).ok()
    assert answer == {
        "space_id": "s",
        "title": "Space",
        "total": 41.0,
        "parts": {"tasks": 25.0, "time": 40.0, "milestones": 50.0, "interactions": 80.0},
        "weights_used": {"tasks": 0.4, "time": 0.2, "milestones": 0.3, "interactions": 0.1},
        "measured": {
            "tasks": {"now": 1, "of": 4},
            "time": {"now": 40, "of": 100},
            "milestones": {"now": 1, "of": 2},
            "interactions": {"now": 2, "of": None},
        },
    }
    # 0.6·(41 + 0)/2 + 0.3·100 + 0.1·20
    assert (await ada.get("/composite-goals/g/progress")).ok() == {
        "goal_id": "g",
        "title": "Goal",
        "total": 44.3,
        "parts": {"spaces": 20.5, "milestones": 100.0, "extras": 20.0},
        "weights_used": {"spaces": 0.6, "milestones": 0.3, "extras": 0.1},
        "measured": {
            "spaces": {"now": 0, "of": 2},
            "milestones": {"now": 1, "of": 1},
            "extras": {"now": 2, "of": None},
        },
    }
    assert (await progress(ada, "/spaces/empty"))["total"] == 0.0
    spaces = (await ada.get("/spaces")).ok()["spaces"]
    assert [(space["space_id"], space["total"]) for space in spaces] == [("empty", 0.0), ("s", 41.0), ("another", 0.0)]
    goals = (await ada.get("/composite-goals")).ok()["composite_goals"]
    assert [(goal["goal_id"], goal["space_ids"], goal["total"]) for goal in goals] == [
        ("g", ["empty", "s"], 44.3),
        ("another", [], 10.0),
    ]
    # Services and administrators read it for the learner they name.
    for caller in (service(client), Caller(client, "root", ["admin"])):
        assert (await caller.get("/spaces/s/progress", learner_id=ada.subject)).ok() == answer


async def test_repeats_once_keys_and_voids(client: Client) -> None:
    ada, platform = Caller(client, new_learner()), service(client)
    await put(ada, "/spaces/s", title="Space", planned_minutes=10)
    once = task(1, id="first", once_key="k", object_id=None, duration_seconds=60)
    second = task(2, id="second", once_key="k", object_id=None, duration_seconds=60, value=0)
    await platform.record_all(once, learner_id=ada.subject)
    expected = {"tasks": {"now": 1, "of": 1}, "time": {"now": 1, "of": 10}, "interactions": {"now": 0, "of": None}}
    for sent in ([once], [once, once], [once, second]):
        await platform.record(*sent, learner_id=ada.subject)
        if second in sent:
            expected["time"] = {"now": 2, "of": 10}
        assert (await ada.get("/spaces/s/progress")).ok()["measured"] == expected
    # The key passes on, and with it what counts.
    await platform.ask("DELETE", "/activities/first", query={"learner_id": ada.subject})
    answer = (await ada.get("/spaces/s/progress")).ok()
    assert answer["measured"] == expected | {"tasks": {"now": 0, "of": 1}, "time": {"now": 1, "of": 10}}
    await platform.ask("DELETE", "/activities/second", query={"learner_id": ada.subject})
    assert (await ada.get("/spaces/s/progress")).ok()["total"] == 0.0


async def test_a_read_stays_valid_until_something_changes(client: Client) -> None:
    ada, platform = Caller(client, new_learner()), service(client)
    (await ada.post("/spaces", {"space_id": "s", "title": "Space"})).ok()
    (await ada.post("/composite-goals", {"goal_id": "g", "title": "Goal", "space_ids": ["s"]})).ok()
    paths = ("/spaces/s/progress", "/composite-goals/g/progress", "/spaces", "/spaces/s/history", "/milestones")

    async def tags() -> list[str]:
        return [(await ada.get(path)).headers["ETag"] for path in paths]

    seen = await tags()
    for path, tag in zip(paths, seen, strict=True):
        again = await ada.ask("GET", path, headers={"If-None-Match": tag})
        assert (again.status, again.raw) == (304, b"")
    changes: list[Callable[[], Awaitable[Answer]]] = [
        lambda: put(ada, "/spaces/s", title="Space", planned_tasks=2),
        lambda: put(ada, "/composite-goals/g", title="Other", space_ids=["s"]),
        lambda: ada.post("/milestones", {"milestone_id": "m", "title": "One", "space_id": "s"}),
        lambda: ada.post("/milestones/m/reach"),
        lambda: platform.record(task(1), learner_id=ada.subject),
    ]
    for change in changes:
        (await change()).ok()
        before, seen = seen, await tags()
        assert not set(before) & set(seen)
    found = [await progress(ada, path) for path in ("/spaces/s", "/composite-goals/g")]
    assert [snapshot["total"] for snapshot in found] == [62.5, 53.6]


async def test_repeating_a_request_is_safe_and_an_id_is_not_reused(client: Client) -> None:
    ada = Caller(client, new_learner())
    for path, key, body, other in (
        ("/spaces", "space_id", {"title": "One", "planned_tasks": 2}, {"title": "One", "planned_tasks": 3}),
        ("/composite-goals", "goal_id", {"title": "One"}, {"title": "Two"}),
        ("/milestones", "milestone_id", {"title": "One", "space_id": "s"}, {"title": "Two", "space_id": "s"}),
    ):
        if path == "/milestones":
            await put(ada, "/spaces/s", title="Space")
        created = (await ada.post(path, {key: "x/y", **body})).ok()
        revision = (await ada.progress())["revision"]
        assert (await ada.post(path, {key: "x/y", **body})).ok() == created
        assert (await ada.progress())["revision"] == revision
        code = {"/spaces": "space_exists", "/composite-goals": "composite_goal_exists"}.get(path, "milestone_exists")
        (await ada.post(path, {key: "x/y", **other})).problem(409, code)
        assert (await put(ada, f"{path}/x/y", **other)).ok()["title"] == other["title"]
        headers = {"Idempotency-Key": "again"}
        first = (await ada.ask("POST", path, json=body, headers=headers)).ok()
        assert (await ada.ask("POST", path, json=body, headers=headers)).ok() == first
        assert (await ada.post(path, body)).ok()[key] != first[key]


async def test_a_deleted_space_is_gone_until_it_is_recreated(client: Client) -> None:
    ada, platform = Caller(client, new_learner()), service(client)
    await platform.record_all(task(1), activity(START, goal_id="g"), learner_id=ada.subject)
    (await ada.post("/composite-goals", {"goal_id": "g", "title": "Goal", "space_ids": ["s"]})).ok()
    for sent in (
        {"milestone_id": "of the space", "space_id": "s"},
        {"milestone_id": "of both", "space_id": "s", "goal_id": "g"},
        {"milestone_id": "of the goal", "goal_id": "g"},
    ):
        (await ada.post("/milestones", {"title": "One", **sent})).ok()
    assert (await delete(ada, "/spaces/s")).ok() == {"space_id": "s", "deleted": True}
    for gone in (await delete(ada, "/spaces/s"), await ada.get("/spaces/s"), await ada.get("/spaces/s/history")):
        gone.problem(404, "space_not_found")
    await platform.record_all(task(2), learner_id=ada.subject)
    assert (await ada.get("/spaces")).ok()["spaces"] == []
    goal = (await ada.get("/composite-goals/g")).ok()
    assert (goal["space_ids"], goal["milestones"], goal["total"]) == ([], 2, 2.5)
    milestones = (await ada.get("/milestones")).ok()["milestones"]
    assert {(milestone["milestone_id"], milestone["space_id"]) for milestone in milestones} == {
        ("of both", None),
        ("of the goal", None),
    }
    # Recreated, it has the recorded activities but no plans.
    assert (await put(ada, "/spaces/s", title="Again")).ok()["total"] == 80.0
    assert (await progress(ada, "/spaces/s"))["parts"] == {"tasks": 100.0, "interactions": 0.0}
    assert (await delete(ada, "/composite-goals/g")).ok() == {"goal_id": "g", "deleted": True}
    (await ada.get("/composite-goals/g/progress")).problem(404, "composite_goal_not_found")
    assert (await ada.get("/milestones")).ok() == {"milestones": []}


async def test_numbers_are_limited(client: Client, database_url: str) -> None:
    ada = Caller(client, new_learner())
    (await ada.post("/spaces", {"space_id": "s", "title": "x"})).ok()
    connection = await asyncpg.connect(database_url)
    for table, key, most in (
        ("spaces", "space_id", 199),
        ("composite_goals", "goal_id", 200),
        ("milestones", "milestone_id", 500),
    ):
        fill = f"INSERT INTO {table} (learner_id, {key}, title, created_at) SELECT $1, 'n-' || n, 'x', $2"
        await connection.execute(f"{fill} FROM generate_series(1, {most}) n", ada.learner_id, START)
    await connection.close()
    for path, code in (
        ("/spaces", "too_many_spaces"),
        ("/composite-goals", "too_many_composite_goals"),
        ("/milestones", "too_many_milestones"),
    ):
        body: Json = {"title": "One more", **({"space_id": "s"} if path == "/milestones" else {})}
        (await ada.post(path, body)).problem(409, code)
        assert (await put(ada, f"{path}/n-1", **body)).ok()["title"] == "One more", "existing ones can still change"
    assert len((await ada.get("/spaces")).ok()["spaces"]) == 200


IMPOSSIBLE: list[tuple[str, Json, str]] = [
    ("/spaces", {"title": ""}, "/title"),
    ("/spaces", {"title": "x" * 201}, "/title"),
    ("/spaces", {"title": "x", "space_id": ""}, "/space_id"),
    ("/spaces", {"title": "x", "planned_tasks": 0}, "/planned_tasks"),
    ("/spaces", {"title": "x", "planned_tasks": 100_001}, "/planned_tasks"),
    ("/spaces", {"title": "x", "planned_minutes": -1}, "/planned_minutes"),
    ("/spaces", {"title": "x", "planned_minutes": 1.5}, "/planned_minutes"),
    ("/spaces", {"title": "x", "total": 100}, "/total"),
    ("/composite-goals", {"title": "x", "space_ids": ["s"] * 51}, "/space_ids"),
    ("/composite-goals", {"title": "x", "space_ids": "s"}, "/space_ids"),
    ("/milestones", {"title": "x"}, ""),
    ("/milestones", {"title": "x", "space_id": "s", "reached_on": "2026-03-10"}, "/reached_on"),
    ("/milestones", {"title": "x", "space_id": "s", "milestone_id": "m" * 181}, "/milestone_id"),
    ("/activities", {**task(1), "value": 100.001}, "/value"),
    ("/activities", {**task(1), "value": -0.001}, "/value"),
    ("/progress/events", {**EVENT, "value": 1_441}, "/value"),
]


@pytest.mark.parametrize(("path", "body", "pointer"), IMPOSSIBLE)
async def test_invalid_values_are_refused(client: Client, path: str, body: Json, pointer: str) -> None:
    ada = Caller(client, new_learner())
    teacher = service(client)
    answer = await teacher.post(path, body, learner_id=ada.subject)
    answer.problem(422, "invalid_body")
    assert pointer in answer.pointers()
    assert (await ada.progress())["revision"] == 0


async def test_spaces_of_others_are_not_found(client: Client) -> None:
    ada, bob = Caller(client, new_learner()), Caller(client, new_learner())
    (await bob.post("/spaces", {"space_id": "bobs", "title": "Space"})).ok()
    (await bob.post("/composite-goals", {"goal_id": "bobs", "title": "Goal"})).ok()
    (await bob.post("/milestones", {"milestone_id": "bobs", "title": "One", "space_id": "bobs"})).ok()
    for path, code in (
        ("/spaces/bobs", "space_not_found"),
        ("/spaces/bobs/progress", "space_not_found"),
        ("/spaces/bobs/history", "space_not_found"),
        ("/composite-goals/bobs", "composite_goal_not_found"),
        ("/composite-goals/bobs/progress", "composite_goal_not_found"),
        ("/composite-goals/bobs/history", "composite_goal_not_found"),
        ("/milestones/bobs", "milestone_not_found"),
    ):
        (await ada.get(path)).problem(404, code)
        if path.count("/") == 2:
            (await delete(ada, path)).problem(404, code)
    (await ada.post("/milestones/bobs/reach")).problem(404, "milestone_not_found")
    (await put(ada, "/milestones/bobs", title="Mine", space_id="bobs")).problem(404, "milestone_not_found")
    (await ada.post("/milestones", {"title": "x", "space_id": "bobs"})).problem(404, "space_not_found")
    (await ada.post("/milestones", {"title": "x", "goal_id": "bobs"})).problem(404, "composite_goal_not_found")
    (await ada.post("/composite-goals", {"title": "x", "space_ids": ["bobs"]})).problem(404, "space_not_found")
    assert (await ada.progress())["revision"] == 0
    # Another learner may use the same ids.
    assert (await put(ada, "/spaces/bobs", title="Mine")).ok()["title"] == "Mine"
    assert (await bob.get("/spaces/bobs")).ok()["title"] == "Space"
