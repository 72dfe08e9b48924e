"""Daily history on the wire."""

from typing import Annotated

from milepost.api.edge.quiet import LOUD
from milepost.api.http.fields import Answer, Day
from milepost.api.http.windows import DaysQuery, WindowOut


class HistoryQuery(DaysQuery):
    """The days from `from` to `to` (or `start_date`, `end_date`), or the last `days` up to `to` (default: 30)."""

    start_date: Day | None = None
    end_date: Day | None = None


class HistoryDayOut(Answer):
    """One date, as of its end. Minutes are whole, rounded down. Averages are null without a grade."""

    snapshot_date: Day
    exercises_completed: int
    exercises_today: int
    current_streak: Annotated[int, LOUD]
    longest_streak: Annotated[int, LOUD]
    minutes: int
    seconds: int
    minutes_today: int
    seconds_today: int
    average_grade: float | None
    average_grade_today: float | None
    hints_used: int
    points: int
    achievements_unlocked: Annotated[int, LOUD]


class HistoryOut(WindowOut):
    """Every date of the window, in ascending order."""

    days: list[HistoryDayOut]
