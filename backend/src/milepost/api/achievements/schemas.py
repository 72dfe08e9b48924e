"""Achievements on the wire: with progress, as badges, and as what one request has unlocked."""

from typing import Literal

from milepost.api.http.fields import Answer, Day, Instant

Tier = Literal["bronze", "silver", "gold"]


class UnlockedOut(Answer):
    """An achievement this request has unlocked; sent again, the request says so again."""

    code: str
    title: str
    points: int
    tier: Tier
    earned_on: Day


class AchievementProgressOut(Answer):
    """`now` of `needed`, in the unit of the condition that decides; `percent`: 0–100, 100 exactly when it is met."""

    now: int
    needed: int
    percent: float


class AchievementOut(Answer):
    """An achievement and how far the learner is. Of a secret one that is not held, words and progress are not told.

    `earned_on` is the learner's day on which the rule was first met, `unlocked_at` when the service saw it.
    `rarity_percent`: of all learners with an activity how many hold it, counted hourly; null while there are few.
    """

    code: str
    title: str
    description: str
    category: str
    tier: Tier
    points: int
    icon: str
    secret: bool
    unlocked: bool
    unlocked_at: Instant | None
    earned_on: Day | None
    progress: AchievementProgressOut | None
    rarity_percent: float | None


class AchievementsOut(Answer):
    """Everything there is to earn, and what is held though it can no longer be earned."""

    unlocked: int
    total: int
    points: int
    rarity_as_of: Instant | None
    achievements: list[AchievementOut]


class BadgeOut(Answer):
    """A badge: an achievement for a shelf."""

    code: str
    title: str
    description: str
    category: str
    tier: Tier
    points: int
    icon: str
    rarity_percent: float | None


class EarnedBadgeOut(BadgeOut):
    """A badge that is held."""

    earned_on: Day
    unlocked_at: Instant


class AvailableBadgeOut(BadgeOut):
    """A badge that can be earned. Of a secret one nothing is told but that it is there."""

    secret: bool
    percent: float | None


class BadgesOut(Answer):
    """Badges held, the newest first, and those still to earn, the nearest first. `points` are badge points held."""

    points: int
    points_available: int
    earned: list[EarnedBadgeOut]
    available: list[AvailableBadgeOut]


class LatestOut(Answer):
    """The achievement unlocked last."""

    code: str
    earned_on: Day


class NextOut(AchievementProgressOut):
    """The locked achievement with the greatest share done."""

    code: str


class AchievementsAtAGlance(Answer):
    """Achievements in the overview."""

    unlocked: int
    total: int
    latest: LatestOut | None
    next: NextOut | None
