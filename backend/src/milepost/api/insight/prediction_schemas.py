"""Insights, predictions and recommendations on the wire. Every sentence comes with the numbers it rests on."""

from typing import Annotated, Literal

from pydantic import Field

from milepost.api.http.fields import Answer, Day, NamedLearner, Topic

Numbers = Annotated[
    dict[str, int | float | str], Field(description="What the sentence rests on, by name; which depends on `kind`.")
]


class InsightOut(Answer):
    """Something practice shows."""

    kind: Literal[
        "best_weekday",
        "best_hour",
        "trend",
        "consistency",
        "strongest_area",
        "improvement_area",
        "points_mix",
    ]
    text: str
    numbers: Numbers


class InsightsOut(Answer):
    """The last 90 days in sentences. Below three active days there is none, and `note` says so."""

    from_: Day = Field(alias="from")
    to: Day
    active_days: int
    note: str | None
    insights: list[InsightOut]


class PredictionQuery(NamedLearner):
    """`topic`: the one whose next level is asked for; without it that with the earliest date."""

    topic: Topic | None = None


class EstimateOut(Answer):
    """When, or why not.

    `expected`: reached by these dates with 10, 50 and 90 %; null among them lies more than 60 days ahead. `if_unbroken`
    (a streak): `p50` is the exact date. Otherwise there is no date: `reached` already · `unlikely` within 60 days ·
    `too_few_days`: fewer than 3 active days in the 28 before today · `grade_missing`: the average does not suffice ·
    `not_predictable`.
    """

    state: Literal["expected", "if_unbroken", "reached", "unlikely", "too_few_days", "grade_missing", "not_predictable"]
    p10: Day | None
    p50: Day | None
    p90: Day | None
    within_60_percent: int | None = Field(description="0–100: reached within 60 days; null where nothing is estimated.")
    text: str


class NextAchievementOut(Answer):
    """The nearest achievement: the condition that decides, how far it is, and when it is likely."""

    code: str
    title: str
    metric: str
    now: int
    needed: int
    percent: float
    estimate: EstimateOut


class NextLevelForecastOut(Answer):
    """The next level of a topic: what it lacks, and when it is likely."""

    topic: str
    level: str
    exercises_missing: int
    grade_missing: float
    estimate: EstimateOut


class PredictionsOut(Answer):
    """The next achievement and the next level; null where there is none left, or nothing to go by."""

    next_achievement: NextAchievementOut | None
    next_level: NextLevelForecastOut | None


class RecommendationOut(Answer):
    """Something worth doing. `rank` begins with 1; `subject`: the task, topic, path or achievement it is about."""

    rank: int
    kind: Literal["streak_at_risk", "overdue_task", "near_level", "near_achievement", "neglected_path"]
    text: str
    reason: str
    subject: str | None
    numbers: Numbers


class RecommendationsOut(Answer):
    """What is worth doing next, the weightiest first; empty when nothing is."""

    recommendations: list[RecommendationOut]
