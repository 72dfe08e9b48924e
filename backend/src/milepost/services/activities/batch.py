"""One batch of activities on its way into the log, and what a process remembers between batches."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from uuid import UUID, uuid4

from milepost.db.connection import Writing
from milepost.queries.achievements.catalogue import CatalogueInForce, CatalogueMemory
from milepost.queries.learners.facts import FactsMemory, LearnerFacts
from milepost.queries.mastery.eases import EaseMemory, ExerciseDay, eases_of_days
from milepost.rules.activities import GRADED
from milepost.rules.days.activity_days import decide_day, first_named_zone
from milepost.rules.policy import Policy
from milepost.services.activities.submission import Submission
from milepost.services.learners.zones import FirstZone, establish_first_zones


@dataclass(frozen=True, slots=True)
class IntakeMemory:
    """Learners' facts, the achievement catalogue and published eases. All may be stale: each batch proves them under
    the locks.

    `crowded_days`: days of learners that have had more activities than a learner's own client may send. On these, its
    activities are counted first.
    """

    facts: FactsMemory
    catalogue: CatalogueMemory
    eases: EaseMemory
    crowded_days: set[tuple[UUID, date]] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class Batch:
    """The submissions of one commit and everything that decides about them.

    `facts` has every learner of the batch. Each submission already has its local day, and each grade what is typical.
    `ease_revision`: of the eases that decided it; None without a grade.
    """

    submissions: Sequence[Submission]
    facts: Mapping[UUID, LearnerFacts]
    in_force: CatalogueInForce
    ease_revision: int | None
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
    """Store the first known zone of learners whose own token or activities name one, before these are recorded.

    A learner's own token comes before the zones of a service's activities, of which the earliest activity decides.
    In a transaction of its own, or a savepoint where the caller has one open: then the caller holds the learners'
    locks. This locks learners first, while `record` fills the log and then locks learners. Doing both in one
    transaction without holding the locks could deadlock with another transaction that brings one of the same ids.

    Raises:
        LearnersGone: learners have left, which the memory did not know.
    """
    naming = [submission for submission in submissions if submission.claimed_zone or submission.activity.zone]
    if not naming:
        return
    learners = list({submission.learner_id: None for submission in naming})
    facts = await memory.facts.recall(connection, learners, policy)
    assumed = {
        learner_id: learner
        for learner_id, learner in facts.items()
        if learner.zone_is_assumed and learner.departed is None
    }
    if assumed:
        named = _first_zones([submission for submission in naming if submission.learner_id in assumed])
        async with connection.transaction():
            await establish_first_zones(connection, named, policy, now)
        memory.facts.forget(assumed)
    # Spares `open_batch` the same statement. Facts that change before the lock are found there, as always.
    memory.facts.keep(
        {
            learner_id: learner
            for learner_id, learner in facts.items()
            if learner_id not in assumed and learner.departed is None
        }
    )


def _first_zones(naming: Sequence[Submission]) -> dict[UUID, FirstZone]:
    """The zone that becomes the first known one of each learner. The first token in a batch wins."""
    zones: dict[UUID, FirstZone] = {}
    by_activities: dict[UUID, list[tuple[datetime, str, str, str]]] = {}
    for submission in naming:
        if submission.claimed_zone:
            zones.setdefault(submission.learner_id, FirstZone(submission.claimed_zone, "claim"))
        elif submission.activity.zone:
            named = (submission.occurred_at, submission.sender, submission.id, submission.activity.zone)
            by_activities.setdefault(submission.learner_id, []).append(named)
    for learner_id, named_zones in by_activities.items():
        zones.setdefault(learner_id, FirstZone(first_named_zone(named_zones), "activity"))
    return zones


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
    _decide_days(submissions, facts, now)
    in_force = await memory.catalogue.recall(connection)
    ease_revision = await _decide_typical(connection, submissions, memory.eases, now)
    return Batch(submissions, facts, in_force, ease_revision, memory, policy, now, uuid4())


async def _decide_typical(
    connection: Writing, submissions: Sequence[Submission], memory: EaseMemory, now: datetime
) -> int | None:
    """Decide what is typical of each grade, by the eases of its day. Returns their revision; None without a grade.

    One statement for all grades that come days after they were given.
    """
    graded = [submission for submission in submissions if submission.counts & GRADED]
    if not graded:
        return None
    eases = await memory.recall(connection, now)
    late: dict[ExerciseDay, list[Submission]] = {}
    for submission in graded:
        submission.typical_milli = None
        if eases.is_deciding:
            activity = submission.activity
            exercise = (activity.topic or "", activity.object_id or "", submission.local_day)
            submission.typical_milli = eases.typical_milli(*exercise)
            if submission.typical_milli is None:
                late.setdefault(ExerciseDay(*exercise), []).append(submission)
    past = await eases_of_days(connection, list(late))
    for (exercise, of_exercise), ease in zip(late.items(), past, strict=True):
        typical_milli = eases.keep(exercise, ease)
        for submission in of_exercise:
            submission.typical_milli = typical_milli
    return eases.revision


def _decide_days(submissions: Sequence[Submission], facts: Mapping[UUID, LearnerFacts], received_at: datetime) -> None:
    """Decide the day of each submission. `received_at` is what the log stores, so that a reassignment agrees."""
    for submission in submissions:
        zones = facts[submission.learner_id].zones
        (
            submission.local_day,
            submission.utc_offset_minutes,
            submission.day_ends_at,
            submission.day_seconds,
        ) = decide_day(submission.occurred_at, received_at, submission.activity.zone, zones)
