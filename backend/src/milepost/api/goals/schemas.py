"""Periodic goals on the wire. The answer to progress is the one the platform's dashboard already reads."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import AfterValidator, Field, StringConstraints

from milepost.api.http.fields import Answer, Day, Instant, Limit, NamedLearner, Sent, Topic, text
from milepost.rules.goals import Status, TargetType, TimePeriod

MAX_TARGET = 1_000_000


def _identifier(given: str) -> str:
    return str(UUID(given))


Identifier = Annotated[
    str,
    StringConstraints(strict=True, pattern=r"^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$"),
    AfterValidator(_identifier),
    Field(json_schema_extra={"format": "uuid"}),
]
"""A UUID as text with hyphens; in lower case when read."""


class GoalIn(Sent):
    """What to reach in every period. Only minutes, percentage and task_count may name a category, only minutes,
    exercises, points and active_days a topic, and none both."""

    name: Annotated[str, text(100)]
    target_type: TargetType
    time_period: TimePeriod
    target_value: Annotated[int, Field(ge=1, le=MAX_TARGET, description="Of a percentage at most 100.")]
    category_id: Identifier | None = None
    topic: Topic | None = None


class GoalOut(Answer):
    """A goal. `archived`: it counts nothing any more and its history stays."""

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
    """Goals in force, or with `archived=true` those that were archived."""

    archived: Literal["true", "false"] = "false"


class GoalsOut(Answer):
    """Goals, newest first, at most 200."""

    goals: list[GoalOut]


class PeriodOut(Answer):
    """A period's first and last local day."""

    start: Day
    end: Day


class GoalProgressOut(Answer):
    """A period of a goal: whole units achieved, rounded down, and percent of the target, two decimals, ≤ 999.99.

    An open period is `on_track` when the share achieved is at least the share of its days that have begun.
    `not_applicable`: a percentage while nothing is scheduled.
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
    """Goals in force, how many of them are achieved in their current period, and the one that lacks least (or null)."""

    active: int
    met_this_period: int
    next: GoalProgressOut | None


class GoalPeriodOut(GoalProgressOut):
    """The same, with when it was met, and revised after it was closed."""

    met_at: Instant | None
    revised_at: Instant | None


class GoalsProgressQuery(NamedLearner):
    """Goals of this period (all where none is said), in the period that holds `start_date` (today)."""

    period: TimePeriod | None = None
    start_date: Day | None = None


class GoalProgressQuery(NamedLearner):
    """The period that holds `start_date` (today)."""

    start_date: Day | None = None


class GoalHistoryQuery(NamedLearner):
    """The last `limit` periods that began before `before`."""

    limit: Limit = 30
    before: Day | None = None


class GoalHistoryOut(Answer):
    """Periods since the goal was made, newest first, none missing; the open one with its standing of now."""

    goal_id: str
    periods: list[GoalPeriodOut]
