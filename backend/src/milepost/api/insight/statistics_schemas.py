"""Statistics and exports on the wire."""

from pydantic import Field

from milepost.api.http.fields import Answer, Day, NamedLearner
from milepost.rules.days.periods import Period


class StatisticsQuery(NamedLearner):
    """Which days: today, the last 7, the last 30 (today included), or all."""

    period: Period = "weekly"


class TopicStatistics(Answer):
    """One topic. Minutes of everything practised in it are whole, rounded down."""

    topic: str
    exercises: int
    average_grade: float | None
    minutes: int


class DifficultyStatistics(Answer):
    """One difficulty, as senders call it."""

    difficulty: str
    exercises: int
    average_grade: float | None


class TrendDay(Answer):
    """One local day."""

    day: Day
    exercises: int
    average_grade: float | None
    minutes: int


class ChangeOut(Answer):
    """Against the equally long time before: exercises in percent, the average in grade points.

    Null where there is nothing to compare with.
    """

    exercises_percent: float | None
    average_grade: float | None


class StatisticsOut(Answer):
    """What the days of a period add up to. Averages are null without data.

    `by_topic` and `by_difficulty`: most exercises first, then by name. `trend`: the last 7 local days, each present.
    `change` is null for all days.
    """

    period: Period
    from_: Day = Field(alias="from")
    to: Day
    exercises_completed: int
    average_grade: float | None
    average_seconds: int | None = Field(description="Of an exercise, in whole seconds.")
    hints_used: int
    hints_per_exercise: float | None
    by_topic: list[TopicStatistics]
    by_difficulty: list[DifficultyStatistics]
    trend: list[TrendDay]
    change: ChangeOut | None
