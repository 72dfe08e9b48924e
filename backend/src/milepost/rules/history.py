"""Snapshots of a learner at the end of each active day (sums so far and the streak), and a history without gaps.

This module does not know when a day is evaluated or where days are stored: the same days always give the same result.
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
    """Sums of activities. Times are in seconds, grades in thousandths of a grade point."""

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
    """A local day with activities; `met`: at least one of them counts for the streak."""

    day: date
    sums: Sums
    met: bool


class Snapshot(NamedTuple):
    """A learner's sums and streak at the end of an active day.

    `day_sums` are of the day alone, `sums` of everything up to it. `streak` is the state after the last met day;
    `alive_through` is the last date on which its run is alive without further practice, None before the first met day.
    """

    day: date
    day_sums: Sums
    sums: Sums
    streak: StreakState
    alive_through: date | None


def snapshots(
    days: Iterable[ActiveDay], start: Snapshot | None, excused: ExcusedDays, policy: StreakPolicy
) -> list[Snapshot]:
    """A snapshot of each of `days`, which are ascending and after `start`, the last snapshot known to be correct.

    `excused` must contain every known excused day after the last met day of `start`, including days after today: an
    announced pause keeps a run alive.
    """
    sums, streak, alive_through = NO_SUMS, EMPTY, None
    if start is not None:
        sums, streak, alive_through = start.sums, start.streak, start.alive_through
    result = []
    for day in days:
        sums = Sums(*map(int.__add__, sums, day.sums))
        streak, alive_through = streak_after(streak, alive_through, day.day, day.met, excused, policy)
        result.append(Snapshot(day.day, day.sums, sums, streak, alive_through))
    return result


def streak_after(
    streak: StreakState, alive_through: date | None, day: date, met: bool, excused: ExcusedDays, policy: StreakPolicy
) -> tuple[StreakState, date | None]:
    """The streak and `alive_through` after one more active day, given those before it. `excused` as in `snapshots`."""
    if not met:
        return streak, alive_through
    streak = advance(streak, day, excused, policy)
    return streak, expiry_day(day, streak.freezes, excused)


@dataclass(frozen=True, slots=True)
class HistoryDay:
    """One date: the sums of the day, the sums of everything up to its end, and the streak at its end."""

    day: date
    day_sums: Sums
    sums: Sums
    current_streak: int
    longest_streak: int


def history(first: date, last: date, taken: Sequence[Snapshot]) -> list[HistoryDay]:
    """Every date from `first` to `last`, ascending, without gaps.

    `taken` are all snapshots of these dates and the last one before them, ascending. A date without a snapshot has zero
    day sums, the total sums of the last snapshot, and its run while that is alive. Snapshots after `last` (of a learner
    who flew west, if `last` is today) count for the totals and the streak of `last`.
    """
    days = []
    latest: Snapshot | None = None
    index = 0
    for ordinal in range(first.toordinal(), last.toordinal() + 1):
        day = date.fromordinal(ordinal)
        while index < len(taken) and taken[index].day <= day:
            latest = taken[index]
            index += 1
        day_sums = latest.day_sums if latest is not None and latest.day == day else NO_SUMS
        if day == last and index < len(taken):
            latest = taken[-1]
        if latest is None:
            days.append(HistoryDay(day, NO_SUMS, NO_SUMS, 0, 0))
            continue
        alive = latest.alive_through is not None and day <= latest.alive_through
        run = latest.streak.run if alive else 0
        days.append(HistoryDay(day, day_sums, latest.sums, run, latest.streak.longest))
    return days


def running_total(added: Mapping[date, int], days: Sequence[date]) -> list[int]:
    """For each of `days`, which are ascending, the sum of everything added on or before it."""
    dates = sorted(added)
    sums = [0, *accumulate(added[day] for day in dates)]
    return [sums[bisect_right(dates, day)] for day in days]
