"""Planner analytics on the wire."""

from typing import Annotated, Literal

from pydantic import Field

from milepost.api.edge.quiet import LOUD
from milepost.api.exports.schemas import Bom
from milepost.api.goals.schemas import GoalProgressOut
from milepost.api.http.fields import Answer, Day, formed
from milepost.api.http.windows import WindowOut, WindowQuery
from milepost.api.planner.calendar_schemas import PlannerSumsOut
from milepost.api.planner.schemas import CategoryRef
from milepost.rules.planner.analytics import RANGE_FORMS, DashboardPeriod
from milepost.rules.planner.categories import CategoryColor
from milepost.rules.planner.planner_days import UNCATEGORISED

DateRange = Annotated[
    str,
    formed(r"^(today|7d|30d|[0-9]{4}-[0-9]{2}-[0-9]{2}\.\.[0-9]{4}-[0-9]{2}-[0-9]{2})$", RANGE_FORMS, form="range"),
    Field(
        description="`today`, `7d`, `30d`: 1, 7 or 30 days up to `end_date`. `A..B`: at most 400 days, both included."
    ),
]


class QuickStatsQuery(WindowQuery):
    """The days, from `from` to `to` or a `date_range` up to `to` (or `end_date`), and the category.

    `view_context` says where the figures are shown; it does not change them.
    """

    view_context: Literal["calendar", "tasks", "dashboard"] | None = None
    date_range: DateRange = "7d"
    end_date: Day | None = None
    category_id: CategoryRef | None = None


class TopCategoryOut(Answer):
    """The category with the most scheduled minutes. `category_id` is null for tasks without a category."""

    category_id: str | None
    name: str
    minutes: int


class QuickStatsOut(WindowOut):
    """Key figures for a range of days. `focus_time_utilization`: minutes scheduled within focus slots ÷ minutes of
    focus slots, 0–1; null without focus slots. `streak_days_completed`: consecutive days with a completed task, up to
    the end of the range.
    """

    total_scheduled_minutes: int
    completed_tasks_count: int
    due_tasks_count: int
    due_completed_tasks_count: int
    focus_time_utilization: float | None
    focus_utilization_ratio: float | None
    top_category: TopCategoryOut | None
    streak_days_completed: Annotated[int, LOUD]


class DashboardQuery(WindowQuery):
    """The days from `from` to `to`, or a `period` up to `to` (or `end_date`; default: today). For a `month`, any of its
    days.
    """

    period: Annotated[
        DashboardPeriod,
        Field(
            description="`weekly`: the 7 days up to `end_date`. `monthly` and `rolling_30d`: the 30 days up to "
            "`end_date`, whatever the calendar says. `month`: the calendar month of `end_date`, to its last day."
        ),
    ] = "weekly"
    end_date: Day | None = None
    category_id: CategoryRef | None = None


class PlannerSharesOut(PlannerSumsOut):
    """The sums of a day or of a range, and what they are shares of. `completion_rate`: the share of due tasks that were
    completed, 0–1; null if none was due.
    """

    completion_rate: float | None
    focus_time_utilization: float | None
    focus_utilization_ratio: float | None


class PlannerFiguresOut(PlannerSharesOut):
    """Totals for a range of days, both ends included."""

    from_: Day = Field(alias="from")
    to: Day


class CategoryShareOut(TopCategoryOut):
    """A category and its share of all scheduled minutes, in percent with one decimal."""

    category: str = Field(description=f"The category as filters take it: its id, or `{UNCATEGORISED}`.")
    color: CategoryColor
    percent: float
    share_percent: float


class PlannerTrendDay(PlannerSharesOut):
    """One local day, with the same figures as the whole period."""

    date: Day
    day: Day


class DashboardOut(PlannerFiguresOut):
    """Figures for a period, by category (most minutes first) and by day, and for the equally long period before.

    `goals`: goals in their current period, newest first; with `category_id`, only those that count its tasks. Absent
    while goals are disabled.
    """

    today: Day
    period: Literal[DashboardPeriod, "custom"] = Field(
        description="The period asked for; `custom` if `from` was given."
    )
    top_category: TopCategoryOut | None
    streak_days_completed: Annotated[int, LOUD]
    category_distribution: list[CategoryShareOut]
    trend: list[PlannerTrendDay]
    previous: PlannerFiguresOut
    goals: list[GoalProgressOut] = Field(default_factory=list)


class AnalyticsExportQuery(WindowQuery):
    """The days to export: `from` and `to` (or `start_date` and `end_date`), both required and included, at most 400."""

    format: Literal["csv"] = "csv"
    bom: Bom = "0"
    names: Annotated[
        Literal["0", "1"], Field(description="`1` adds the column `category_names`: JSON, names by category id.")
    ] = "0"
    category_id: CategoryRef | None = None
    start_date: Day | None = None
    end_date: Day | None = None
