"""The sentences of the streak calendar. Second person, no exclamation marks, no guilt: the number, then the next step.

Knows words only; which of them holds is decided in `streaks`.
"""

from milepost.rules.streaks.excuse_kinds import ExcusedKind

FROZEN = "A freeze covered this day off; the run went on."
FROZEN_PENDING = "Your freeze covers this day off; the run still holds."
FUTURE = "Still ahead."
BEFORE_FIRST = "Before your first activity."

_EXCUSED = {
    ExcusedKind.impossible: "Excused: this date did not exist where you were.",
    ExcusedKind.restore: "Excused: this day was restored for you.",
    ExcusedKind.repair: "Excused: you repaired this day, and the run goes on.",
    ExcusedKind.outage: "Excused: the service was down. Nobody loses a day.",
    ExcusedKind.travel: "Excused: travel made this day short.",
    ExcusedKind.pause: "Excused: you took a pause, and the run waits.",
}
_EXCUSED_AHEAD = _EXCUSED | {
    ExcusedKind.outage: "Excused: the service is said to be down. Nobody loses a day.",
    ExcusedKind.pause: "Excused: a pause is planned here, and the run will wait.",
}


def met(run: int) -> str:
    """A met day; `run` is the length of the run that day."""
    return f"You practised. Day {run} of this run."


def missed(run: int) -> str:
    """A day of the gap that ended a run of that length."""
    return f"A day off. The run before it ended at {run}."


def open_today(run: int) -> str:
    """Today, not met yet; `run` is the length of the run that still holds, 0 without one."""
    return f"Today is open. One exercise makes it {run + 1}." if run else "Today is open. It can be day 1."


def excused(kind: ExcusedKind, ahead: bool) -> str:
    """An excused day; `ahead`: it is yet to come."""
    return (_EXCUSED_AHEAD if ahead else _EXCUSED)[kind]
