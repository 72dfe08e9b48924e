"""Streaks with their calendar, pauses, repairs and restorations on the wire."""

from typing import Annotated, Literal

from pydantic import StringConstraints

from milepost.api.http.fields import (
    Answer,
    Day,
    Instant,
    NamedLearner,
    Sent,
    text,
)


class StreakOut(Answer):
    """A streak as it stands now. `last_exercise_date` is the last day that counted."""

    current_streak: int
    longest_streak: int
    state: Literal["none", "active", "at_risk", "broken"]
    met_today: bool
    paused: bool
    last_exercise_date: Day | None
    freezes: int
    freezes_pending: int
    next_freeze_in_days: int | None
    expires_at: Instant | None


class StreakDayOut(Answer):
    """One day of the calendar; `kind` says why an excused one is."""

    day: Day
    state: Literal["met", "frozen", "excused", "missed", "open", "future", "none"]
    kind: str | None = None
    reason: str


class StreakAnswer(StreakOut):
    """A streak with a month of its calendar. `repairable_until`: until when the newest gap can be repaired."""

    local_day: Day
    timezone: str
    repairable_until: Instant | None
    month: str
    calendar: list[StreakDayOut]


class PauseIn(Sent):
    """Which days, both included."""

    first_day: Day
    last_day: Day
    reason: Annotated[str, text(200, shortest=0)] = ""


class SpanOut(Answer):
    """Days that follow each other, both ends included."""

    first_day: Day
    last_day: Day


class PauseOut(SpanOut):
    """A pause."""

    id: str
    reason: str
    created_at: Instant


class PausesOut(Answer):
    """All pauses, the latest first. `days_used`: paused days of the last year and ahead, of `days_allowed`."""

    pauses: list[PauseOut]
    days_used: int
    days_allowed: int


class CaredOut(Answer):
    """A learner after its streak was cared for."""

    revision: int
    streak: StreakOut


class PauseChangedOut(CaredOut):
    """The pause as it is kept now; null when nothing of it is."""

    pause: PauseOut | None


class RepairedOut(CaredOut):
    """Days that are excused from now on."""

    repaired: list[SpanOut]


class RestorationIn(Sent):
    """Which days, both included; without any, the gap that broke the newest run, however long."""

    first_day: Day | None = None
    last_day: Day | None = None
    reason: Annotated[str, text(200)]


class RestoredOut(CaredOut):
    """Days that are excused from now on."""

    learner_id: str
    restored: list[SpanOut]


class StreakQuery(NamedLearner):
    """Which month of the calendar; `at` (services and administrators): how it stood at an instant that is past."""

    month: Annotated[str, StringConstraints(pattern=r"^(19|20|21)[0-9]{2}-(0[1-9]|1[0-2])$")] | None = None
    at: Instant | None = None
