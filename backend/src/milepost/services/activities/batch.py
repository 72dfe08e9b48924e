"""One batch of activities on its way into the log, and what a process remembers between batches."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID, uuid4

from milepost.db.connection import Writing
from milepost.queries.achievements.catalogue import CatalogueInForce, CatalogueMemory
from milepost.queries.learners.facts import FactsMemory, LearnerFacts
from milepost.rules.days.calendar import day_end, local_day_and_offset
from milepost.rules.policy import Policy
from milepost.services.activities.submission import Submission
from milepost.services.learners.zones import establish_zones


@dataclass(frozen=True, slots=True)
class IntakeMemory:
    """Learners' facts and the achievement catalogue. Both may be stale: each batch proves them under the locks."""

    facts: FactsMemory
    catalogue: CatalogueMemory


@dataclass(frozen=True, slots=True)
class Batch:
    """The submissions of one commit and everything that decides about them.

    `facts` has every learner of the batch. Each submission already has its local day.
    """

    submissions: Sequence[Submission]
    facts: Mapping[UUID, LearnerFacts]
    in_force: CatalogueInForce
    memory: IntakeMemory
    policy: Policy
    now: datetime
    commit_id: UUID

    def today(self, learner_id: UUID) -> date:
        """The learner's local date."""
        return self.facts[learner_id].today(self.now)


async def settle_zones(
    connection: Writing,
    submissions: Sequence[Submission],
    memory: IntakeMemory,
    policy: Policy,
    now: datetime,
) -> None:
    """Store the first known zone of learners whose own token names one, before their activities are recorded.

    In a transaction of its own, or a savepoint where the caller has one open: then the caller holds the learners'
    locks. This locks learners first, while `record` fills the log and then locks learners. Doing both in one
    transaction without holding the locks could deadlock with another transaction that brings one of the same ids.
    """
    # The first zone named in a batch wins.
    claims = {
        submission.learner_id: submission.claimed_zone
        for submission in reversed(submissions)
        if submission.claimed_zone
    }
    if not claims:
        return
    facts = await memory.facts.recall(connection, list(claims), policy)
    assumed = {learner_id: learner for learner_id, learner in facts.items() if learner.zone_is_assumed}
    if assumed:
        async with connection.transaction():
            await establish_zones(connection, claims, assumed, policy, now)
        memory.facts.forget(assumed)


async def open_batch(
    connection: Writing,
    submissions: Sequence[Submission],
    memory: IntakeMemory,
    policy: Policy,
    now: datetime,
) -> Batch:
    """Recall what decides about these submissions, and decide their days."""
    learners = sorted({submission.learner_id for submission in submissions}, key=lambda learner: learner.int)
    facts = await memory.facts.recall(connection, learners, policy)
    _decide_days(submissions, facts)
    in_force = await memory.catalogue.recall(connection)
    return Batch(submissions, facts, in_force, memory, policy, now, uuid4())


def _decide_days(submissions: Sequence[Submission], facts: Mapping[UUID, LearnerFacts]) -> None:
    """The zone sent with an activity decides its day; without one, the learner's zone in force at its instant."""
    for submission in submissions:
        zone = submission.activity.zone or facts[submission.learner_id].zones.name_at(submission.occurred_at)
        submission.local_day, submission.utc_offset_minutes = local_day_and_offset(submission.occurred_at, zone)
        submission.day_ends_at = day_end(submission.local_day, zone)
