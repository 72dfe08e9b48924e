"""While an outage has yet to reach a learner's row, the streak kept there cannot be gone on from: it is walked."""

from collections.abc import Iterable, Mapping
from datetime import date
from uuid import UUID

from milepost.db.connection import Writing
from milepost.queries.learners.facts import LearnerFacts, learner_facts
from milepost.queries.streaks.streaks import MET_DAYS, walk_streaks
from milepost.rules.policy import Policy
from milepost.rules.streaks.streaks import StreakState, walk
from milepost.services.activities.statement import LearnerRow
from milepost.services.activities.submission import LearnerChange

_PENDING = """
SELECT learner_id FROM learners
WHERE learner_id = ANY($1::uuid[]) AND outage_seen < (SELECT max(activation) FROM outages)
"""


async def walk_pending(
    connection: Writing,
    learners: Iterable[LearnerRow],
    facts: Mapping[UUID, LearnerFacts],
    policy: Policy,
) -> dict[UUID, StreakState]:
    """The streaks of learners after a batch, walked; what each was before the batch is set right in its row."""
    by_id = {learner.learner_id: learner for learner in learners}
    streaks = {}
    for learner_id, days in await connection.fetch(MET_DAYS, list(by_id)):
        excused = facts[learner_id].excused(days[0], days[-1], policy)
        opened: set[date] = set(by_id[learner_id].opened_days)
        by_id[learner_id].streak = walk((day for day in days if day not in opened), excused, policy.streak)
        streaks[learner_id] = walk(days, excused, policy.streak)
    return streaks


async def refresh_stale_streaks(
    connection: Writing,
    changes: Mapping[UUID, LearnerChange],
    facts: dict[UUID, LearnerFacts],
    policy: Policy,
) -> None:
    """Of learners of whom nothing is new nothing was proved: read their facts, and walk where an outage is pending."""
    facts |= await learner_facts(connection, list(changes), policy)
    if any(facts[learner_id].outage_revision for learner_id in changes):
        pending = [row[0] for row in await connection.fetch(_PENDING, list(changes))]
        walked = await walk_streaks(connection, {learner_id: facts[learner_id] for learner_id in pending}, policy)
        for learner_id, streak in walked.items():
            changes[learner_id].before = changes[learner_id].after = streak
