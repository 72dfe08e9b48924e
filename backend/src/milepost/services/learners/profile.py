"""Learners' choices about themselves: display name, quiet mode, boards, digest. This module alone writes them."""

from dataclasses import astuple, replace
from typing import TypedDict
from uuid import UUID

from milepost.db.connection import Writing
from milepost.db.learner_row import lock_learners, raise_days_revision, raise_revisions
from milepost.queries.learners.profile import profile
from milepost.services.projections.leaderboards import show_or_hide

_SAVE = """
INSERT INTO profiles (learner_id, display_name, quiet, boards, digest_weekday) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (learner_id) DO UPDATE SET display_name = $2, quiet = $3, boards = $4, digest_weekday = $5
"""


class ProfileChanges(TypedDict, total=False):
    """The choices to change; those left out stay as they are."""

    display_name: str | None
    quiet: bool
    boards: bool
    digest_weekday: int | None


async def change_profile(connection: Writing, learner_id: UUID, changes: ProfileChanges) -> None:
    """Change some of the learner's choices. Without a difference nothing is written, not even a row of the learner.

    Raises the learner's revision, so that no earlier answer is given again. Quiet mode is among the facts that intake
    remembers, so it raises `days_revision` too. Boards show or hide the learner in the same transaction.
    """
    current = await profile(connection, learner_id)
    if replace(current, **changes) == current:
        return
    await lock_learners(connection, [learner_id])
    current = await profile(connection, learner_id)
    changed = replace(current, **changes)
    if changed == current:
        return
    await connection.execute(_SAVE, learner_id, *astuple(changed))
    if changed.quiet == current.quiet:
        await raise_revisions(connection, [learner_id])
    else:
        await raise_days_revision(connection, learner_id)
    if (changed.quiet, changed.boards) != (current.quiet, current.boards):
        await show_or_hide(connection, [learner_id])
