"""Groups and their members."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from milepost.db.connection import Reading

MAX_SHOWN_GROUPS = 200

_MEMBERS = "(SELECT count(*) FROM group_members m WHERE m.group_id = g.group_id)"
_GROUP = f"SELECT g.group_id, g.name, {_MEMBERS}, g.created_at FROM board_groups g WHERE g.group_id = $1"
_GROUPS = f"""
SELECT g.group_id, g.name, {_MEMBERS}, g.created_at FROM board_groups g
WHERE $1::text IS NULL OR (g.name, g.group_id) > ($1, $2::uuid) ORDER BY g.name, g.group_id LIMIT $3
"""
_GROUPS_OF = """
SELECT g.group_id, g.name FROM group_members m JOIN board_groups g USING (group_id)
WHERE m.learner_id = $1 ORDER BY g.name, g.group_id LIMIT $2
"""
_OWN_GROUP = """
SELECT g.group_id, g.name FROM group_members m JOIN board_groups g USING (group_id)
WHERE m.learner_id = $1 AND m.group_id = $2
"""
_MEMBER_PAGE = """
SELECT learner_id, added_at FROM group_members
WHERE group_id = $1 AND ($2::uuid IS NULL OR learner_id > $2) ORDER BY learner_id LIMIT $3
"""


class Group(NamedTuple):
    """A group as administrators see it; `members` counts all of them, also those who are not on boards."""

    group_id: UUID
    name: str
    members: int
    created_at: datetime


class OwnGroup(NamedTuple):
    """A group as its members see it."""

    group_id: UUID
    name: str


async def group_by_id(connection: Reading, group_id: UUID) -> Group | None:
    """The group of this id, or None. One statement."""
    row = await connection.fetchrow(_GROUP, group_id)
    return None if row is None else Group(*row)


async def groups_page(connection: Reading, limit: int, after: tuple[str, UUID] | None) -> list[Group]:
    """At most `limit` groups by name and id, those after the name and id given. One statement."""
    name, group_id = after or (None, None)
    return [Group(*row) for row in await connection.fetch(_GROUPS, name, group_id, limit)]


async def groups_of(connection: Reading, learner_id: UUID) -> list[OwnGroup]:
    """The groups a learner is in, by name. One statement."""
    return [OwnGroup(*row) for row in await connection.fetch(_GROUPS_OF, learner_id, MAX_SHOWN_GROUPS)]


async def own_group(connection: Reading, learner_id: UUID, group_id: UUID) -> OwnGroup | None:
    """The group of this id if the learner is in it. One statement."""
    row = await connection.fetchrow(_OWN_GROUP, learner_id, group_id)
    return None if row is None else OwnGroup(*row)


async def members_page(
    connection: Reading, group_id: UUID, limit: int, after: UUID | None
) -> Sequence[tuple[UUID, datetime]]:
    """At most `limit` members by id with the instant they were added, those after the id given. One statement."""
    return [
        (learner_id, added_at) for learner_id, added_at in await connection.fetch(_MEMBER_PAGE, group_id, after, limit)
    ]
