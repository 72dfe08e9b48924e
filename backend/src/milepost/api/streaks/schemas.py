"""Pauses, repairs and restorations on the wire."""

from typing import Annotated

from milepost.api.activities.schemas import StreakOut
from milepost.api.http.fields import Answer, Day, Instant, Sent, text


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
