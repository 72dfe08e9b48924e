"""Groups: what administrators keep, and what members see."""

import asyncio
from uuid import uuid4

import pytest
from quart.typing import TestClientProtocol as Client

from lives.boards import board, choose, empty_boards, places
from milepost.resources import Resources
from milepost.services.leaderboards import groups
from support.builders import exercise, new_learner
from support.callers import Caller, Json, service
from support.clock import START, AdjustableClock


@pytest.fixture(autouse=True)
async def _nobody_is_shown(resources: Resources, clock: AdjustableClock) -> None:
    """Every test begins at START with empty boards."""
    await empty_boards(resources)


@pytest.fixture
def root(client: Client) -> Caller:
    """An administrator."""
    return Caller(client, "root", ["admin"])


async def shown(client: Client, resources: Resources, points: int, name: str) -> Caller:
    """A learner on boards with so many points."""
    learner = Caller(client, new_learner())
    await service(client).record_all(exercise(START, points=points), learner_id=learner.subject)
    await choose(resources, learner, name=name)
    return learner


async def group_of(root: Caller, *members: Caller, name: str = "7b") -> str:
    """The id of a new group with these members."""
    group_id: str = (await root.post("/admin/groups", {"name": name})).ok()["group_id"]
    if members:
        await add(root, group_id, *members)
    return group_id


async def add(root: Caller, group_id: str, *members: Caller) -> Json:
    """Add these learners to a group."""
    body = {"learner_ids": [member.subject for member in members]}
    return (await root.post(f"/admin/groups/{group_id}/members", body)).ok()


async def members_of(root: Caller, group_id: str) -> list[str]:
    """The ids of the members."""
    return [member["learner_id"] for member in (await root.get(f"/admin/groups/{group_id}/members")).ok()["members"]]


async def test_members_see_the_board_of_their_group_with_ranks_of_its_own(
    client: Client, resources: Resources, root: Caller
) -> None:
    ada, ben, cleo = [await shown(client, resources, points, name) for points, name in ((9, "A"), (8, "B"), (7, "C"))]
    seven = await group_of(root, ben, cleo)
    assert await places(cleo) == [(1, 9, "A"), (2, 8, "B"), (3, 7, "C")]
    for metric in ("points", "exercises", "minutes", "streak"):
        assert len(await places(cleo, group=seven, metric=metric)) == 2
    assert await places(cleo, group=seven) == [(1, 8, "B"), (2, 7, "C")]
    assert await places(cleo, group=seven, around="me", limit=1, period="all") == [(2, 7, "C")]
    read = await board(cleo, group=seven, period="month")
    assert read["me"] == {"value": 7, "rank": 2, "shown": True}
    assert read["group"] == {"group_id": seven, "name": "7b"}
    assert read["groups"] == [{"group_id": seven, "name": "7b"}]
    (await ada.get("/leaderboards", group=seven)).problem(404, "group_not_found")
    (await ada.get("/leaderboards", group=str(uuid4()))).problem(404, "group_not_found")


async def test_a_member_who_is_hidden_is_on_no_board_of_the_group(
    client: Client, resources: Resources, root: Caller
) -> None:
    ada, ben = await shown(client, resources, 9, "A"), await shown(client, resources, 8, "B")
    group = await group_of(root, ada, ben)
    await choose(resources, ada, boards=False)
    assert await places(ben, group=group) == [(1, 8, "B")]
    assert (await board(ada, group=group))["me"] == {"value": 9, "rank": 1, "shown": False}
    assert await places(ada, group=group) == [(1, 8, "B")]


async def test_a_learner_may_be_in_several_groups(client: Client, resources: Resources, root: Caller) -> None:
    ada, ben = await shown(client, resources, 9, "A"), await shown(client, resources, 8, "B")
    maths, physics = await group_of(root, ada, ben, name="Maths"), await group_of(root, ada, name="Physics")
    assert [group["name"] for group in (await board(ada))["groups"]] == ["Maths", "Physics"]
    assert len(await places(ada, group=maths)) == 2
    assert len(await places(ada, group=physics)) == 1
    (await root.ask("DELETE", f"/admin/groups/{maths}/members/{ada.subject}")).ok()
    (await ada.get("/leaderboards", group=maths)).problem(404, "group_not_found")
    assert await places(ben, group=maths) == [(1, 8, "B")]


async def test_an_administrator_keeps_groups(client: Client, resources: Resources, root: Caller) -> None:
    ada = await shown(client, resources, 9, "A")
    made = (await root.post("/admin/groups", {"name": " 7b "})).ok()
    group = made["group_id"]
    assert made == {"group_id": group, "name": "7b", "members": 0, "created_at": "2026-03-10T12:00:00Z"}
    assert await add(root, group, ada, ada) == {"group_id": group, "added_learner_ids": [ada.learner_id]}
    assert (await add(root, group, ada))["added_learner_ids"] == []
    renamed = (await root.ask("PUT", f"/admin/groups/{group}", json={"name": "8b"})).ok()
    assert renamed == {**made, "name": "8b", "members": 1}
    assert (await root.get(f"/admin/groups/{group}")).ok() == renamed
    assert await members_of(root, group) == [ada.learner_id]
    assert (await root.ask("DELETE", f"/admin/groups/{group}")).ok() == {"group_id": group, "deleted": True}
    (await root.get(f"/admin/groups/{group}")).problem(404, "group_not_found")
    (await ada.get("/leaderboards", group=group)).problem(404, "group_not_found")
    assert (await board(ada))["groups"] == []
    entries = (await root.get("/admin/audit", limit=4)).ok()["entries"]
    assert [(entry["action"], entry["learner_id"]) for entry in entries] == [
        ("group.delete", None),
        ("group.rename", None),
        ("group.add", ada.learner_id),
        ("group.create", None),
    ]


