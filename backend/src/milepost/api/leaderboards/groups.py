"""Groups and their members, for administrators."""

from functools import partial
from uuid import UUID, uuid4

from quart import Blueprint

from milepost.api.edge.guard import current_caller, learner_named
from milepost.api.edge.request_context import resources
from milepost.api.http.contract import contract
from milepost.api.http.cursors import read_cursor, write_cursor
from milepost.api.http.parsing import read_body, read_query
from milepost.api.http.responses import Reply, answer, instant
from milepost.api.leaderboards.problems import GROUP_PROBLEMS
from milepost.api.leaderboards.schemas import (
    GroupDeletedOut,
    GroupIn,
    GroupOut,
    GroupsOut,
    GroupsQuery,
    MemberRemovedOut,
    MembersAddedOut,
    MembersIn,
    MembersOut,
)
from milepost.api.leaderboards.serializers import group_json
from milepost.db.connection import Reading
from milepost.errors import NotFound
from milepost.queries.leaderboards.groups import Group, group_by_id, groups_page, members_page
from milepost.services import audit
from milepost.services.leaderboards import groups

blueprint = Blueprint("groups", __name__)

_for_admins = partial(contract, roles=("admin",), tag="admin")


@blueprint.get("/admin/groups")
@_for_admins(
    operation="listGroups",
    summary="Groups",
    query=GroupsQuery,
    answers=GroupsOut,
    problems=("invalid_cursor",),
)
async def show_groups() -> Reply:
    """Lists all groups by name, page by page."""
    query, app = read_query(GroupsQuery), resources()
    after = read_cursor(query.cursor, _group_place) if query.cursor else None
    async with app.database.read() as connection:
        rows = await groups_page(connection, query.limit + 1, after)
    page = rows[: query.limit]
    following = write_cursor((page[-1].name, str(page[-1].group_id))) if len(rows) > len(page) else None
    return answer({"groups": [group_json(group) for group in page], "next": following})


@blueprint.post("/admin/groups")
@_for_admins(
    operation="createGroup",
    summary="Create a group",
    request=GroupIn,
    answers=GroupOut,
    keyed=True,
)
async def create_group() -> Reply:
    """Creates a group without members. Several groups may have the same name."""
    caller, app = current_caller(), resources()
    body, now, group_id = await read_body(GroupIn), app.clock.now(), uuid4()
    async with app.database.write() as connection:
        group = await groups.create_group(connection, group_id, body.name, now)
        note = {"group_id": str(group_id), "name": body.name}
        await audit.note(connection, caller.subject, "group.create", note, now)
    return answer(group_json(group))


@blueprint.get("/admin/groups/<uuid:group_id>")
@_for_admins(
    operation="getGroup",
    summary="A group",
    answers=GroupOut,
    problems=GROUP_PROBLEMS,
)
async def show_group(group_id: UUID) -> Reply:
    """One group."""
    async with resources().database.read() as connection:
        group = await _existing_group(connection, group_id)
    return answer(group_json(group))


@blueprint.put("/admin/groups/<uuid:group_id>")
@_for_admins(
    operation="replaceGroup",
    summary="Rename a group",
    request=GroupIn,
    answers=GroupOut,
    problems=GROUP_PROBLEMS,
)
async def rename_group(group_id: UUID) -> Reply:
    """Changes the name. The members stay."""
    caller, app = current_caller(), resources()
    body, now = await read_body(GroupIn), app.clock.now()
    async with app.database.write() as connection:
        before = await groups.rename_group(connection, group_id, body.name)
        note = {"group_id": str(group_id), "name": body.name, "replaced": before.name}
        await audit.note(connection, caller.subject, "group.rename", note, now)
    return answer(group_json(before._replace(name=body.name)))


@blueprint.delete("/admin/groups/<uuid:group_id>")
@_for_admins(
    operation="deleteGroup",
    summary="Delete a group",
    answers=GroupDeletedOut,
    problems=GROUP_PROBLEMS,
)
async def delete_group(group_id: UUID) -> Reply:
    """Deletes the group and its boards. What its members have recorded stays."""
    caller, app = current_caller(), resources()
    async with app.database.write() as connection:
        group = await groups.delete_group(connection, group_id)
        note = {"group_id": str(group_id), "name": group.name, "members": group.members}
        await audit.note(connection, caller.subject, "group.delete", note, app.clock.now())
    return answer({"group_id": str(group_id), "deleted": True})


@blueprint.get("/admin/groups/<uuid:group_id>/members")
@_for_admins(
    operation="listMembers",
    summary="Members of a group",
    query=GroupsQuery,
    answers=MembersOut,
    problems=(*GROUP_PROBLEMS, "invalid_cursor"),
)
async def show_members(group_id: UUID) -> Reply:
    """Lists everybody in the group, page by page, on boards or not."""
    query, app = read_query(GroupsQuery), resources()
    after = read_cursor(query.cursor, _member_place) if query.cursor else None
    async with app.database.snapshot() as connection:
        await _existing_group(connection, group_id)
        rows = await members_page(connection, group_id, query.limit + 1, after)
    page = rows[: query.limit]
    following = write_cursor((str(page[-1][0]),)) if len(rows) > len(page) else None
    members = [{"learner_id": str(learner_id), "added_at": instant(added_at)} for learner_id, added_at in page]
    return answer({"members": members, "next": following})


@blueprint.post("/admin/groups/<uuid:group_id>/members")
@_for_admins(
    operation="addMembers",
    summary="Add learners to a group",
    request=MembersIn,
    answers=MembersAddedOut,
    problems=(*GROUP_PROBLEMS, "learner_not_found", "group_full", "too_many_groups"),
    keyed=True,
)
async def add_members(group_id: UUID) -> Reply:
    """Adds all of these learners, or none of them. A learner may be in several groups. Repeating it changes nothing."""
    caller, app = current_caller(), resources()
    body, now = await read_body(MembersIn), app.clock.now()
    learners = list({learner_named(caller, learner): None for learner in body.learner_ids})
    async with app.database.write() as connection:
        added = await groups.add_members(connection, group_id, learners, now)
        for learner_id in added:
            await audit.note(connection, caller.subject, "group.add", {"group_id": str(group_id)}, now, learner_id)
    return answer({"group_id": str(group_id), "added_learner_ids": [str(learner_id) for learner_id in added]})


@blueprint.delete("/admin/groups/<uuid:group_id>/members/<any_text:learner_id>")
@_for_admins(
    operation="removeMember",
    summary="Take a learner out of a group",
    answers=MemberRemovedOut,
    problems=(*GROUP_PROBLEMS, "learner_not_found"),
)
async def remove_member(group_id: UUID, learner_id: str) -> Reply:
    """The learner no longer sees the group's boards, and is on none of them."""
    caller, app = current_caller(), resources()
    learner, note = learner_named(caller, learner_id), {"group_id": str(group_id)}
    async with app.database.write() as connection:
        await groups.remove_member(connection, group_id, learner)
        await audit.note(connection, caller.subject, "group.remove", note, app.clock.now(), learner)
    return answer({"group_id": str(group_id), "learner_id": str(learner), "removed": True})


async def _existing_group(connection: Reading, group_id: UUID) -> Group:
    """The group with this id.

    Raises:
        NotFound: `group_not_found`.
    """
    group = await group_by_id(connection, group_id)
    if group is None:
        raise NotFound("group_not_found", "There is no such group.")
    return group


def _group_place(place: list[str]) -> tuple[str, UUID]:
    name, group_id = place
    return name, UUID(group_id)


def _member_place(place: list[str]) -> UUID:
    [learner_id] = place
    return UUID(learner_id)
