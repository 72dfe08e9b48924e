"""Planner analytics on the wire."""

from typing import Annotated, Literal

from pydantic import Field

from milepost.api.goals.schemas import GoalProgressOut
from milepost.api.http.fields import Answer, Day, NamedLearner, formed
from milepost.rules.planner.analytics import RANGE_FORMS, DashboardPeriod
from milepost.rules.planner.planner_days import UNCATEGORISED

_UUID = "[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}"

CategoryRef = Annotated[
    str,
    formed(f"^({_UUID}|{UNCATEGORISED})$", f"must be a UUID or {UNCATEGORISED}", to_lower=True),
    Field(description=f"Restrict the figures to this category: its id, or `{UNCATEGORISED}`."),
]
DateRange = Annotated[
    str,
    formed(r"^(today|7d|30d|[0-9]{4}-[0-9]{2}-[0-9]{2}\.\.[0-9]{4}-[0-9]{2}-[0-9]{2})$", RANGE_FORMS),
    Field(
        description="`today`, `7d`, `30d`: 1, 7 or 30 days up to `end_date`. `A..B`: at most 400 days, both included."
    ),
]


class QuickStatsQuery(NamedLearner):
    """The days and the category. `view_context` says where the figures are shown; it does not change them."""

    view_context: Literal["calendar", "tasks", "dashboard"] | None = None
    date_range: DateRange = "7d"
    end_date: Day | None = None
    category_id: CategoryRef | None = None


class TopCategoryOut(Answer):
    """The category with the most scheduled minutes. `category_id` is null for tasks without a category."""

    category_id: str | None
    name: str
    minutes: int


class QuickStatsOut(Answer):
    """Key figures for a range of days. `focus_time_utilization`: minutes scheduled within focus slots ÷ minutes of
    focus slots, 0–1; null without focus slots. `streak_days_completed`: consecutive days with a completed task, up to
    the end of the range.
    """

    total_scheduled_minutes: int
    completed_tasks_count: int
    focus_time_utilization: float | None
    top_category: TopCategoryOut | None
    streak_days_completed: int


class DashboardQuery(NamedLearner):
    """`weekly`: the 7 days up to `end_date` (default: today). `monthly`: the 30 days."""

    period: DashboardPeriod = "weekly"
    end_date: Day | None = None
    category_id: CategoryRef | None = None


class PlannerFiguresOut(Answer):
    """Totals for a range of days. `completion_rate`: the share of due tasks that were completed, 0–1; null if none was
    due.
    """

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
    """A category and its share of all scheduled minutes, in percent with one decimal."""

    percent: float


class PlannerTrendDay(Answer):
    """One local day."""

    date: Day
    total_scheduled_minutes: int
    completed_scheduled_minutes: int
    focus_minutes: int
    completed_tasks_count: int


class DashboardOut(PlannerFiguresOut):
    """Figures for a period, by category (most minutes first) and by day, and for the equally long period before.

    `goals`: goals in their current period, newest first; with `category_id`, only those that count its tasks. Absent
    while goals are disabled.
    """

    period: DashboardPeriod
    top_category: TopCategoryOut | None
    streak_days_completed: int
    category_distribution: list[CategoryShareOut]
    trend: list[PlannerTrendDay]
    previous: PlannerFiguresOut
    goals: list[GoalProgressOut] = Field(default_factory=list)


class AnalyticsExportQuery(NamedLearner):
    """The days to export, both included, at most 400."""

    format: Literal["csv"] = "csv"
    start_date: Day
    end_date: Day
