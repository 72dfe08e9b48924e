"""What activities come to, on the wire: summary, points, balance, analytics. Minutes are whole, rounded down."""

from typing import Annotated, Literal

from pydantic import Field

from milepost.api.http.fields import Answer, Day, NamedLearner, query_number

MAX_DAYS = 400
DEFAULT_DAYS = 90

Percent = Annotated[float, Field(ge=0, le=100, description="0–100, one decimal.")]


class WindowQuery(NamedLearner):
    """The last `days` of the learner's dates, today included."""

    days: Annotated[int, query_number(1, MAX_DAYS)] = DEFAULT_DAYS


class BalanceQuery(WindowQuery):
    """Between what: paths, topics or types of activity."""

    by: Literal["path", "topic", "object_type"] = "path"


class TypeEffort(Answer):
    """One type of activity, its share of all activities."""

    object_type: str
    activities: int
    minutes: int
    percent: Percent


class DayEffort(Answer):
    """One local day."""

    day: Day
    activities: int
    minutes: int


class EngagementOut(Answer):
    """How regular practice is. Changes are against the equally long time before, null where that has nothing."""

    active_days: int
    active_days_percent: Percent
    activities_per_active_day: float
    minutes_per_active_day: float
    activities_change_percent: float | None
    minutes_change_percent: float | None


class SummaryOut(Answer):
    """Some days in sums. `by_type`: most activities first. `trend`: every day, oldest first, none missing."""

    from_: Day = Field(alias="from")
    to: Day
    activities: int
    minutes: int
    by_type: list[TypeEffort]
    trend: list[DayEffort]
    engagement: EngagementOut


class PointsShare(Answer):
    """Points of one name, null where activities named none; its share of all points."""

    name: str | None
    points: int
    percent: Percent


class PointsOut(Answer):
    """Where the points of some days came from, most first; names without points are left out."""

    from_: Day = Field(alias="from")
    to: Day
    points: int
    by_type: list[PointsShare]
    by_topic: list[PointsShare]
    by_path: list[PointsShare]


class SpreadPart(Answer):
    """One name; its share of the activities that name any."""

    name: str
    activities: int
    minutes: int
    percent: Percent


class BalanceOut(Answer):
    """How evenly practice is spread over what was practised in these days or the four weeks before.

    `balance_percent`: 0 all on one, 100 the same on each (entropy of the shares); null below two names.
    """

    from_: Day = Field(alias="from")
    to: Day
    by: Literal["path", "topic", "object_type"]
    balance_percent: Percent | None
    least_practised: str | None
    parts: list[SpreadPart]


class DayTime(Answer):
    """One local day."""

    day: Day
    minutes: int


class SpanTime(Answer):
    """A week, by its Monday, or a month, by its first day."""

    starts_on: Day
    minutes: int


class TimeSpentOut(Answer):
    """The last 30 days, 12 ISO weeks and 12 months, the present ones included, oldest first, none missing."""

    daily: list[DayTime]
    weekly: list[SpanTime]
    monthly: list[SpanTime]


class AreaOut(Answer):
    """A topic with its average grade."""

    topic: str
    average_grade: float
    graded: int


class AnalyticsOut(Answer):
    """Time, completion and areas.

    `completion_rate`: of the tasks due in the last 30 days, today included, the share completed by now, 0–1 with two
    decimals; null when none was due. Areas are topics with at least 5 grades, at most 3 each: strongest best first, to
    improve weakest first; both empty where all averages are equal.
    """

    time_spent: TimeSpentOut
    completion_rate: float | None
    strongest_areas: list[AreaOut]
    improvement_areas: list[AreaOut]
