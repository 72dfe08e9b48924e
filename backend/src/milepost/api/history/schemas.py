"""Daily history on the wire."""

from typing import Annotated

from pydantic import Field

from milepost.api.http.fields import Answer, Day, NamedLearner, query_number
from milepost.rules.history import MAX_HISTORY_DAYS


class HistoryQuery(NamedLearner):
    """The last `days`, today included (default: 30), or every date from `start_date` to `end_date`."""

    days: Annotated[int, query_number(1, MAX_HISTORY_DAYS)] | None = None
    start_date: Day | None = None
    end_date: Day | None = None


class HistoryDayOut(Answer):
    """One date, as of its end. Minutes are whole, rounded down. Averages are null without a grade."""

    snapshot_date: Day
    exercises_completed: int
    exercises_today: int
    current_streak: int
    longest_streak: int
    minutes: int
    seconds: int
    minutes_today: int
    seconds_today: int
    average_grade: float | None
    average_grade_today: float | None
    hints_used: int
    points: int
    achievements_unlocked: int


class HistoryOut(Answer):
    """Every date of the range, in ascending order."""

    from_: Day = Field(alias="from")
    to: Day
    days: list[HistoryDayOut]
