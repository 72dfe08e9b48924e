"""An activity as a sender hands it in, and its learner as the answer shows them afterwards."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from milepost.rules.activities import Activity
from milepost.rules.policy import Claim, Policy
from milepost.rules.streaks.streaks import StreakState, StreakView
from milepost.services.achievements.unlocks import Unlocked
from milepost.services.activities import Committed, LevelChange, Outcome


class SentActivity(NamedTuple):
    """One activity as it was sent: the learner, the id, the content."""

    learner_id: UUID
    id: str
    activity: Activity


@dataclass(frozen=True, slots=True)
class Sender:
    """The name and rights of the caller who sends activities. `zone` is the one named by a learner's own token."""

    name: str
    role: Claim
    zone: str | None = None


class LearnerAfter(NamedTuple):
    """A learner after a request: the current streak, what the commit changed, the points this request earned.

    `is_quiet`: the learner does not want to see what it has gained.
    """

    learner_id: UUID
    revision: int
    streak: StreakView
    before: StreakState
    after: StreakState
    level_changes: Sequence[LevelChange]
    unlocked: Sequence[Unlocked]
    points: int
    is_quiet: bool


def learner_after(
    committed: Committed, learner_id: UUID, own: Sequence[Outcome], policy: Policy, now: datetime
) -> LearnerAfter:
    """A learner as one request sees it: only the activities of its `own` outcomes have changed anything for it."""
    change, facts = committed.changes[learner_id], committed.facts[learner_id]
    keys = dict.fromkeys(outcome.key for outcome in own) if committed.gains else ()
    gains = [committed.gains[key] for key in keys if key in committed.gains]
    return LearnerAfter(
        learner_id=learner_id,
        revision=change.revision,
        streak=facts.streak_view(change.after, now, change.met_today, policy),
        before=change.before,
        after=change.after,
        level_changes=[change for activity in gains for change in activity.level_changes],
        unlocked=[unlock for activity in gains for unlock in activity.unlocked],
        points=sum(outcome.points for outcome in own),
        is_quiet=facts.is_quiet,
    )
