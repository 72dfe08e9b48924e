"""If-Match: a write is executed only if the resource is still as the client has read it."""

import asyncio
from collections.abc import Awaitable, Callable
from uuid import UUID

import pytest
from quart.typing import TestClientProtocol as Client

from milepost.resources import Resources
from support.builders import activity, new_learner
from support.callers import Answer, Caller, Json, service
from support.clock import START, AdjustableClock
from support.planner import delete, put, slot

GOAL: Json = {"name": "read", "target_type": "minutes", "time_period": "weekly", "target_value": 60}
KINDS: dict[str, tuple[str, str, Json, Json]] = {
    "category": ("/categories", "category_id", {"name": "Work"}, {"name": "Home"}),
    "task": ("/tasks", "task_id", {"title": "read"}, {"title": "write"}),
    "goal": ("/goals", "goal_id", GOAL, {**GOAL, "name": "read more"}),
    "space": ("/spaces", "space_id", {"title": "Algebra"}, {"title": "Geometry"}),
    "composite goal": ("/composite-goals", "goal_id", {"title": "Exam"}, {"title": "Exams"}),
    "milestone": ("/milestones", "milestone_id", {"title": "One", "space_id": "s"}, {"title": "Two", "space_id": "s"}),
}
"""What learners change: the address that creates it, the member with its id, a body, and another body."""

every_kind = pytest.mark.parametrize("kind", KINDS)


@pytest.fixture
async def ada(client: Client, clock: AdjustableClock) -> Caller:
    """A learner with a space."""
    learner = Caller(client, new_learner())
    (await put(learner, "/spaces/s", {"title": "Space"})).ok()
    return learner


async def write(caller: Caller, method: str, path: str, etag: str, body: object = None) -> Answer:
    """A write with `If-Match`."""
    return await caller.ask(method, path, json=body, headers={"If-Match": etag})


async def create(caller: Caller, kind: str) -> tuple[str, str]:
    """Create one; its address and its validator."""
    path, member, body, _ = KINDS[kind]
    created = await caller.post(path, body)
    assert created.headers["ETag"] == created.ok()["etag"]
    return f"{path}/{created.body[member]}", created.body["etag"]


@every_kind
async def test_every_write_answers_with_the_new_validator(ada: Caller, kind: str) -> None:
    address, etag = await create(ada, kind)
    other = KINDS[kind][3]
    replaced = await write(ada, "PUT", address, etag, other)
    assert replaced.headers["ETag"] == replaced.ok()["etag"] != etag
    same = await write(ada, "PATCH", address, replaced.body["etag"], {})
    assert same.ok()["etag"] == replaced.body["etag"], "nothing has changed"
    (await write(ada, "DELETE", address, same.body["etag"])).ok()


@every_kind
async def test_a_validator_of_before_is_refused_with_the_current_one(ada: Caller, kind: str) -> None:
    address, old = await create(ada, kind)
    other = KINDS[kind][3]
    current = (await put(ada, address, other)).ok()["etag"]
    for method, body in (("PUT", KINDS[kind][2]), ("PATCH", {}), ("DELETE", None)):
        refused = await write(ada, method, address, old, body)
        assert refused.problem(412, "precondition_failed")["etag"] == current
    assert (await write(ada, "PUT", address, current, other)).ok()["etag"] == current


@every_kind
async def test_comparison_is_strong_and_lists_are_read(ada: Caller, kind: str) -> None:
    address, etag = await create(ada, kind)
    for header in (f"W/{etag}", etag.strip('"'), '"another"', f'"another", W/{etag}', ""):
        (await write(ada, "PATCH", address, header, {})).problem(412, "precondition_failed")
    for header in ("*", f'"another", {etag}', f'W/"another",{etag}'):
        (await write(ada, "PATCH", address, header, {})).ok()


@every_kind
async def test_of_twenty_at_once_one_writes(ada: Caller, kind: str) -> None:
    address, etag = await create(ada, kind)
    member = next(iter(KINDS[kind][3]))
    answers = await asyncio.gather(*(write(ada, "PATCH", address, etag, {member: f"{n}"}) for n in range(20)))
    assert sorted(answer.status for answer in answers) == [200] + [412] * 19
    (winner,) = (answer.body for answer in answers if answer.status == 200)
    assert (await write(ada, "PATCH", address, winner["etag"], {})).ok() == winner


@every_kind
async def test_what_does_not_exist_is_not_found(ada: Caller, kind: str) -> None:
    address, etag = await create(ada, kind)
    if kind == "goal":
        address = "/goals/00000000-0000-4000-8000-000000000000"
    else:
        (await delete(ada, address)).ok()
    for header in ("*", etag):
        assert (await write(ada, "PATCH", address, header, {})).status == 404
        assert (await write(ada, "DELETE", address, header)).status == 404


async def test_reading_gives_the_same_validator(ada: Caller) -> None:
    read_kinds = []
    for kind in KINDS:
        address, etag = await create(ada, kind)
        read = await ada.get(address)
        if read.status == 405:
            continue
        read_kinds.append(kind)
        assert read.headers["ETag"] == read.ok()["etag"] == etag, kind
        for header, status in ((etag, 304), (f"W/{etag}", 304), ("*", 304), ('"another"', 200)):
            again = await ada.ask("GET", address, headers={"If-None-Match": header})
            assert (again.status, again.headers["ETag"]) == (status, etag), (kind, header)
    assert {"category", "task", "space", "composite goal", "milestone"} <= {*read_kinds}


