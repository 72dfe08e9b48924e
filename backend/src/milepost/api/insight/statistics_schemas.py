"""Statistics on the wire."""

from typing import Literal

from pydantic import Field

from milepost.api.http.fields import Answer, Day
from milepost.api.http.windows import WindowOut, WindowQuery
from milepost.rules.days.periods import Period


class StatisticsQuery(WindowQuery):
    """The days from `from` to `to`, or a period that ends with `to` (default: today).

    `daily`: that day. `weekly`: 7 days. `monthly`, `rolling_30d`: 30 days. `month`: its calendar month so far. `all`:
    all days up to today.
    """

    period: Period = "weekly"


class TopicStatistics(Answer):
    """One topic. `minutes` covers all its activities; whole, rounded down."""

    topic: str
    exercises: int
    graded: int
    average_grade: float | None
    minutes: int
    seconds: int


class OutsideTopics(Answer):
    """The exercises that no listed topic has: those without a topic, and those of topics beyond the list."""

    exercises: int
    graded: int
    average_grade: float | None


class DifficultyStatistics(Answer):
    """One difficulty, named as senders name it."""

    difficulty: str
    exercises: int
    graded: int
    average_grade: float | None


class TrendDay(Answer):
    """One local day."""

    day: Day
    exercises: int
    graded: int
    average_grade: float | None
    minutes: int
    seconds: int


class ChangeOut(Answer):
    """The change from the equally long period before: exercises in percent, the average in grade points.

    Null if there is nothing to compare with.
    """

    exercises_percent: float | None
    average_grade: float | None


class StatisticsOut(WindowOut):
    """Totals of a period. Averages rest on what was reported, and are null where nothing was.

    `by_topic` and `by_difficulty`: most exercises first, then by name. `change` is null for the period `all`. `trend`:
    every day of the window for `custom`, `month` and `rolling_30d`; otherwise the 7 days up to its end.
    """

    period: Literal[Period, "custom"] = Field(description="The period asked for; `custom` if `from` was given.")
    exercises_completed: int
    graded: int
    average_grade: float | None
    average_seconds: int | None = Field(
        description="The average over the exercises that carry a duration, in whole seconds."
    )
    hints_used: int
    hints_per_exercise: float | None = Field(
        description="Hints used in an exercise, on average over the exercises that carry hints, with two decimals."
    )
    by_topic: list[TopicStatistics]
    outside_topics: OutsideTopics
    by_difficulty: list[DifficultyStatistics]
    trend: list[TrendDay]
    change: ChangeOut | None
