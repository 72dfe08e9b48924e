"""Boards of learners who leave: erased ones are on none, and of two accounts of one person one remains."""

import pytest
from quart.typing import TestClientProtocol as Client

from lives.boards import board, choose, empty_boards, places
from milepost.resources import Resources
from support.builders import exercise, new_learner
from support.callers import Caller, service
from support.clock import START, AdjustableClock


@pytest.fixture(autouse=True)
async def _nobody_is_shown(resources: Resources, clock: AdjustableClock) -> None:
    """Every test begins at START with empty boards."""
    await empty_boards(resources)


async def shown(client: Client, resources: Resources, points: int, name: str) -> Caller:
    """A learner on boards with so many points."""
    learner = Caller(client, new_learner())
    await service(client).record_all(exercise(START, points=points), learner_id=learner.subject)
    await choose(resources, learner, name=name)
    return learner


async def group_of(root: Caller, *members: Caller) -> str:
    """The id of a new group with these members."""
    group_id: str = (await root.post("/admin/groups", {"name": "7b"})).ok()["group_id"]
    body = {"learner_ids": [member.subject for member in members]}
    (await root.post(f"/admin/groups/{group_id}/members", body)).ok()
    return group_id


async def test_an_erased_learner_is_on_no_board_and_in_no_group(client: Client, resources: Resources) -> None:
    ada, ben = await shown(client, resources, 90, "Ada"), await shown(client, resources, 70, "Ben")
    root = Caller(client, "root", ["admin"])
    group = await group_of(root, ada, ben)
    (await root.ask("DELETE", f"/admin/learners/{ada.subject}")).ok()
    for query in ({}, {"group": group}, {"period": "all", "around": "me"}, {"metric": "streak"}):
        assert [name for _, _, name in await places(ben, **query)] == ["Ben"]
    assert (await board(ben))["me"] == {"value": 70, "rank": 1, "shown": True}
    members = (await root.get(f"/admin/groups/{group}/members")).ok()["members"]
    assert [member["learner_id"] for member in members] == [ben.learner_id]
    (await ada.get("/leaderboards")).problem(410, "learner_erased")
    (await ada.get("/peers")).problem(410, "learner_erased")
    again = await root.post(f"/admin/groups/{group}/members", {"learner_ids": [ada.subject]})
    again.problem(410, "learner_erased")


async def test_a_merged_learner_brings_its_points_and_groups(client: Client, resources: Resources) -> None:
    old, new, ben = [
        await shown(client, resources, points, name) for points, name in ((90, "Old"), (20, "New"), (100, "Ben"))
    ]
    root = Caller(client, "root", ["admin"])
    group = await group_of(root, old, ben)
    (await root.post(f"/admin/learners/{old.subject}/merge", {"into": new.subject})).ok()
    for query in ({}, {"group": group}, {"period": "all"}):
        assert await places(new, **query) == [(1, 110, "New"), (2, 100, "Ben")]
    assert [own["group_id"] for own in (await board(new))["groups"]] == [group]
