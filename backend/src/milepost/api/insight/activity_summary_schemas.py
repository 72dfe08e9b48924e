"""Sums over activities on the wire: summary, points, balance and analytics. Minutes are whole, rounded down."""

from typing import Annotated, Literal

from pydantic import Field

from milepost.api.http.fields import Answer, Day
from milepost.api.http.windows import DaysQuery, WindowOut

Percent = Annotated[float, Field(ge=0, le=100, description="0–100 with one decimal.")]


class BalanceQuery(DaysQuery):
    """The balance to compute: between paths, topics or types of activity."""

    by: Literal["path", "topic", "object_type"] = "path"


class TypeEffort(Answer):
    """One type of activity, and its share of all activities."""

    object_type: str
    activities: int
    minutes: int
    seconds: int
    percent: Percent


class DayEffort(Answer):
    """One local day."""

    day: Day
    activities: int
    minutes: int
    seconds: int


class EngagementOut(Answer):
    """How regular practice is. Changes compare with the equally long period before; null if that period is empty."""

    active_days: int
    active_days_percent: Percent
    activities_per_active_day: float
    minutes_per_active_day: float | None
    activities_change_percent: float | None
    minutes_change_percent: float | None


class SummaryOut(WindowOut):
    """Sums over the days. `by_type`: most activities first. `trend`: every day, oldest first."""

    activities: int
    minutes: int
    seconds: int
    by_type: list[TypeEffort]
    trend: list[DayEffort]
    engagement: EngagementOut


class PointsShare(Answer):
    """The points of one type, topic or path, and its share of all points. `name` is null if activities name none."""

    name: str | None
    points: int
    percent: Percent


class PointsOut(WindowOut):
    """Where the points of these days came from, most first. Names without points are left out."""

    points: int
    by_type: list[PointsShare]
    by_topic: list[PointsShare]
    by_path: list[PointsShare]


class SpreadPart(Answer):
    """One path, topic or type, and its share of the activities that name one."""

    name: str
    activities: int
    minutes: int
    seconds: int
    percent: Percent


class BalanceOut(WindowOut):
    """How evenly practice is spread over everything practised in these days or the four weeks before.

    `balance_percent`: 0 if all practice is on one name, 100 if it is equal on each (normalised entropy of the shares);
    null with fewer than two names.
    """

    by: Literal["path", "topic", "object_type"]
    balance_percent: Percent | None
    least_practised: str | None
    parts: list[SpreadPart]


class DayTime(Answer):
    """One local day."""

    day: Day
    minutes: int
    seconds: int


class SpanTime(Answer):
    """A week or a month. `starts_on`: its Monday, or its first day."""

    starts_on: Day
    minutes: int
    seconds: int


class TimeSpentOut(Answer):
    """The last 30 days, 12 ISO weeks and 12 months, including the current ones, oldest first. None is missing."""

    daily: list[DayTime]
    weekly: list[SpanTime]
    monthly: list[SpanTime]


class AreaOut(Answer):
    """A topic with its average grade."""

    topic: str
    average_grade: float
    graded: int


class AnalyticsOut(Answer):
    """Time spent, completion rate and areas.

    `completion_rate`: the share of tasks due in the last 30 days (today included) that are completed by now, 0–1 with
    two decimals; null if none was due. Areas are topics with at least 5 grades, at most 3 per list: the strongest best
    first, those to improve weakest first. Both lists are empty if all averages are equal.
    """

    time_spent: TimeSpentOut
    completion_rate: float | None
    strongest_areas: list[AreaOut]
    improvement_areas: list[AreaOut]
