"""Insights, predictions and recommendations on the wire. Every sentence comes with the numbers behind it."""

from typing import Annotated, Literal

from pydantic import Field

from milepost.api.http.fields import Answer, Day, NamedLearner, Topic
from milepost.rules.insight.recommendations import Kind

Numbers = Annotated[
    dict[str, int | float | str],
    Field(description="The numbers behind the sentence, by name. The names depend on `kind`."),
]


class InsightOut(Answer):
    """One observation about the learner's practice."""

    kind: Literal[
        "best_weekday",
        "best_hour",
        "trend",
        "consistency",
        "strongest_area",
        "improvement_area",
        "points_mix",
    ]
    code: str = Field(
        description="Which sentence it is, for programs: the `kind`, or with `_expected` where mastery is known."
    )
    text: str
    numbers: Numbers
    values: Numbers


class InsightsOut(Answer):
    """Insights into the last 90 days. With fewer than three active days there are none, and `note` says so."""

    from_: Day = Field(alias="from")
    to: Day
    active_days: int
    note: str | None
    insights: list[InsightOut]


class PredictionQuery(NamedLearner):
    """`topic`: predict the next level of this topic (default: the topic whose next level is expected first)."""

    topic: Topic | None = None


class EstimateOut(Answer):
    """When the goal is likely to be reached, or why there is no estimate.

    `expected`: reached by these dates with a probability of 10, 50 and 90 %; a null date is more than 60 days ahead.
    Most of those who get there within 60 days do so from `likely_from` to `likely_until`, never null then.
    `if_unbroken` (a streak): `p50` is the exact date. All other states have no date: `reached` already · `unlikely`
    within 60 days · `too_few_days`: fewer than 3 active days in the 28 days before today · `grade_missing`: the average
    grade is too low · `not_predictable`.
    """

    state: Literal["expected", "if_unbroken", "reached", "unlikely", "too_few_days", "grade_missing", "not_predictable"]
    p10: Day | None
    p50: Day | None
    p90: Day | None
    likely_from: Day | None = Field(description="7 of 100 of those who get there within 60 days have by then.")
    likely_until: Day | None = Field(
        description="93 of 100 of those who get there within 60 days have by then; never before `p50`."
    )
    within_60_percent: int | None = Field(
        description="The probability of reaching it within 60 days, 0–100; null without an estimate."
    )
    text: str
    code: str = Field(description="Which sentence `text` is, for programs; the same as `state`.")
    values: dict[str, int | float | str | None] = Field(
        description="What the sentence says, by name: numbers, days, and `counted`: `graded_in_topic` for the level of "
        "`topic`, the metric of the achievement, or `what_counts` where only some of it does."
    )


class NextAchievementOut(Answer):
    """A locked achievement: its deciding condition, the progress, and when it is likely to be unlocked."""

    code: str
    title: str
    metric: str
    now: int
    needed: int
    percent: float
    estimate: EstimateOut


class NextLevelForecastOut(Answer):
    """The next level of a topic: what is missing, and when it is likely to be reached."""

    topic: str
    level: str
    exercises_missing: int
    grade_missing: float
    estimate: EstimateOut


class PredictionsOut(Answer):
    """The next achievement and the next level. Null if none is left, or if there is no data to predict from.

    Both are those with the earliest likely date; that of a run is likely once about half of the days are there.
    Without any date, the achievement with the most progress, and the level that lacks the fewest exercises at the
    learner's pace. In quiet mode there are no achievements.
    """

    next_achievement: NextAchievementOut | None
    other_achievements: list[NextAchievementOut] = Field(
        description="Other locked achievements, at most five, the earliest likely date first: of those that count the "
        "same, the nearest one."
    )
    next_level: NextLevelForecastOut | None


class RecommendationOut(Answer):
    """A recommendation. `rank` starts at 1. `subject`: the task, topic, path or achievement it is about."""

    rank: int
    kind: Kind
    code: str = Field(description="Which sentences they are, for programs; the same as `kind`.")
    text: str
    reason: str
    subject: str | None
    numbers: Numbers
    values: Numbers


class RecommendationsOut(Answer):
    """Recommendations, the most important first; may be empty. At most one is about any topic."""

    recommendations: list[RecommendationOut]