@every_kind
async def test_lists_carry_the_validator_of_each(ada: Caller, kind: str) -> None:
    path, member, _, other = KINDS[kind]
    address, etag = await create(ada, kind)
    (listed,) = [
        item
        for items in (await ada.get(path)).ok().values()
        if isinstance(items, list)
        for item in items
        if address.endswith(item[member])
    ]
    assert listed["etag"] == etag
    (await write(ada, "PUT", address, listed["etag"], other)).ok()


async def test_completing_and_reopening_a_task(ada: Caller) -> None:
    address, etag = await create(ada, "task")
    changed = (await ada.ask("PATCH", address, json={"title": "read on"})).ok()["etag"]
    (await write(ada, "POST", f"{address}/complete", etag)).problem(412, "precondition_failed")
    assert await ada.feed() == []
    completed = await write(ada, "POST", f"{address}/complete", changed)
    assert completed.headers["ETag"] == completed.ok()["task"]["etag"]
    (await write(ada, "DELETE", f"{address}/complete", changed)).problem(412, "precondition_failed")
    assert len(await ada.feed()) == 1
    (await write(ada, "DELETE", f"{address}/complete", completed.headers["ETag"])).ok()
    assert (await ada.get(address)).ok()["status"] == "pending"


async def test_reaching_a_milestone(ada: Caller) -> None:
    address, etag = await create(ada, "milestone")
    (await write(ada, "POST", f"{address}/reach", '"another"')).problem(412, "precondition_failed")
    assert (await ada.get(address)).ok()["reached_on"] is None
    reached = await write(ada, "POST", f"{address}/reach", etag)
    assert reached.ok()["reached_on"] == "2026-03-10"
    assert reached.headers["ETag"] != etag


async def test_a_calendar_day_exists_before_it_is_written(ada: Caller) -> None:
    day = "/calendar-days/2026-03-10"
    empty = (await ada.get(day)).headers["ETag"]
    body = {"focus_slots": [slot(START, 1)]}
    written = await write(ada, "PUT", day, empty, body)
    assert written.ok()["etag"] == (await ada.get(day)).headers["ETag"] != empty
    (await write(ada, "PUT", day, empty, {"focus_slots": []})).problem(412, "precondition_failed")
    assert (await write(ada, "PUT", day, "*", {"focus_slots": []})).ok()["etag"] == empty


@pytest.mark.parametrize("kind", ["space", "composite goal"])
async def test_practice_meanwhile_is_no_other_writer(client: Client, ada: Caller, kind: str) -> None:
    address, etag = await create(ada, kind)
    member = KINDS[kind][1]
    done = activity(START, object_type="task", verb="completed", value=100, **{member: address.rpartition("/")[2]})
    await service(client).record_all(done, learner_id=ada.subject)
    read = (await ada.get(address)).ok()
    assert read["etag"] != etag, "the representation has another total"
    changed = await write(ada, "PATCH", address, etag, {"title": "Topology"})
    assert (changed.ok()["title"], changed.body["total"]) == ("Topology", read["total"])
    (await write(ada, "PATCH", address, etag, {"title": "Algebra"})).problem(412, "precondition_failed")


@pytest.mark.parametrize("path", ["/spaces/new", "/composite-goals/new"])
async def test_put_that_only_creates_or_only_replaces(ada: Caller, path: str) -> None:
    async def put_if(header: str, value: str, title: str) -> Answer:
        return await ada.ask("PUT", path, json={"title": title}, headers={header: value})

    missing = await put_if("If-Match", "*", "One")
    assert missing.problem(412, "precondition_failed").get("etag") is None
    assert (await ada.get(path)).status == 404
    created = (await put_if("If-None-Match", "*", "One")).ok()
    (await put_if("If-None-Match", "*", "Two")).problem(412, "precondition_failed")
    (await put_if("If-None-Match", created["etag"], "Two")).problem(412, "precondition_failed")
    assert (await put_if("If-Match", created["etag"], "Two")).ok()["title"] == "Two"


@pytest.mark.parametrize("path", ["/spaces/new", "/composite-goals/new"])
async def test_of_twenty_that_only_create_one_creates(ada: Caller, path: str) -> None:
    only_create: Callable[[int], Awaitable[Answer]] = lambda n: ada.ask(  # noqa: E731 - a short name for the gather
        "PUT", path, json={"title": f"{n}"}, headers={"If-None-Match": "*"}
    )
    answers = await asyncio.gather(*(only_create(n) for n in range(20)))
    assert sorted(answer.status for answer in answers) == [200] + [412] * 19


async def test_a_condition_on_an_unknown_learner_makes_no_learner(
    client: Client, clock: AdjustableClock, resources: Resources
) -> None:
    nobody = Caller(client, new_learner())
    (await nobody.ask("PATCH", "/spaces/s", json={})).problem(404, "space_not_found")
    (await write(nobody, "DELETE", "/spaces/s", "*")).problem(404, "space_not_found")
    (await write(nobody, "PUT", "/spaces/s", "*", {"title": "S"})).problem(412, "precondition_failed")
    async with resources.database.read() as connection:
        rows = await connection.fetch("SELECT 1 FROM learners WHERE learner_id = $1", UUID(nobody.learner_id))
    assert rows == []


async def test_a_repetition_is_answered_although_the_resource_has_changed(ada: Caller) -> None:
    address, etag = await create(ada, "task")
    headers = {"If-Match": etag, "Idempotency-Key": "k"}
    first = await ada.ask("POST", f"{address}/complete", headers=headers)
    again = await ada.ask("POST", f"{address}/complete", headers=headers)
    assert (again.status, again.raw) == (200, first.raw)
    stale = await ada.ask("POST", f"{address}/complete", headers={**headers, "Idempotency-Key": "l"})
    stale.problem(412, "precondition_failed")
