"""The sentences of the streak calendar. Second person, no exclamation marks, no guilt: the number, then the next step.

`streaks` decides which sentence applies.
"""

from milepost.rules.streaks.excuse_kinds import ExcusedKind

FROZEN = "A freeze covered this day off, and your run continued."
FROZEN_PENDING = "A freeze covers this day off. Your run is still alive."
FUTURE = "Still to come."
BEFORE_FIRST = "Before your first activity."

_EXCUSED = {
    ExcusedKind.impossible: "Excused: this date did not exist where you were.",
    ExcusedKind.restore: "Excused: this day was restored for you.",
    ExcusedKind.repair: "Excused: you repaired this day, and your run continues.",
    ExcusedKind.outage: "Excused: the service was down. You lose no day.",
    ExcusedKind.travel: "Excused: travel made this day short.",
    ExcusedKind.pause: "Excused: you took a pause. Your run is on hold.",
}
_EXCUSED_AHEAD = _EXCUSED | {
    ExcusedKind.outage: "Excused: the service is expected to be down. You lose no day.",
    ExcusedKind.pause: "Excused: a pause is planned. Your run will be on hold.",
}


def met(run: int) -> str:
    """A met day; `run` is the length of the run on that day."""
    return f"You practised. Day {run} of this run."


def missed(run: int) -> str:
    """A day in the gap that ended a run of that length."""
    return f"A day off. The run before it ended at day {run}."


def open_today(run: int) -> str:
    """Today, not met yet; `run` is the length of the run that is still alive, 0 without one."""
    return f"Today is open. One exercise makes it day {run + 1}." if run else "Today is open. It can be day 1."


def excused(kind: ExcusedKind, ahead: bool) -> str:
    """An excused day; `ahead`: it is after today."""
    return (_EXCUSED_AHEAD if ahead else _EXCUSED)[kind]
