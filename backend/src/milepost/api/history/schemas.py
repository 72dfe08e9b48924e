"""History and jobs on the wire."""

from typing import Annotated

from pydantic import Field

from milepost.api.activities.schemas import NamedLearner
from milepost.api.http.fields import Answer, Day, Instant, query_number
from milepost.rules.history import MOST_HISTORY_DAYS


class HistoryQuery(NamedLearner):
    """The last `days`, today included (30 where nothing is said), or every date from `start_date` to `end_date`."""

    days: Annotated[int, query_number(1, MOST_HISTORY_DAYS)] | None = None
    start_date: Day | None = None
    end_date: Day | None = None


class HistoryDayOut(Answer):
    """One date, as it stood at its end. Minutes are whole, rounded down; averages null without a grade."""

    snapshot_date: Day
    exercises_completed: int
    exercises_today: int
    current_streak: int
    longest_streak: int
    minutes: int
    minutes_today: int
    average_grade: float | None
    average_grade_today: float | None
    hints_used: int
    points: int
    achievements_unlocked: int


class HistoryOut(Answer):
    """Every date of the range in order, none missing."""

    from_: Day = Field(alias="from")
    to: Day
    days: list[HistoryDayOut]


class JobOut(Answer):
    """A job's last run. `failures` since ever; `last_error` is null after a run that went well."""

    job: str
    started_at: Instant | None
    finished_at: Instant | None
    failures: int
    last_error: str | None


class PendingSnapshotsOut(Answer):
    """Days that are over and wait for their snapshot, counted up to 100,000.

    `lag_seconds`: how long the oldest has been waiting, 0 when none does.
    """

    pending_days: int
    oldest_due_at: Instant | None
    lag_seconds: int


class PendingRebuildsOut(Answer):
    """Learners of whom something was taken back that is still counted."""

    pending_learners: int
    oldest_due_at: Instant | None


class DueGoalsOut(Answer):
    """Goals with a period that is over and not closed yet, or whose learner has moved, counted up to 100,000.

    `lag_seconds`: how long the oldest has been waiting, 0 when none does.
    """

    due_goals: int
    oldest_due_at: Instant | None
    lag_seconds: int


class JobsOut(Answer):
    """How the jobs are doing."""

    jobs: list[JobOut]
    snapshots: PendingSnapshotsOut
    rebuilds: PendingRebuildsOut
    goals: DueGoalsOut
