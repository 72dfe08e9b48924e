"""What the page of a share says: only the fields that its owner chose, with the numbers of the API at this moment."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from milepost.api.achievements.serializers import newest_first
from milepost.api.http.responses import time_json
from milepost.db.connection import Reading
from milepost.queries.overview import Overview, overview
from milepost.queries.sharing import OpenShare, practice_by_day
from milepost.rules.achievements.definitions import Tier
from milepost.rules.days.wording import quantity, short_month
from milepost.rules.policy import Policy
from milepost.rules.sharing import DayOfYear, ShareField, first_day_shown, heatmap

MAX_BADGES = 12
_WEEKS_OF_FIRST_HALF = 27


@dataclass(frozen=True, slots=True)
class SharedBadge:
    """A badge as its page shows it."""

    title: str
    description: str
    tier: Tier
    points: int
    earned_on: date


@dataclass(frozen=True, slots=True)
class SharedFigure:
    """A number and what it counts."""

    field: ShareField
    value: int
    label: str


@dataclass(frozen=True, slots=True)
class HalfYear:
    """Some weeks of the heatmap, and the months that begin in them: (place of the week, name)."""

    weeks: Sequence[Sequence[DayOfYear]]
    months: Sequence[tuple[int, str]]


@dataclass(frozen=True, slots=True)
class SharedYear:
    """The heatmap in two halves, which a narrow screen shows below each other."""

    first: date
    active_days: int
    halves: Sequence[HalfYear]


@dataclass(frozen=True, slots=True)
class SharedPage:
    """The content of a page. `badge`: it is about this one; the fields of progress are then empty."""

    today: date
    name: str | None
    badge: SharedBadge | None = None
    figures: Sequence[SharedFigure] = ()
    shows_badges: bool = False
    badges: Sequence[SharedBadge] = ()
    more_badges: int = 0
    year: SharedYear | None = None

    @property
    def title(self) -> str:
        """The title of the page and of its preview."""
        if self.badge is not None:
            return f"{self.name} earned “{self.badge.title}”" if self.name else f"Earned: “{self.badge.title}”"
        return f"{self.name}’s progress" if self.name else "Progress"

    @property
    def summary(self) -> str:
        """What the preview image shows, in words."""
        if self.badge is not None:
            return f"{self.badge.description} {self.badge.tier.capitalize()} badge."
        parts = [f"{figure.label}: {figure.value:,}" for figure in self.figures]
        if self.year is not None:
            parts.append(f"Practised on {quantity(self.year.active_days, 'day')} of the last 53 weeks")
        if self.shows_badges:
            parts.append(f"Badges: {len(self.badges) + self.more_badges}")
        return ". ".join(parts) + "." if parts else "Shared with Milepost."


async def shared_page(connection: Reading, shared: OpenShare, policy: Policy, now: datetime) -> SharedPage:
    """The content of the page of an open share. In the caller's snapshot; at most three statements."""
    share, fields = shared.share, shared.share.fields
    name = shared.display_name if "display_name" in fields else None
    totals = await overview(connection, share.learner_id, shared.today, policy)
    if share.code is not None:
        return SharedPage(shared.today, name, badge=next(iter(_badges(shared, totals, share.code)), None))
    badges = _badges(shared, totals) if "badges" in fields else []
    return SharedPage(
        shared.today,
        name,
        figures=[figure for figure in _figures(totals, now, policy) if figure.field in fields],
        shows_badges="badges" in fields,
        badges=badges[:MAX_BADGES],
        more_badges=max(0, len(badges) - MAX_BADGES),
        year=await _year(connection, shared) if "heatmap" in fields else None,
    )


def _figures(totals: Overview, now: datetime, policy: Policy) -> list[SharedFigure]:
    streak, minutes = totals.streak_view(now, policy), time_json(totals.seconds)["minutes"]
    return [
        SharedFigure("current_streak", streak.current, "day in a row" if streak.current == 1 else "days in a row"),
        SharedFigure("longest_streak", streak.longest, "longest streak"),
        SharedFigure("exercises", totals.exercises, "exercise" if totals.exercises == 1 else "exercises"),
        SharedFigure("minutes", int(str(minutes)), "minute" if minutes == 1 else "minutes"),
        SharedFigure("points", totals.points, "point" if totals.points == 1 else "points"),
    ]


def _badges(shared: OpenShare, totals: Overview, code: str | None = None) -> list[SharedBadge]:
    """The learner's badges that are no secret, the newest first; or the one with this code."""
    held = [
        (shared.catalogue.entries[unlock.code].definition, unlock.earned_on)
        for unlock in newest_first(totals.measures.unlocks.values())
        if unlock.code in shared.catalogue.entries and code in (None, unlock.code)
    ]
    return [
        SharedBadge(badge.title, badge.description, badge.tier, badge.points, earned_on)
        for badge, earned_on in held
        if not badge.secret
    ]


async def _year(connection: Reading, shared: OpenShare) -> SharedYear:
    first = first_day_shown(shared.today)
    practice = await practice_by_day(connection, shared.share.learner_id, first, shared.today)
    weeks = heatmap(practice, shared.today)
    halves = weeks[:_WEEKS_OF_FIRST_HALF], weeks[_WEEKS_OF_FIRST_HALF:]
    return SharedYear(first, len(practice), [HalfYear(half, _months(half)) for half in halves])


def _months(weeks: Sequence[Sequence[DayOfYear]]) -> list[tuple[int, str]]:
    """The months whose first day is in these weeks, unless there is no space left for the name."""
    return [(place, short_month(day.day)) for place, week in enumerate(weeks[:-1]) for day in week if day.day.day == 1]
