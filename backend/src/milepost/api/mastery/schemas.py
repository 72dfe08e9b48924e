"""Mastery on the wire."""

from typing import Literal

from pydantic import Field

from milepost.api.http.fields import Answer, Cursor, Day, Limit, Query, Topic
from milepost.api.http.windows import WindowOut, WindowQuery


class MasteryEstimateOut(Answer):
    """What a learner can be expected to get in typical exercises of a topic, 0–100, with its 80 % band."""

    estimate: float = Field(description="The expected result in typical exercises of the topic, 0–100.")
    low: float = Field(description="The lower end of the 80 % band of the estimate.")
    high: float = Field(description="The upper end of the 80 % band of the estimate.")
    grades: int = Field(
        description="The grades of the last 400 days, on which the estimate rests; the latest count most."
    )


class MasteryOut(MasteryEstimateOut):
    """What a learner can be expected to get in typical exercises of a topic today, in numbers and in words."""

    average_grade: float = Field(description="The average of these grades, 0–100, rounded down.")
    typical: float = Field(
        description="What a typical learner would have got on average in the same exercises, on the same days, 0–100."
    )
    code: Literal["mastery_solved", "mastery_average"] = Field(
        description="Which sentence `text` is: `mastery_solved` if each of the grades is 0 or 100, so that it counts"
        " solved exercises."
    )
    values: dict[str, int | float | str] = Field(
        description="The numbers in the sentence. `mastery_solved`: `topic`, `grades`, `solved`, `typical` (how many of"
        " them a typical learner solves), `estimate`, `low`, `high`. `mastery_average`: `average` instead of `solved`,"
        " and `typical` of 100."
    )
    text: str = Field(description="The sentence, in English.")


class MasteryQuery(WindowQuery):
    """The topic, and the days of its curve: from `from` to `to`, both inclusive, at most 400 (default: the last 90)."""

    topic: Topic = Field(description="The topic.")


class MasteryPointOut(MasteryEstimateOut):
    """What was known at the end of a day."""

    local_day: Day


class MasteryCurveOut(WindowOut):
    """The mastery of a topic today, and day by day. Days with fewer than three grades behind them are left out."""

    topic: str
    mastery: MasteryOut | None = Field(
        description="What can be expected today; null with fewer than three grades in the last 400 days."
    )
    points: list[MasteryPointOut] = Field(
        description="What was known at the end of each day, oldest first, by how easy exercises were found to be then."
    )


class ExercisesQuery(Query):
    """Which exercises, and in which order."""

    topic: Topic | None = Field(default=None, description="Only exercises of this topic.")
    order: Literal["hardest", "easiest"] = Field(default="hardest", description="Which exercises come first.")
    limit: Limit = 50
    cursor: Cursor | None = None


class ExerciseEaseOut(Answer):
    """An exercise, what a typical learner gets in it, and how sure that is."""

    topic: str
    exercise: str = Field(description="The `object_id` of its activities.")
    grades: int = Field(description="The grades seen up to the newest publication that concerns it.")
    average_grade: float = Field(description="The average of these grades, 0–100, rounded down.")
    typical: float = Field(
        description="What a typical learner gets in it, 0–100: the average, allowing for who tried it."
    )
    low: float = Field(description="The lower end of the 80 % band of `typical`.")
    high: float = Field(description="The upper end of the 80 % band of `typical`.")
    valid_from: Day = Field(description="The first local day for which the newest publication that concerns it holds.")
    note: Literal["too_hard", "too_easy", "uncertain"] | None = Field(
        description="`too_hard`: `high` is below 40. `too_easy`: `low` is above 95, so the exercise tells nothing."
        " `uncertain`: the band is wider than 40. Null: nothing to note."
    )


class ExercisesOut(Answer):
    """A page of exercises by what a typical learner gets in them."""

    exercises: list[ExerciseEaseOut] = Field(description="The exercises.")
    next: str | None
