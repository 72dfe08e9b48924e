"""The effects of a batch on its learners: what the rules decide on the rows that came back, and how it is written."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from uuid import UUID

from milepost.db.connection import Writing
from milepost.rules.notices.digest import is_late
from milepost.rules.policy import Policy
from milepost.rules.skills import level_for
from milepost.rules.streaks.streaks import StreakState
from milepost.services.activities.batch import Batch
from milepost.services.activities.statement import LearnerRow, Recorded
from milepost.services.activities.streaks import streak_moves
from milepost.services.activities.submission import LearnerChange, LevelChange, MilestoneReached, Submission
from milepost.services.notices import Notice

_MOVED = """
WITH moved AS (
    UPDATE learners l SET active_days = l.active_days + u.new_days, topics = l.topics + u.new_topics, run = u.run,
        longest = u.longest, last_met_day = u.last_met_day, freezes = u.freezes, progress = u.progress
    FROM unnest($1::uuid[], $2::int[], $3::int[], $4::int[], $5::int[], $6::date[], $7::int[], $8::int[])
        AS u(learner_id, new_days, new_topics, run, longest, last_met_day, freezes, progress)
    WHERE l.learner_id = u.learner_id
)"""
_LEVELS = """
UPDATE skill_levels s SET previous_level = s.level, level = u.level, level_updated_at = $12
FROM unnest($9::uuid[], $10::text[], $11::text[]) AS u(learner_id, topic, level)
WHERE s.learner_id = u.learner_id AND s.topic = u.topic
"""
_WRITE = f"{_MOVED}{_LEVELS}"
# Repeats of what was recorded in quiet mode report no level change: quiet mode leaves none to be made up for.
_WRITE_WITH_CHANGES = f"""{_MOVED}, changed AS (
    INSERT INTO level_changes (learner_id, commit_id, topic, from_level, to_level, cause_sender, cause_id, changed_at)
    SELECT u.learner_id, $13, u.topic, u.from_level, u.to_level, u.cause_sender, u.cause_id, $12
    FROM unnest($9::uuid[], $10::text[], $14::text[], $11::text[], $15::text[], $16::text[])
        AS u(learner_id, topic, from_level, to_level, cause_sender, cause_id)
    WHERE NOT EXISTS (SELECT FROM profiles q WHERE q.learner_id = u.learner_id AND q.quiet)
){_LEVELS}"""


@dataclass(frozen=True, slots=True)
class Decision:
    """What the rules decided about one learner: the streak and the levels after the batch.

    `before` is the streak before the batch; it differs from the row's where an outage was pending.
    """

    learner: LearnerRow
    before: StreakState
    after: StreakState
    level_changes: Sequence[LevelChange]

    @property
    def learner_id(self) -> UUID:
        """The learner decided about."""
        return self.learner.learner_id

    @property
    def new_topics(self) -> int:
        """Topics opened by this batch."""
        return sum(topic.is_new for topic in self.learner.touched_topics)

    @property
    def moved(self) -> bool:
        """Whether anything in the learner's row but the sums has to change."""
        return bool(self.learner.new_days or self.after != self.before or self.new_topics)

    def change(self) -> LearnerChange:
        """The change as answers report it."""
        return LearnerChange(self.learner_id, self.learner.revision, self.before, self.after)


@dataclass(frozen=True, slots=True)
class Effects:
    """What the `new` activities did, apart from unlocks.

    `goals_met` counts the goal periods each learner has newly met; `milestones` are those reached for the first time.
    """

    new: Sequence[Submission] = ()
    decisions: Sequence[Decision] = ()
    goals_met: Mapping[UUID, int] = field(default_factory=dict)
    milestones: Mapping[UUID, Sequence[MilestoneReached]] = field(default_factory=dict)