async def test_groups_and_members_come_page_by_page(client: Client, resources: Resources, root: Caller) -> None:
    learners = [await shown(client, resources, 1, "x") for _ in range(3)]
    made = [await group_of(root, *learners, name=name) for name in ("page a", "page b", "page b")]
    pages: list[list[str]] = []
    query: Json = {"limit": 2}
    while len(pages) < 20:
        page = (await root.get("/admin/groups", **query)).ok()
        pages.append([group["group_id"] for group in page["groups"]])
        if page["next"] is None:
            break
        query["cursor"] = page["next"]
    listed = [group_id for page in pages for group_id in page]
    assert len(set(listed)) == len(listed)
    assert [group_id for group_id in listed if group_id in made] == [made[0], *sorted(made[1:])]
    first = (await root.get(f"/admin/groups/{made[0]}/members", limit=2)).ok()
    rest = (await root.get(f"/admin/groups/{made[0]}/members", limit=2, cursor=first["next"])).ok()
    assert [member["learner_id"] for member in (*first["members"], *rest["members"])] == sorted(
        learner.learner_id for learner in learners
    )
    assert rest["next"] is None
    (await root.get("/admin/groups", cursor="bm9uZQ==")).problem(422, "invalid_cursor")
    (await root.get("/admin/groups", cursor="WyJhIl0=")).problem(422, "invalid_cursor")
    (await root.get(f"/admin/groups/{made[0]}/members", cursor="WyJhIl0=")).problem(422, "invalid_cursor")


async def test_learners_are_added_all_or_none(client: Client, resources: Resources, root: Caller) -> None:
    ada, nobody = await shown(client, resources, 9, "A"), Caller(client, new_learner())
    group = await group_of(root)
    body = {"learner_ids": [ada.subject, nobody.subject]}
    refused = await root.post(f"/admin/groups/{group}/members", body)
    assert refused.problem(404, "learner_not_found")["learner_ids"] == [nobody.learner_id]
    assert await members_of(root, group) == []


async def test_what_is_unknown_or_impossible_is_refused(client: Client, root: Caller) -> None:
    unknown, group = uuid4(), await group_of(root)
    (await root.get(f"/admin/groups/{unknown}")).problem(404, "group_not_found")
    (await root.get(f"/admin/groups/{unknown}/members")).problem(404, "group_not_found")
    (await root.ask("PUT", f"/admin/groups/{unknown}", json={"name": "x"})).problem(404, "group_not_found")
    (await root.ask("DELETE", f"/admin/groups/{unknown}")).problem(404, "group_not_found")
    (await root.post(f"/admin/groups/{unknown}/members", {"learner_ids": ["x"]})).problem(404, "group_not_found")
    (await root.ask("DELETE", f"/admin/groups/{unknown}/members/x")).problem(404, "group_not_found")
    (await root.ask("DELETE", f"/admin/groups/{group}/members/x")).problem(404, "learner_not_found")
    for name in ("", "   ", "x" * 101, "a\u202eb", "a\nb"):
        (await root.post("/admin/groups", {"name": name})).problem(422, "invalid_body")
    for learners in ([], ["x"] * 201, [""]):
        (await root.post(f"/admin/groups/{group}/members", {"learner_ids": learners})).problem(422, "invalid_body")


async def test_S11_groups_and_the_groups_of_a_learner_are_limited(
    client: Client, resources: Resources, root: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(groups, "MAX_MEMBERS", 2)
    monkeypatch.setattr(groups, "MAX_GROUPS_OF_LEARNER", 2)
    ada, ben, cleo = [await shown(client, resources, 1, "x") for _ in range(3)]
    first, second, third = [await group_of(root) for _ in range(3)]
    await add(root, first, ada)
    full = await root.post(f"/admin/groups/{first}/members", {"learner_ids": [ben.subject, cleo.subject]})
    assert full.problem(409, "group_full")["max"] == 2
    assert await members_of(root, first) == [ada.learner_id]
    await add(root, second, ada)
    await add(root, second, ada)
    crowded = await root.post(f"/admin/groups/{third}/members", {"learner_ids": [ada.subject, ben.subject]})
    assert crowded.problem(409, "too_many_groups")["learner_ids"] == [ada.learner_id]
    both = [root.post(f"/admin/groups/{third}/members", {"learner_ids": [who.subject]}) for who in (ben, cleo)]
    assert [answer.status for answer in await asyncio.gather(*both)] == [200, 200]
    assert len(await members_of(root, third)) == 2


async def test_what_a_learner_is_in_is_part_of_its_export(client: Client, resources: Resources, root: Caller) -> None:
    ada = await shown(client, resources, 9, "A")
    group = await group_of(root, ada)
    exported = (await ada.get("/progress/export", format="json")).ok()["tables"]
    assert [row["group_id"] for row in exported["group_members"]] == [group]
    assert {(row["period"], row["points"]) for row in exported["board_scores"]} == {
        ("week", 9),
        ("month", 9),
        ("all", 9),
    }
