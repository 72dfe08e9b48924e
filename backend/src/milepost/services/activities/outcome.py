"""What a sender hands in, and what a learner looks like afterwards."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from milepost.rules.activities import Activity
from milepost.rules.policy import Claim, Policy
from milepost.rules.streaks.streaks import StreakState, StreakView
from milepost.services.achievements.unlocks import Unlocked
from milepost.services.activities import Committed, Gained, LevelChange, Outcome

_NOTHING = Gained()


class Sent(NamedTuple):
    """One activity as somebody sent it: about whom, under which id, and what."""

    learner_id: UUID
    id: str
    activity: Activity


@dataclass(frozen=True, slots=True)
class Sender:
    """Under which name and with which rights activities come; `zone` is the zone the learner's own token names."""

    name: str
    role: Claim
    zone: str | None = None


class LearnerAfter(NamedTuple):
    """A learner after a request: the streak as it stands, what the commit changed, the points this request earned."""

    learner_id: UUID
    revision: int
    streak: StreakView
    before: StreakState
    after: StreakState
    level_changes: Sequence[LevelChange]
    unlocked: Sequence[Unlocked]
    points: int


def learner_after(
    committed: Committed, learner_id: UUID, own: Sequence[Outcome], policy: Policy, now: datetime
) -> LearnerAfter:
    """A learner as one request sees it: only the commits of its `own` outcomes have changed anything for it."""
    change = committed.changes[learner_id]
    commits = dict.fromkeys(outcome.commit_id for outcome in own if outcome.commit_id is not None)
    gained = [committed.gained.get((learner_id, commit_id), _NOTHING) for commit_id in commits]
    return LearnerAfter(
        learner_id=learner_id,
        revision=change.revision,
        streak=committed.facts[learner_id].streak_view(change.after, now, change.met_today, policy),
        before=change.before,
        after=change.after,
        level_changes=[moved for one in gained for moved in one.level_changes],
        unlocked=[unlocked for one in gained for unlocked in one.unlocked],
        points=sum(outcome.points for outcome in own),
    )