async def decide(connection: Writing, batch: Batch, recorded: Recorded) -> Sequence[Decision]:
    """Decide streaks and levels of the learners recorded, and write those that moved."""
    moves = await streak_moves(connection, batch, recorded.learners)
    decisions = [
        Decision(learner, *moves[learner_id], _level_changes(learner, batch.policy))
        for learner_id, learner in recorded.learners.items()
    ]
    causes = level_causes(batch, recorded.new, decisions)
    if causes:
        arguments = _arguments(decisions, batch.now)
        await connection.execute(
            _WRITE_WITH_CHANGES, *arguments, batch.commit_id, *_change_arguments(decisions, causes)
        )
    elif any(decision.moved for decision in decisions):
        await connection.execute(_WRITE, *_arguments(decisions, batch.now))
    return decisions


def level_causes(
    batch: Batch, new: Sequence[Submission], decisions: Sequence[Decision]
) -> dict[tuple[UUID, str], Submission]:
    """The activity that answers with the level change of each (learner, topic): the last new one in the topic.

    Empty if no level has changed.
    """
    if not any(decision.level_changes for decision in decisions):
        return {}
    return {
        (submission.learner_id, submission.activity.topic or ""): submission for submission in _by_place(batch, new)
    }


def last_of_each_learner(batch: Batch, new: Sequence[Submission]) -> dict[UUID, Submission]:
    """The last new activity of each learner, by its place in the batch. It answers with the learner's unlocks."""
    return {submission.learner_id: submission for submission in _by_place(batch, new)}


def _by_place(batch: Batch, new: Sequence[Submission]) -> list[Submission]:
    is_new = set(new)
    return [submission for submission in batch.submissions if submission in is_new]


def level_notices(batch: Batch, effects: Effects) -> list[Notice]:
    """The notices of levels that were reached. A level that fell makes no notice: the page of skills shows it."""
    if not any(decision.level_changes for decision in effects.decisions):
        return []
    ranks = {level.name: rank for rank, level in enumerate(batch.policy.skills.levels)}
    last_days: dict[tuple[UUID, str], date] = {}
    for submission in effects.new:
        key = (submission.learner_id, submission.activity.topic or "")
        last_days[key] = max(submission.local_day, last_days.get(key, date.min))
    return [
        Notice(
            decision.learner_id,
            "level_up",
            {"topic": change.topic, "from": change.from_level, "to": change.to_level},
            is_late(last_days[decision.learner_id, change.topic], batch.today(decision.learner_id)),
        )
        for decision in effects.decisions
        for change in decision.level_changes
        if ranks[change.to_level] > ranks.get(change.from_level, 0)
    ]


def _level_changes(learner: LearnerRow, policy: Policy) -> list[LevelChange]:
    changes = []
    for topic in learner.touched_topics:
        level = level_for(topic.graded, topic.grade_milli, policy.skills, topic.level)
        if level != topic.level:
            changes.append(LevelChange(topic.topic, topic.level, level))
    return changes


def _arguments(decisions: Sequence[Decision], now: datetime) -> list[object]:
    """Arguments of `_WRITE`: only learners and topics that moved."""
    moved = [decision for decision in decisions if decision.moved]
    levels = [(decision.learner, change) for decision in decisions for change in decision.level_changes]
    return [
        [decision.learner_id for decision in moved],
        [decision.learner.new_days for decision in moved],
        [decision.new_topics for decision in moved],
        [decision.after.run for decision in moved],
        [decision.after.longest for decision in moved],
        [decision.after.last_met_day for decision in moved],
        [decision.after.freezes for decision in moved],
        [decision.after.progress for decision in moved],
        [learner.learner_id for learner, _ in levels],
        [change.topic for _, change in levels],
        [change.to_level for _, change in levels],
        now,
    ]


def _change_arguments(decisions: Sequence[Decision], causes: Mapping[tuple[UUID, str], Submission]) -> list[list[str]]:
    """Further arguments of `_WRITE_WITH_CHANGES`: the level before each change, and the activity that caused it."""
    changes = [(decision.learner_id, change) for decision in decisions for change in decision.level_changes]
    causing = [causes[learner_id, change.topic] for learner_id, change in changes]
    return [
        [change.from_level for _, change in changes],
        [submission.sender for submission in causing],
        [submission.id for submission in causing],
    ]
