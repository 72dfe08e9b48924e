"""Analytics of plans on the wire."""

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from milepost.api.goals.schemas import GoalProgressOut
from milepost.api.http.fields import Answer, Day, NamedLearner
from milepost.rules.planner.analytics import DashboardPeriod
from milepost.rules.planner.planner_days import UNCATEGORISED

_UUID = "[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}"

CategoryRef = Annotated[
    str,
    StringConstraints(strict=True, pattern=f"^({_UUID}|{UNCATEGORISED})$", to_lower=True),
    Field(description=f"A category's id, or `{UNCATEGORISED}`: only what is planned under it."),
]
DateRange = Annotated[
    str,
    StringConstraints(
        strict=True, pattern=r"^(today|7d|30d|[0-9]{4}-[0-9]{2}-[0-9]{2}\.\.[0-9]{4}-[0-9]{2}-[0-9]{2})$"
    ),
    Field(description="`today`, `7d`, `30d`: so many days up to `end_date`; `A..B`: both included, at most 400."),
]


class QuickStatsQuery(NamedLearner):
    """Which days, and which category. `view_context`, where the figures are shown, changes none of them."""

    view_context: Literal["calendar", "tasks", "dashboard"] | None = None
    date_range: DateRange = "7d"
    end_date: Day | None = None
    category_id: CategoryRef | None = None


class TopCategoryOut(Answer):
    """The category with most scheduled minutes; `category_id` is null for what has no category."""

    category_id: str | None
    name: str
    minutes: int


class QuickStatsOut(Answer):
    """Key figures of a range of days. `focus_time_utilization`: minutes scheduled within focus slots ÷ minutes of focus
    slots, 0–1, null without any. `streak_days_completed`: days in a row up to its end on which a task was completed."""

    total_scheduled_minutes: int
    completed_tasks_count: int
    focus_time_utilization: float | None
    top_category: TopCategoryOut | None
    streak_days_completed: int


class DashboardQuery(NamedLearner):
    """weekly: the 7 days up to `end_date` (today) · monthly: the 30 days."""

    period: DashboardPeriod = "weekly"
    end_date: Day | None = None
    category_id: CategoryRef | None = None


class PlannerFiguresOut(Answer):
    """What days come to. `completion_rate`: of the tasks due on them, those completed, 0–1, null when none was due."""

    from_: Day = Field(alias="from")
    to: Day
    total_scheduled_minutes: int
    completed_scheduled_minutes: int
    focus_minutes: int
    focus_slot_minutes: int
    completed_tasks_count: int
    due_tasks_count: int
    completion_rate: float | None
    focus_time_utilization: float | None


class CategoryShareOut(TopCategoryOut):
    """A category's part of all scheduled minutes, in percent with one decimal."""

    percent: float


class PlannerTrendDay(Answer):
    """One local day."""

    date: Day
    total_scheduled_minutes: int
    completed_scheduled_minutes: int
    focus_minutes: int
    completed_tasks_count: int


class DashboardOut(PlannerFiguresOut):
    """The figures of a period, by category (most minutes first) and day by day; the equally long time before.

    `goals`: each in its current period, newest first; of a category those that count its tasks. Absent while goals are
    switched off.
    """

    period: DashboardPeriod
    top_category: TopCategoryOut | None
    streak_days_completed: int
    category_distribution: list[CategoryShareOut]
    trend: list[PlannerTrendDay]
    previous: PlannerFiguresOut
    goals: list[GoalProgressOut] = Field(default_factory=list)


class AnalyticsExportQuery(NamedLearner):
    """Which days, both included, at most 400."""

    format: Literal["csv"] = "csv"
    start_date: Day
    end_date: Day
