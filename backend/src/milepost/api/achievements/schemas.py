"""Achievements on the wire: with progress, as badges, and as unlocked by one request."""

from typing import Literal

from milepost.api.http.fields import Answer, Day, Instant

Tier = Literal["bronze", "silver", "gold"]


class UnlockedOut(Answer):
    """An achievement unlocked by this request. Repeating the request shows it again."""

    code: str
    title: str
    points: int
    tier: Tier
    earned_on: Day


class AchievementProgressOut(Answer):
    """`now` of `needed`, in the unit of the deciding condition. `percent`: 0–100; 100 exactly when the condition is
    met.
    """

    now: int
    needed: int
    percent: float


class AchievementOut(Answer):
    """An achievement and the learner's progress. A secret achievement hides its texts and progress until it is
    unlocked.

    `earned_on`: the learner's local day on which the rule was first met. `unlocked_at`: when the service noticed it.
    `rarity_percent`: the share of all learners with an activity who hold it, counted hourly; null while there are few
    learners.
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
    """All achievements that can be earned, and retired ones that the learner holds."""

    unlocked: int
    total: int
    points: int
    rarity_as_of: Instant | None
    achievements: list[AchievementOut]


class BadgeOut(Answer):
    """A badge: an achievement for display."""

    code: str
    title: str
    description: str
    category: str
    tier: Tier
    points: int
    icon: str
    rarity_percent: float | None


class EarnedBadgeOut(BadgeOut):
    """A badge that the learner holds."""

    earned_on: Day
    unlocked_at: Instant


class AvailableBadgeOut(BadgeOut):
    """A badge that can be earned. A secret badge shows only that it exists."""

    secret: bool
    percent: float | None


class BadgesOut(Answer):
    """Earned badges, the newest first, and available badges, the nearest first. `points`: the points of the earned
    ones.
    """

    points: int
    points_available: int
    earned: list[EarnedBadgeOut]
    available: list[AvailableBadgeOut]


class LatestOut(Answer):
    """The most recently unlocked achievement."""

    code: str
    earned_on: Day


class NextOut(AchievementProgressOut):
    """The locked achievement with the most progress."""

    code: str


class AchievementsAtAGlance(Answer):
    """Achievements in the overview."""

    unlocked: int
    total: int
    latest: LatestOut | None
    next: NextOut | None


class QuietAchievementsOut(Answer):
    """What a learner in quiet mode sees of its achievements: nothing."""

    quiet: Literal[True]
    achievements: list[AchievementOut]


class QuietBadgesOut(Answer):
    """What a learner in quiet mode sees of its badges: nothing."""

    quiet: Literal[True]
    earned: list[EarnedBadgeOut]
    available: list[AvailableBadgeOut]
