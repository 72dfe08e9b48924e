"""The sentences of the streak calendar. Second person, no exclamation marks, no guilt: the number, then the next step.

`streaks` decides which sentence applies. The sentences of `timeline` are for administrators: third person, only facts.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from milepost.rules.days.wording import quantity
from milepost.rules.streaks.excuse_kinds import ExcusedKind


@dataclass(frozen=True, slots=True)
class Reason:
    """A sentence, and the same for programs: `code` says which one it is, `values` has its numbers."""

    text: str
    code: str
    values: Mapping[str, int] = field(default_factory=dict)


FROZEN = Reason("A freeze covered this day off, and your run continued.", "frozen")
FROZEN_PENDING = Reason("A freeze covers this day off. Your run is still alive.", "frozen_pending")
FUTURE = Reason("Still to come.", "future")
BEFORE_FIRST = Reason("Before your first activity.", "before_first")

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


def met(run: int) -> Reason:
    """A met day; `run` is the length of the run on that day."""
    return Reason(f"You practised. Day {run} of this run.", "met", {"run": run})


def missed(run: int) -> Reason:
    """A day in the gap that ended a run of that length."""
    return Reason(f"A day off. The run before it ended at day {run}.", "missed", {"run": run})


def open_today(run: int) -> Reason:
    """Today, not met yet; `run` is the length of the run that is still alive, 0 without one."""
    text = f"Today is open. One exercise makes it day {run + 1}." if run else "Today is open. It can be day 1."
    return Reason(text, "open", {"run": run})


def excused(kind: ExcusedKind, ahead: bool) -> Reason:
    """An excused day; `ahead`: it is after today."""
    is_planned = ahead and _EXCUSED_AHEAD[kind] != _EXCUSED[kind]
    code = f"excused_{kind}_ahead" if is_planned else f"excused_{kind}"
    return Reason((_EXCUSED_AHEAD if ahead else _EXCUSED)[kind], code)


def run_started() -> Reason:
    """The first met day of a run."""
    return Reason("A run began: day 1.", "run_started", {"run": 1})


def run_continued(run: int) -> Reason:
    """A met day that made the run this long."""
    return Reason(f"The run grew from day {run - 1} to day {run}.", "run_continued", {"run": run})


def run_on_hold(run: int) -> Reason:
    """An excused day during a run of that length."""
    return Reason(f"The day is excused, so the run stays at day {run}.", "run_on_hold", {"run": run})


def run_ended(run: int, uncovered: int, freezes: int) -> Reason:
    """The day that ended a run of that length: with it more days are uncovered than the run had freezes."""
    days = f"{quantity(uncovered, 'day')} {'was' if uncovered == 1 else 'were'} neither met nor excused"
    text = f"The run ended at day {run}: {days}, and it had {quantity(freezes, 'freeze')}."
    return Reason(text, "run_ended", {"run": run, "days": uncovered, "freezes": freezes})


def freeze_earned(met_days: int, freezes: int) -> Reason:
    """A met day that earned a freeze, and the freezes from then on."""
    text = f"{met_days} met days earned a freeze; {quantity(freezes, 'freeze')} in all."
    return Reason(text, "freeze_earned", {"met_days": met_days, "freezes": freezes})


def freeze_used(freezes: int) -> Reason:
    """A day that a freeze covers, and the freezes left."""
    return Reason(f"A freeze covers this day; {quantity(freezes, 'freeze')} left.", "freeze_used", {"freezes": freezes})


def freeze_lost(freezes: int) -> Reason:
    """A day that a freeze covered until the run ended all the same, and the freezes that were left."""
    text = f"A freeze covered this day until the run ended; {quantity(freezes, 'freeze')} left then."
    return Reason(text, "freeze_lost", {"freezes": freezes})


def freezes_used_ahead(days: int, freezes: int) -> Reason:
    """A met day after today: freezes cover the days before it that are not met yet, and the freezes left."""
    text = f"A freeze each covers {quantity(days, 'day')} before this one; {quantity(freezes, 'freeze')} left."
    return Reason(text, "freezes_used_ahead", {"days": days, "freezes": freezes})
