"""Periodic goals on the wire. The shape of progress is the one that the platform's dashboard already reads."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import AfterValidator, Field

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
    formed,
    name,
)
from milepost.rules.goals import Status, TargetType, TimePeriod

MAX_TARGET = 1_000_000


def _identifier(value: str) -> str:
    return str(UUID(value))


Identifier = Annotated[
    str,
    formed(r"^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$", "must be a UUID", form="uuid"),
    AfterValidator(_identifier),
    Field(json_schema_extra={"format": "uuid"}),
]
"""A UUID as text with hyphens, converted to lower case."""


class GoalIn(Sent):
    """A target for every period. Only minutes, percentage and task_count may name a category; only minutes, exercises,
    points and active_days may name a topic. No goal may name both."""

    name: Annotated[str, name(100)]
    target_type: TargetType
    time_period: TimePeriod
    target_value: Annotated[int, Field(ge=1, le=MAX_TARGET, description="At most 100 for a percentage."), WHOLE]
    category_id: Identifier | None = None
    topic: Topic | None = None


class GoalOut(ItemAnswer):
    """A goal. An archived goal counts nothing any more; its history stays."""

    goal_id: str
    name: str
    target_type: TargetType
    time_period: TimePeriod
    target_value: int
    category_id: str | None
    topic: str | None
    archived: bool
    created_at: Instant
    updated_at: Instant


class GoalsQuery(NamedLearner):
    """Active goals, or archived goals with `archived=true`."""

    archived: Literal["true", "false"] = "false"


class GoalsOut(Answer):
    """Up to 200 goals, newest first."""

    goals: list[GoalOut]


class PeriodOut(Answer):
    """The first and last local day of a period."""

    start: Day
    end: Day


class GoalProgressOut(Answer):
    """A goal in one period: whole units achieved, rounded down, and percent of the target with two decimals, at most
    999.99.

    An open period is `on_track` if the achieved share is at least the share of its days that have begun.
    `not_applicable`: a percentage goal while nothing is scheduled.
    """

    goal_id: str
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


class GoalsProgressQuery(NamedLearner):
    """Goals with this kind of period (default: all), in the period that contains `start_date` (default: today)."""

    period: TimePeriod | None = None
    start_date: Day | None = None


class GoalProgressQuery(NamedLearner):
    """The period that contains `start_date` (default: today)."""

    start_date: Day | None = None


class GoalHistoryQuery(NamedLearner):
    """The last `limit` periods that began before `before`."""

    limit: Limit = 30
    before: Day | None = None


class GoalHistoryOut(Answer):
    """All periods since the goal was created, newest first; the open period with its current state."""

    goal_id: str
    periods: list[GoalPeriodOut]
