"""Stores what learners have earned: the unlock, its bit in the learner's mask, and the notices to send about it."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal
from uuid import UUID

from milepost.db.connection import Writing
from milepost.rules.achievements.catalogue import mask_to_bytes
from milepost.rules.achievements.definitions import Definition
from milepost.rules.notices.digest import is_late
from milepost.services.notices import Notice

Source = Literal["activity", "backfill", "manual"]

# Sets the whole mask, so a bit that the row has lost comes back. Only rows that were not held before are returned.
_STORE = """
WITH stored AS (
    INSERT INTO unlocks AS u
        (learner_id, code, earned_on, revision, unlocked_at, commit_id, source, cause_sender, cause_id)
    SELECT g.learner_id, g.code, g.earned_on, l.revision, $6, $7, $8, g.cause_sender, g.cause_id
    FROM unnest($1::uuid[], $2::text[], $3::date[], $4::text[], $5::text[])
        AS g(learner_id, code, earned_on, cause_sender, cause_id) JOIN learners l USING (learner_id)
    ON CONFLICT (learner_id, code) DO UPDATE SET earned_on = excluded.earned_on, revision = excluded.revision,
        unlocked_at = excluded.unlocked_at, commit_id = excluded.commit_id, source = excluded.source, revoked_at = NULL,
        cause_sender = excluded.cause_sender, cause_id = excluded.cause_id
    WHERE u.revoked_at IS NOT NULL
    RETURNING u.learner_id, u.code
), masked AS (
    UPDATE learners l SET unlocked = k.mask FROM unnest($9::uuid[], $10::bytea[]) AS k(learner_id, mask)
    WHERE l.learner_id = k.learner_id
)
SELECT learner_id, code FROM stored
"""
_REDATE = """
UPDATE unlocks u SET earned_on = g.earned_on
FROM unnest($1::uuid[], $2::text[], $3::date[]) AS g(learner_id, code, earned_on)
WHERE u.learner_id = g.learner_id AND u.code = g.code
"""


@dataclass(frozen=True, slots=True)
class Unlocked:
    """An achievement a learner has just earned, and the learner's local day on which it was earned."""

    definition: Definition
    earned_on: date


@dataclass(frozen=True, slots=True)
class DueUnlocks:
    """What one learner is due, and the learner's mask once it is held.

    `cause`: the sender and id of the activity that answers with these unlocks.
    """

    learner_id: UUID
    mask: int
    unlocked: Sequence[Unlocked]
    cause: tuple[str | None, str | None] = (None, None)


async def store_unlocks(
    connection: Writing, due: Sequence[DueUnlocks], commit_id: UUID, source: Source, now: datetime
) -> dict[UUID, list[Unlocked]]:
    """Store what learners are due and return, by learner, what was not held before.

    The caller holds the learners' locks, has raised their `revision` in this transaction, and writes the notices.
    """
    rows = [
        (learner.learner_id, unlock.definition.code, unlock.earned_on, *learner.cause)
        for learner in due
        for unlock in learner.unlocked
    ]
    learners, masks = [learner.learner_id for learner in due], [mask_to_bytes(learner.mask) for learner in due]
    columns = list(map(list, zip(*rows, strict=True)))
    stored = {tuple(row) for row in await connection.fetch(_STORE, *columns, now, commit_id, source, learners, masks)}
    return {
        learner.learner_id: [
            unlock for unlock in learner.unlocked if (learner.learner_id, unlock.definition.code) in stored
        ]
        for learner in due
    }


async def redate(connection: Writing, dates: Sequence[tuple[UUID, str, date]]) -> None:
    """Change the dates of unlocks: (learner, code, earned on)."""
    if dates:
        await connection.execute(_REDATE, *map(list, zip(*dates, strict=True)))


def unlock_notices(unlocked: Mapping[UUID, Collection[Unlocked]], todays: Mapping[UUID, date]) -> list[Notice]:
    """The notices of new unlocks, by learner. `todays` has the local date of each learner."""
    return [
        Notice(
            learner_id,
            "achievement_unlocked",
            # The catalogue has the words; a digest repeats this for every late unlock.
            {"code": unlock.definition.code, "earned_on": unlock.earned_on.isoformat()},
            is_late(unlock.earned_on, todays[learner_id]),
        )
        for learner_id, unlocks in unlocked.items()
        for unlock in unlocks
    ]


def unlock_body(unlock: Unlocked) -> dict[str, object]:
    """An unlock as answers show it."""
    definition = unlock.definition
    return {
        "code": definition.code,
        "title": definition.title,
        "points": definition.points,
        "tier": definition.tier,
        "earned_on": unlock.earned_on.isoformat(),
    }
