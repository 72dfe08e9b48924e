"""What a learner had at the end of each local day: sums so far and the streak, and a history without gaps made of them.

Does not know when a day was looked at or where days are kept: from the same days it is always the same.
"""

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import accumulate
from typing import NamedTuple

from milepost.rules.policy import StreakPolicy
from milepost.rules.streaks.streaks import EMPTY, ExcusedDays, StreakState, advance, expiry_day

MAX_HISTORY_DAYS = 400


class Sums(NamedTuple):
    """What activities add up to. Times in seconds, grades in thousandths of a grade point."""

    activities: int
    exercises: int
    seconds: int
    exercise_seconds: int
    points: int
    graded: int
    grade_milli: int
    perfect: int
    no_hint: int
    hints: int


NO_SUMS = Sums(*(0 for _ in Sums._fields))


class ActiveDay(NamedTuple):
    """A local day with activities; `met`: one of them counts for the streak."""

    day: date
    sums: Sums
    met: bool


class Snapshot(NamedTuple):
    """How a learner stood at the end of an active day.

    `day_sums` are of the day alone, `sums` of everything up to it. `streak` is that after its last met day;
    `alive_through` the last date on which this run stands without further practice, None before the first met day.
    """

    day: date
    day_sums: Sums
    sums: Sums
    streak: StreakState
    alive_through: date | None


def snapshots(
    days: Iterable[ActiveDay], start: Snapshot | None, excused: ExcusedDays, policy: StreakPolicy
) -> list[Snapshot]:
    """A snapshot for each of `days`, which ascend and all lie after `start`, the last one that is known to hold.

    `excused` must hold what is known from the last met day of `start` on, days ahead too: an announced pause keeps a
    run alive.
    """
    sums, streak, alive_through = NO_SUMS, EMPTY, None
    if start is not None:
        sums, streak, alive_through = start.sums, start.streak, start.alive_through
    made = []
    for day in days:
        sums = Sums(*map(int.__add__, sums, day.sums))
        streak, alive_through = streak_after(streak, alive_through, day.day, day.met, excused, policy)
        made.append(Snapshot(day.day, day.sums, sums, streak, alive_through))
    return made


def streak_after(
    streak: StreakState, alive_through: date | None, day: date, met: bool, excused: ExcusedDays, policy: StreakPolicy
) -> tuple[StreakState, date | None]:
    """The streak and `alive_through` after one more active day, from those before it. `excused` as in `snapshots`."""
    if not met:
        return streak, alive_through
    streak = advance(streak, day, excused, policy)
    return streak, expiry_day(day, streak.freezes, excused)


@dataclass(frozen=True, slots=True)
class HistoryDay:
    """One date: what was done on it, what there was in all by its end, and the streak as it stood then."""

    day: date
    day_sums: Sums
    sums: Sums
    current_streak: int
    longest_streak: int


def history(first: date, last: date, taken: Sequence[Snapshot]) -> list[HistoryDay]:
    """Every date from `first` to `last`, ascending, none missing.

    `taken` ascend and hold all snapshots of these dates and the last one before them. A date without one shows the
    sums of the last, nothing done, and its run while that is alive.
    """
    shown = []
    held: Snapshot | None = None
    place = 0
    for ordinal in range(first.toordinal(), last.toordinal() + 1):
        day = date.fromordinal(ordinal)
        while place < len(taken) and taken[place].day <= day:
            held = taken[place]
            place += 1
        if held is None:
            shown.append(HistoryDay(day, NO_SUMS, NO_SUMS, 0, 0))
            continue
        alive = held.alive_through is not None and day <= held.alive_through
        done = held.day_sums if held.day == day else NO_SUMS
        shown.append(HistoryDay(day, done, held.sums, held.streak.run if alive else 0, held.streak.longest))
    return shown


def running_total(added: Mapping[date, int], days: Sequence[date]) -> list[int]:
    """For each of `days`, which ascend, the sum of what was added on it or on any date before."""
    dates = sorted(added)
    sums = [0, *accumulate(added[day] for day in dates)]
    return [sums[bisect_right(dates, day)] for day in days]
