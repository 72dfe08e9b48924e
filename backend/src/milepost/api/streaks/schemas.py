"""Streaks with their calendar, pauses, repairs and restorations on the wire."""

from typing import Annotated, Literal

from pydantic import Field

from milepost.api.edge.quiet import LOUD
from milepost.api.http.fields import (
    Answer,
    Day,
    Instant,
    Sent,
    UuidText,
    formed,
    label,
    remark,
)
from milepost.api.http.windows import WindowQuery


class StreakOut(Answer):
    """The current state of a streak. `last_exercise_date` is the last met day."""

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
    """One day of the calendar. `kind` says why an excused day is excused."""

    day: Day
    state: Literal["met", "frozen", "excused", "missed", "open", "future", "none"]
    kind: str | None = None
    reason: str
    code: str = Field(description="Which sentence `reason` is, for programs.")
    values: dict[str, int] = Field(description="The numbers in the sentence, by name.")


class StreakAnswer(StreakOut):
    """A streak with one month of its calendar. `repairable_until`: the deadline for repairing the newest gap."""

    local_day: Day
    timezone: str
    repairable_until: Instant | None
    month: str = Field(description="The month of the first day of the calendar.")
    from_: Day = Field(alias="from")
    to: Day
    today: Day
    calendar: list[StreakDayOut]


class QuietStreakOut(Answer):
    """What a learner in quiet mode sees of its streak: nothing."""

    quiet: Literal[True]
    calendar: list[StreakDayOut]


class PauseIn(Sent):
    """The days to pause, first and last included."""

    first_day: Day
    last_day: Day
    reason: Annotated[str, remark(200)] = ""


class SpanOut(Answer):
    """Consecutive days, first and last included."""

    first_day: Day
    last_day: Day


class PauseOut(SpanOut):
    """A pause."""

    id: UuidText
    reason: str
    created_at: Instant


class PausesOut(Answer):
    """All pauses, the latest first. `days_used`: paused days of the last year and ahead, out of `days_allowed`."""

    pauses: list[PauseOut]
    days_used: int
    days_allowed: int


class CaredOut(Answer):
    """The learner's revision and streak after the change."""

    revision: int
    streak: Annotated[StreakOut, LOUD]


class PauseChangedOut(CaredOut):
    """The pause as it is stored now; null if nothing of it is left."""

    pause: PauseOut | None


class RepairedOut(CaredOut):
    """The days that the repair excuses."""

    repaired: list[SpanOut]


class RestorationIn(Sent):
    """The days to restore, first and last included. Without days: the gap that broke the newest run, however long."""

    first_day: Day | None = None
    last_day: Day | None = None
    reason: Annotated[str, label(200)]


class RestoredOut(CaredOut):
    """The days that the restoration excuses."""

    learner_id: UuidText
    restored: list[SpanOut]


Month = Annotated[
    str,
    formed(
        r"^(19|20|21)[0-9]{2}-(0[1-9]|1[0-2])$",
        "must be a month as YYYY-MM, between 1900-01 and 2199-12",
        form="month",
    ),
]


class StreakQuery(WindowQuery):
    """The days of the calendar: a `month` (default: the current one), or from `from` to `to`.

    `at` (services and administrators only): show the streak at this past instant.
    """

    month: Month | None = None
    at: Instant | None = None
