"""The metrics that a rule of an achievement may read. Each is declared here and nowhere else.

The parser, unlocking, dates, forecasts, texts and the columns that intake returns all follow from these declarations:
they walk `METRICS` or look a metric up with `metric_named`. The positions of a learner's sums are derived here, too.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Source = Literal["learner_row", "levels", "unlocks", "grant"]
"""Where the value is: a column of the learner's row, the ranks of skill levels, the mask of unlocks, or an
administrator's grant."""

DatedBy = Literal[
    "day_sums", "active_days", "longest", "new_topics", "new_milestones", "dates_of_unlocks", "moment_of_unlocking"
]
"""How `earned_on` is found.

`day_sums`: the column of the same name in `activity_days` is added up. `active_days`: each day with an activity counts
1. `longest`: the longest run up to a day. `new_topics`, `new_milestones`: those first practised or reached on a day.
`dates_of_unlocks`: the dates of other achievements. `moment_of_unlocking`: days do not tell.
"""

_ANY_UNIT = ("step", "steps")

ForecastBy = Literal["daily_pace", "unbroken_streak", "next_level"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Metric:
    """One metric: what its value is, what it is called, how it is dated and how it is forecast."""

    name: str
    """As rules write it. Stored with definitions and counters, so it never changes."""
    meaning: str
    """What it counts, in the words of `milepost achievements metrics`."""
    unit: tuple[str, str] = _ANY_UNIT
    """One of it and several, as sentences say it."""
    source: Source = "learner_row"
    column: str | None = None
    """The column of `learners`, for the source `learner_row`. No two metrics read the same one."""
    per_unit: int = 1
    """How much of the column makes 1 of the metric."""
    takes_where: bool = False
    """Whether it can be limited to some activities: only what `day_sums` or `active_days` date can."""
    dated_by: DatedBy = "moment_of_unlocking"
    forecast_by: ForecastBy | None = None
    """None: it follows no daily pace, so there is no date."""

    @property
    def timeline_column(self) -> str | None:
        """The column of a learner's days that dates it; None if days do not."""
        if self.dated_by == "day_sums":
            return self.column
        return None if self.dated_by in ("dates_of_unlocks", "moment_of_unlocking") else self.dated_by

    @property
    def counted_sum(self) -> str | None:
        """The sum that a filtered metric adds up over matching activities; None: it counts their distinct days."""
        return self.column if self.dated_by == "day_sums" else None

    @property
    def pace_column(self) -> str | None:
        """The sum of a day that its daily pace is read from; None if it is not forecast by pace."""
        if self.forecast_by != "daily_pace":
            return None
        return self.column if self.dated_by == "day_sums" else "activities"

    def in_sum_units(self, at_least: int) -> int:
        """A threshold in the unit of the stored sum."""
        return at_least * self.per_unit

    def of_day(self, amount: int) -> int:
        """A day's `pace_column` in whole units of the metric: an active day counts 1, whatever was done."""
        return int(amount > 0) if self.dated_by == "active_days" else amount // self.per_unit


METRICS = (
    Metric(
        name="exercises_completed",
        meaning="exercises, tasks and quizzes completed",
        unit=("exercise", "exercises"),
        column="exercises",
        takes_where=True,
        dated_by="day_sums",
        forecast_by="daily_pace",
    ),
    Metric(
        name="activities",
        meaning="everything recorded",
        unit=("activity", "activities"),
        column="activities",
        takes_where=True,
        dated_by="day_sums",
        forecast_by="daily_pace",
    ),
    Metric(
        name="points",
        meaning="points of activities",
        unit=("point", "points"),
        column="points",
        takes_where=True,
        dated_by="day_sums",
        forecast_by="daily_pace",
    ),
    Metric(
        name="minutes",
        meaning="whole minutes of practice",
        unit=("minute", "minutes"),
        column="seconds",
        per_unit=60,
        takes_where=True,
        dated_by="day_sums",
        forecast_by="daily_pace",
    ),
    Metric(
        name="active_days",
        meaning="days with any activity, however far apart",
        unit=("active day", "active days"),
        column="active_days",
        takes_where=True,
        dated_by="active_days",
        forecast_by="daily_pace",
    ),
    Metric(
        name="streak",
        meaning="the longest run of days so far; until it is earned, progress shows the current run",
        unit=("day in a row", "days in a row"),
        column="longest",
        dated_by="longest",
        forecast_by="unbroken_streak",
    ),
    Metric(
        name="perfect_grades",
        meaning="graded results of 100",
        unit=("perfect grade", "perfect grades"),
        column="perfect",
        takes_where=True,
        dated_by="day_sums",
        forecast_by="daily_pace",
    ),
    Metric(
        name="no_hint_exercises",
        meaning="exercises reported with 0 hints",
        unit=("exercise without hints", "exercises without hints"),
        column="no_hint",
        takes_where=True,
        dated_by="day_sums",
        forecast_by="daily_pace",
    ),
    Metric(
        name="graded_exercises",
        meaning="graded exercises, whatever the grade",
        unit=("graded exercise", "graded exercises"),
        column="graded",
        takes_where=True,
        dated_by="day_sums",
        forecast_by="daily_pace",
    ),
    Metric(
        name="topics_practised",
        meaning="different topics",
        unit=("topic", "topics"),
        column="topics",
        dated_by="new_topics",
    ),
    Metric(
        name="skill_level",
        meaning='at_least is the name of a level above the first; in any topic, or in one with topic = "loops"',
        source="levels",
        forecast_by="next_level",
    ),
    Metric(
        name="goals_met",
        meaning="periods in which one of the learner's own goals was met",
        unit=("goal", "goals"),
        column="goals_met",
    ),
    Metric(
        name="milestones_reached",
        meaning="milestones of spaces and composite goals, each counted once",
        unit=("milestone", "milestones"),
        column="milestones_reached",
        dated_by="new_milestones",
    ),
    Metric(
        name="achievements_unlocked",
        meaning="achievements earned, except those that use this metric",
        unit=("achievement", "achievements"),
        source="unlocks",
        dated_by="dates_of_unlocks",
    ),
    Metric(name="manual", meaning="granted by an administrator; takes no at_least", source="grant"),
)
"""In the order in which messages list them and in which a learner's sums are kept."""

METRIC_NAMES = tuple(metric.name for metric in METRICS)
FILTERED_METRICS = tuple(metric.name for metric in METRICS if metric.takes_where)
EXISTING_METRICS = frozenset(METRIC_NAMES)
"""The metrics whose features exist; a rule with any other is refused by name."""

SUMMED_METRICS = tuple(metric for metric in METRICS if metric.column is not None)
"""The metrics that are a column of the learner's row."""
METRIC_COLUMNS = tuple(metric.column for metric in METRICS if metric.column is not None)
"""Their columns: a learner's sums are a tuple in this order, from the statements of intake to the comparison."""
DAY_SUM_COLUMNS = tuple(metric.column for metric in SUMMED_METRICS if metric.dated_by == "day_sums" and metric.column)
"""The sums of a day that date a metric."""

LEVELS_METRIC = next(metric.name for metric in METRICS if metric.source == "levels")
UNLOCKS_METRIC = next(metric.name for metric in METRICS if metric.source == "unlocks")

_BY_NAME: Mapping[str, Metric] = {metric.name: metric for metric in METRICS}


def metric_named(name: str) -> Metric:
    """The declaration of a metric.

    Raises:
        KeyError: There is no such metric.
    """
    return _BY_NAME[name]


def unit_of(name: str) -> tuple[str, str]:
    """One of a metric and several, in words; of one that is not declared, "step" and "steps"."""
    return _BY_NAME[name].unit if name in _BY_NAME else _ANY_UNIT


def place_of(column: str) -> int:
    """The position of a column in a learner's sums.

    Raises:
        ValueError: No metric reads this column.
    """
    return METRIC_COLUMNS.index(column)
