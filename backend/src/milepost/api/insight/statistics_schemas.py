"""Statistics on the wire."""

from pydantic import Field

from milepost.api.http.fields import Answer, Day, NamedLearner
from milepost.rules.days.periods import Period


class StatisticsQuery(NamedLearner):
    """`daily`: today. `weekly`: the last 7 days. `monthly`: the last 30 days. Both include today. `all`: all days."""

    period: Period = "weekly"


class TopicStatistics(Answer):
    """One topic. `minutes` covers all its activities; whole, rounded down."""

    topic: str
    exercises: int
    average_grade: float | None
    minutes: int
    seconds: int


class DifficultyStatistics(Answer):
    """One difficulty, named as senders name it."""

    difficulty: str
    exercises: int
    average_grade: float | None


class TrendDay(Answer):
    """One local day."""

    day: Day
    exercises: int
    average_grade: float | None
    minutes: int
    seconds: int


class ChangeOut(Answer):
    """The change from the equally long period before: exercises in percent, the average in grade points.

    Null if there is nothing to compare with.
    """

    exercises_percent: float | None
    average_grade: float | None


class StatisticsOut(Answer):
    """Totals of a period. Averages rest on what was reported, and are null where nothing was.

    `by_topic` and `by_difficulty`: most exercises first, then by name. `trend`: every one of the last 7 local days.
    `change` is null for the period `all`.
    """

    period: Period
    from_: Day = Field(alias="from")
    to: Day
    exercises_completed: int
    average_grade: float | None
    average_seconds: int | None = Field(
        description="The average over the exercises that carry a duration, in whole seconds."
    )
    hints_used: int
    hints_per_exercise: float | None = Field(
        description="Hints used in an exercise, on average over the exercises that carry hints, with two decimals."
    )
    by_topic: list[TopicStatistics]
    by_difficulty: list[DifficultyStatistics]
    trend: list[TrendDay]
    change: ChangeOut | None
