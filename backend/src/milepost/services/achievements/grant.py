"""Giving one learner an achievement by hand, whatever its rule says."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid4

from milepost.db.connection import Writing
from milepost.db.learner_row import lock_learners, raise_revisions
from milepost.errors import Conflict, NotFound
from milepost.queries.achievements.achievements import learner_measures
from milepost.queries.achievements.catalogue import catalogue_in_force
from milepost.queries.learners.facts import learner_facts
from milepost.rules.policy import Policy
from milepost.services.achievements.reconcile import reconcile
from milepost.services.achievements.unlocks import DueUnlocks, Unlocked, store_unlocks, unlock_notices
from milepost.services.notices import write_notices

_IS_KNOWN = "SELECT 1 FROM learners WHERE learner_id = $1"
_REVISION = "SELECT revision FROM learners WHERE learner_id = $1"


@dataclass(frozen=True, slots=True)
class Granted:
    """The unlock, with everything it unlocked in turn; empty if the learner had it already."""

    revision: int
    unlocked: list[Unlocked]


async def grant(connection: Writing, learner_id: UUID, code: str, policy: Policy, now: datetime) -> Granted:
    """Grant the learner this achievement. Granting it again changes nothing.

    Raises:
        NotFound: `achievement_not_found`, or `learner_not_found` if nothing was ever recorded of the learner.
        Conflict: `achievement_not_active`: drafts and retired achievements are not granted.
    """
    if await connection.fetchval(_IS_KNOWN, learner_id) is None:
        raise NotFound("learner_not_found", "There is no such learner.")
    await lock_learners(connection, [learner_id])
    catalogue = (await catalogue_in_force(connection, policy)).catalogue
    entry = catalogue.entries.get(code)
    if entry is None:
        raise NotFound("achievement_not_found", "There is no such achievement.")
    if entry.definition.state != "active":
        raise Conflict(
            "achievement_not_active", f"The achievement is {entry.definition.state}; only an active one can be granted."
        )
    measures = (await learner_measures(connection, [learner_id], policy))[learner_id]
    if code in measures.unlocks:
        return Granted(await connection.fetchval(_REVISION, learner_id), [])
    await raise_revisions(connection, [learner_id])
    revision = await connection.fetchval(_REVISION, learner_id)
    today = (await learner_facts(connection, [learner_id], policy, with_goals=False))[learner_id].today(now)
    commit_id = uuid4()
    mask = catalogue.mask_of(measures.unlocks) | entry.mask
    due = DueUnlocks(learner_id, mask, [Unlocked(entry.definition, today)])
    unlocked = await store_unlocks(connection, [due], commit_id, "manual", now)
    await write_notices(connection, unlock_notices(unlocked, {learner_id: today}), commit_id, now)
    settled = await reconcile(connection, [learner_id], policy, now, commit_id=commit_id)
    return Granted(revision, [*unlocked[learner_id], *settled[learner_id].unlocked])
