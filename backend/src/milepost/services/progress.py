"""ProgressService: every write of progress, for the exercise service, a learner's own client or a job.

Decides what a caller may record and what the answer says about it. `services/activities` writes it to the database.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from milepost.db.database import Database
from milepost.metrics import Metrics
from milepost.rules.activities import (
    Admission,
    KindTable,
    admission,
    counts_for,
    points_for,
    refusal,
    refusal_of_unknown_kind,
)
from milepost.rules.learners import SENDER
from milepost.rules.policy import Kind, Policy
from milepost.services import audit
from milepost.services.activities import IntakeQueue, Outcome, Submission
from milepost.services.activities.outcome import LearnerAfter, Sender, SentActivity, learner_after
from milepost.services.activities.void import VoidingRole, void_activity
from milepost.services.learners.profile import ProfileChanges, change_profile
from milepost.services.learners.zones import change_zone
from milepost.services.planner.tasks import reopen_task_completed_by
from milepost.services.skills import RecalculatedLevel, recalculate_level
from milepost.services.unknown_kinds import UnknownKinds


@dataclass(slots=True)
class RecordAnswer:
    """An outcome for each activity in order, and each learner with an accepted or repeated activity."""

    outcomes: list[Outcome]
    learners: list[LearnerAfter] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class StreakUpdate:
    """The effect of one exercise or check-in on the streak, and its learner as of now. None: it was not taken."""

    activity: Outcome
    learner: LearnerAfter | None


class ProgressService:
    """Every write of progress. One per process; holds no state of its own."""

    def __init__(self, database: Database, intake: IntakeQueue, policy: Policy, metrics: Metrics) -> None:
        self._database = database
        self._intake = intake
        self._policy = policy
        self._kinds = KindTable(policy.activities.kinds)
        self.unknown_kinds = UnknownKinds(database, metrics)

    async def record(
        self, sender: Sender, sent: Sequence[SentActivity], now: datetime, *, asks_streak: bool = False
    ) -> RecordAnswer:
        """Record activities of any learners. Those that are not allowed are rejected one by one; the rest is committed.

        `asks_streak`: their effect on the streak is stored, so that a repeat answers the same.

        Raises:
            Unavailable: see `IntakeQueue.submit`.
        """
        outcomes: list[Outcome | None] = [None] * len(sent)
        places, submissions, unknown = self._sort(sender, sent, outcomes, now)
        if unknown:
            await self.unknown_kinds.note([sent[place].activity for place in unknown], sender.name, now)
        if not submissions:
            return RecordAnswer([outcome for outcome in outcomes if outcome is not None])
        if asks_streak:
            for submission in submissions:
                submission.asks_streak = True
        committed = await self._intake.submit(submissions)
        taken: dict[UUID, list[Outcome]] = {}
        for place, outcome in zip(places, committed.outcomes, strict=True):
            outcomes[place] = outcome
            if outcome.status in ("accepted", "duplicate"):
                taken.setdefault(outcome.learner_id, []).append(outcome)
        for place in unknown:
            taken_here = outcomes[place]
            if taken_here is not None and taken_here.status in ("accepted", "duplicate"):
                taken_here.note = "unknown_kind"
        learners = [learner_after(committed, learner_id, own, self._policy, now) for learner_id, own in taken.items()]
        return RecordAnswer([outcome for outcome in outcomes if outcome is not None], learners)

    async def update_streak(self, sender: Sender, sent: SentActivity, now: datetime) -> StreakUpdate:
        """Record one exercise or check-in and report its effect on the streak. Raises as `record` does."""
        answer = await self.record(sender, [sent], now, asks_streak=True)
        return StreakUpdate(answer.outcomes[0], answer.learners[0] if answer.learners else None)

    async def calculate_skill_level(self, learner_id: UUID, topic: str, now: datetime) -> RecalculatedLevel:
        """Recompute the level of a topic from its sums, and store it if it differs."""
        async with self._database.write() as connection:
            return await recalculate_level(connection, learner_id, topic, self._policy, now)

    async def change_me(
        self, learner_id: UUID, now: datetime, zone: str | None = None, changes: ProfileChanges | None = None
    ) -> None:
        """Change a learner's own settings, all of them or none.

        The learner lives in `zone` from now on; the first zone named counts for the past too.

        Raises:
            Conflict: `zone_changed_recently`.
        """
        async with self._database.write() as connection:
            if zone is not None:
                await change_zone(connection, learner_id, zone, self._policy, now)
            if changes:
                await change_profile(connection, learner_id, changes)

    async def void(
        self,
        learner_id: UUID,
        sender: str,
        activity_id: str,
        role: VoidingRole,
        now: datetime,
        administrator: str | None = None,
    ) -> LearnerAfter | None:
        """Void an activity; if a completion of a task recorded it, the task is open again.

        `points` of the answer is the change of the learner's total.

        None: the activity is voided, and a job will rebuild the learner, who has too many activities to do it here.

        `administrator`: the subject of the caller, for the audit.

        Raises:
            NotFound, Conflict: see `void_activity`.
        """
        async with self._database.write() as connection:
            if sender == SENDER:
                await reopen_task_completed_by(connection, learner_id, activity_id, self._policy, now)
            voided = await void_activity(connection, (learner_id, sender, activity_id), role, self._policy, now)
            if administrator is not None:
                what = {"sender": sender, "id": activity_id}
                await audit.note(connection, administrator, "activity.void", what, now, learner_id)
        if not voided.is_rebuilt:
            return None
        return LearnerAfter(
            learner_id=learner_id,
            revision=voided.revision,
            streak=voided.facts.streak_view(voided.after, now, voided.met_today, self._policy),
            before=voided.before,
            after=voided.after,
            level_changes=voided.level_changes,
            unlocked=(),
            points=voided.points,
            is_quiet=voided.facts.is_quiet,
        )

    def _sort(
        self, sender: Sender, sent: Sequence[SentActivity], outcomes: list[Outcome | None], now: datetime
    ) -> tuple[list[int], list[Submission], list[int]]:
        """What may be recorded, with its places, and the places of unknown kinds. Sets the outcomes of the rest."""
        places, submissions, unknown = [], [], []
        admitted = admission(sender.role, now, self._policy.activities)
        for place, item in enumerate(sent):
            kind = self._kinds.kind_of(item.activity.object_type, item.activity.verb)
            if kind is self._kinds.default:
                unknown.append(place)
            submission = self._admit(sender, item, kind, now, admitted)
            if isinstance(submission, Outcome):
                outcomes[place] = submission
            else:
                places.append(place)
                submissions.append(submission)
        return places, submissions, unknown

    def _admit(
        self, sender: Sender, item: SentActivity, kind: Kind, now: datetime, admitted: Admission
    ) -> Submission | Outcome:
        activity = item.activity
        occurred_at = activity.occurred_at or now
        reason = refusal(activity, occurred_at, kind, admitted)
        if kind is self._kinds.default:
            reason = refusal_of_unknown_kind(reason, kind, self._policy.activities)
        if reason is not None:
            return Outcome(item.id, "rejected", item.learner_id, reason=reason)
        points = points_for(kind, activity.points, sender.role)
        counts = counts_for(kind, activity.value_milli)
        return Submission(item.learner_id, sender.name, item.id, activity, occurred_at, counts, points, sender.zone)
