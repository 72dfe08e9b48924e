"""Periodic goals on the wire. The shape of progress is the one that the platform's dashboard already reads."""

from typing import Annotated, Literal

from pydantic import Field

from milepost.api.http.fields import (
    WHOLE,
    Answer,
    Day,
    Instant,
    ItemAnswer,
    Limit,
    NamedLearner,
    Sent,
    Topic,
    UuidText,
    name,
)
from milepost.api.http.windows import WindowOut, WindowQuery
from milepost.api.planner.schemas import CategoryRef
from milepost.rules.goals import GoalOrder, Status, TargetType, TimePeriod

MAX_TARGET = 1_000_000


class GoalIn(Sent):
    """A target for every period. Only minutes, percentage and task_count may name a category; only minutes, exercises,
    points and active_days may name a topic. No goal may name both."""

    name: Annotated[str, name(100)]
    target_type: TargetType
    time_period: TimePeriod
    target_value: Annotated[
        int,
        Field(
            ge=1,
            le=MAX_TARGET,
            description="At most 100 for a percentage, and for active days the days of the period: 1, 7 or 31.",
        ),
        WHOLE,
    ]
    category_id: CategoryRef | None = None
    topic: Topic | None = None


class GoalOut(ItemAnswer):
    """A goal. An archived goal counts nothing; its history stays."""

    goal_id: UuidText
    name: str
    target_type: TargetType
    time_period: TimePeriod
    target_value: int
    category_id: str | None
    topic: str | None
    archived: bool
    created_at: Instant
    updated_at: Instant


WithProgress = Annotated[
    Literal["progress"] | None,
    Field(validation_alias="with", description="`progress` adds the current period and the last twelve to each goal."),
]
"""What else an answer about goals carries."""


class GoalsQuery(NamedLearner):
    """Active goals, or archived goals with `archived=true`. `with=progress` adds what a page of goals shows.

    `sort`: by creation, by name, or by the percentage of the current period, the highest first.
    """

    archived: Literal["true", "false"] = "false"
    with_: WithProgress = None
    sort: Annotated[
        GoalOrder,
        Field(
            description="The order: by creation, by name, or by the percentage of the current period, highest first."
        ),
    ] = "newest"


class GoalQuery(NamedLearner):
    """`with=progress` adds the current period and the last ones."""

    with_: WithProgress = None


class PeriodOut(Answer):
    """The first and last local day of a period."""

    start: Day
    end: Day


class GoalProgressOut(Answer):
    """A goal in one period: whole units achieved, rounded down, and percent of the target with two decimals, at most
    999.99.

    An open period is `on_track` if the achieved share is at least the share of its days that are over. A period is
    judged by the target in force on its last day; an open one by today's. `not_applicable`: a percentage goal while
    nothing is scheduled, a period before the goal was made or in which it was archived, a date that the learner never
    had.
    """

    goal_id: UuidText
    name: str
    target_type: TargetType
    target_value: int
    period: PeriodOut
    achieved_value: int
    percent_complete: float
    status: Status


class GoalsSummaryOut(Answer):
    """The number of active goals, how many are met in their current period, and the goal closest to its target (or
    null).
    """

    active: int
    met_this_period: int
    next: GoalProgressOut | None


class GoalPeriodOut(GoalProgressOut):
    """A goal in one period, with when it was met and when it was revised after closing."""

    met_at: Instant | None
    revised_at: Instant | None


class SparklinePoint(Answer):
    """One of the last periods of a goal: its first and last local day, and what came of it."""

    from_: Day = Field(alias="from", description="The first local day of the period.")
    to: Day = Field(description="The last local day of the period.")
    value: int = Field(description="The amount achieved, in the unit of the target, rounded down.")
    target: int = Field(description="The target by which the period is judged.")
    percent: float = Field(
        description="Percent of the target, two decimals, at most 999.99; 100 only if it is reached."
    )
    status: Status = Field(description="How the period stands.")


class ListedGoalOut(GoalOut):
    """A goal in a list; with its current period and its last twelve periods, oldest first, if they were asked for."""

    progress: GoalPeriodOut | None = Field(default=None, description="The current period. Only with `with=progress`.")
    sparkline: list[SparklinePoint] | None = Field(
        default=None,
        description="The last twelve periods, oldest first, up to the current one. Only with `with=progress`.",
    )


class GoalsOut(Answer):
    """Up to 200 goals, in the order asked for."""

    goals: list[ListedGoalOut]


class GoalsProgressQuery(NamedLearner):
    """Goals with this kind of period (default: all), in the period that contains `start_date` (default: today)."""

    period: TimePeriod | None = None
    start_date: Day | None = None


class GoalProgressQuery(NamedLearner):
    """The period that contains `start_date` (default: today)."""

    start_date: Day | None = None


class GoalHistoryQuery(WindowQuery):
    """The periods with a day from `from` to `to`, or the last `limit` periods, by default 30, that began before
    `before`.
    """

    limit: Limit | None = None
    before: Day | None = None


class GoalHistoryOut(WindowOut):
    """Periods since the goal was created, newest first; the open period with its current state.

    `from`, `to`: the days asked for, or those of the periods shown.
    """

    goal_id: UuidText
    periods: list[GoalPeriodOut]
