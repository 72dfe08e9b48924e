"""Groups of learners, which administrators keep. Each group has boards of its own, which only its members see."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from milepost.db.connection import Writing
from milepost.db.learner_row import lock_learners
from milepost.errors import Conflict, NotFound
from milepost.queries.leaderboards.groups import Group, group_by_id

MAX_MEMBERS = 5_000
"""Reading a group's board may look at each member."""
MAX_GROUPS_OF_LEARNER = 100

_INSERT = "INSERT INTO board_groups (group_id, name, created_at) VALUES ($1, $2, $3)"
_RENAME = "UPDATE board_groups SET name = $2 WHERE group_id = $1"
_DELETE = "DELETE FROM board_groups WHERE group_id = $1"
_DELETE_MEMBERS = "DELETE FROM group_members WHERE group_id = $1"
# Requests that add members to a group wait here: two at once cannot exceed its size, and no member outlives it.
_LOCK = "SELECT 1 FROM board_groups WHERE group_id = $1 FOR UPDATE"
_KNOWN = "SELECT learner_id FROM learners WHERE learner_id = ANY($1::uuid[])"
_IN_MANY_GROUPS = """
SELECT learner_id FROM group_members WHERE learner_id = ANY($1::uuid[]) AND group_id <> $2
GROUP BY learner_id HAVING count(*) >= $3 ORDER BY learner_id
"""
_ADD = """
INSERT INTO group_members (learner_id, group_id, added_at) SELECT unnest($1::uuid[]), $2, $3
ON CONFLICT DO NOTHING RETURNING learner_id
"""
_REMOVE = "DELETE FROM group_members WHERE learner_id = $1 AND group_id = $2"


async def create_group(connection: Writing, group_id: UUID, name: str, now: datetime) -> Group:
    """Create a group without members. Two groups may have the same name."""
    await connection.execute(_INSERT, group_id, name, now)
    return Group(group_id, name, 0, now)


async def rename_group(connection: Writing, group_id: UUID, name: str) -> Group:
    """Rename a group. Returns it as it was.

    Raises:
        NotFound: `group_not_found`.
    """
    group = await _locked(connection, group_id)
    await connection.execute(_RENAME, group_id, name)
    return group


async def delete_group(connection: Writing, group_id: UUID) -> Group:
    """Delete a group with its memberships. Returns it as it was.

    Raises:
        NotFound: `group_not_found`.
    """
    group = await _locked(connection, group_id)
    await connection.execute(_DELETE_MEMBERS, group_id)
    await connection.execute(_DELETE, group_id)
    return group


async def add_members(connection: Writing, group_id: UUID, learners: Sequence[UUID], now: datetime) -> list[UUID]:
    """Add learners to a group: all of them or none. Returns those that were not in it, by id.

    Raises:
        NotFound: `group_not_found`; `learner_not_found`, nothing was ever recorded of one of them.
        Conflict: `group_full`; `too_many_groups`, one of them is in as many as allowed.
    """
    group = await _locked(connection, group_id)
    known = {row[0] for row in await connection.fetch(_KNOWN, learners)}
    unknown = sorted(str(learner_id) for learner_id in learners if learner_id not in known)
    if unknown:
        raise NotFound("learner_not_found", "There are no such learners.", {"learner_ids": unknown})
    await lock_learners(connection, learners)
    crowded = [
        str(row[0]) for row in await connection.fetch(_IN_MANY_GROUPS, learners, group_id, MAX_GROUPS_OF_LEARNER)
    ]
    if crowded:
        detail = f"A learner may be in at most {MAX_GROUPS_OF_LEARNER} groups."
        raise Conflict("too_many_groups", detail, {"learner_ids": crowded, "max": MAX_GROUPS_OF_LEARNER})
    added = [row[0] for row in await connection.fetch(_ADD, learners, group_id, now)]
    if group.members + len(added) > MAX_MEMBERS:
        raise Conflict("group_full", f"A group may have at most {MAX_MEMBERS} members.", {"max": MAX_MEMBERS})
    return sorted(added)


async def remove_member(connection: Writing, group_id: UUID, learner_id: UUID) -> None:
    """Take a learner out of a group.

    Raises:
        NotFound: `group_not_found`, or `learner_not_found` if the learner is not in it.
    """
    await _locked(connection, group_id)
    if await connection.execute(_REMOVE, learner_id, group_id) == "DELETE 0":
        raise NotFound("learner_not_found", "The group has no such member.")


async def _locked(connection: Writing, group_id: UUID) -> Group:
    await connection.fetch(_LOCK, group_id)
    group = await group_by_id(connection, group_id)
    if group is None:
        raise NotFound("group_not_found", "There is no such group.")
    return group
