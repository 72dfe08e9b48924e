"""Statistics of a learner's activities over a range of days: engagement, balance between names, time spent.

Percentages are 0–100 with one decimal, 100 only if whole and 0 only if nothing. This module does not know the clock or
where sums are stored.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction
from typing import NamedTuple

from milepost.rules.days.periods import Days
from milepost.rules.rounding import change_percent, percent_of, rate, share_percent

WEEKS_SHOWN = 12
MONTHS_SHOWN = 12
DAYS_SHOWN = 30
REST_DAYS = 28

_NEARLY_EVEN = math.nextafter(1.0, 0.0)


class Effort(NamedTuple):
    """Activities, and the seconds they took."""

    activities: int = 0
    seconds: int = 0


NO_EFFORT = Effort()


@dataclass(frozen=True, slots=True)
class Engagement:
    """How regular practice is. Shares and means are 0 without an active day; changes are None without a time before.

    `minutes_per_active_day` rests on the days that report a duration, None without one.
    """

    active_days: int
    active_days_percent: float
    activities_per_active_day: float
    minutes_per_active_day: float | None
    activities_change_percent: float | None
    minutes_change_percent: float | None


@dataclass(frozen=True, slots=True)
class Balance:
    """How evenly activities are spread over names: 0 (all on one) to 100 (equal on each); None below two names.

    `least_practised` is the name with the fewest activities, of equals the first by name; None if `percent` is None.
    """

    percent: float | None
    least_practised: str | None


@dataclass(frozen=True, slots=True)
class TimeSpent:
    """Seconds by day, ISO week (dated by its Monday) and month (dated by its first), oldest first, without gaps."""

    daily: Sequence[tuple[date, int]]
    weekly: Sequence[tuple[date, int]]
    monthly: Sequence[tuple[date, int]]


def engagement(
    days: int, active_days: int, on_active_days: int, timed_days: int, effort: Effort, before: Effort
) -> Engagement:
    """Engagement over a range of `days`, from how many are active, the activities on those, how many days report a
    duration, and the effort of all.

    `before` is the effort of the equally long time before, for the changes. Activities without a duration say nothing
    about minutes: without any duration now, there is no change of minutes.
    """
    is_timed = bool(effort.seconds) or not effort.activities
    return Engagement(
        active_days=active_days,
        active_days_percent=share_percent(active_days, days),
        activities_per_active_day=rate(on_active_days, active_days or 1, 1),
        minutes_per_active_day=rate(effort.seconds, 60 * timed_days, 1) if timed_days else None,
        activities_change_percent=change_percent(before.activities, effort.activities),
        minutes_change_percent=change_percent(before.seconds, effort.seconds) if is_timed else None,
    )


def balance(activities: Mapping[str, int]) -> Balance:
    """The entropy of the shares as a percentage of its maximum, the logarithm of the number of names (Shannon 1948).

    Names with 0 activities count: they are neglected, not unknown. If all are 0, the balance is 0.
    """
    if len(activities) < 2:
        return Balance(None, None)
    least = min(activities, key=lambda name: (activities[name], name))
    total = sum(activities.values())
    shares = [count / total for count in activities.values() if count]
    entropy = -sum(share * math.log(share) for share in shares)
    # The ends are decided by the counts: rounding errors may carry nearly equal shares to 100, and equal ones past it.
    if len(shares) < 2:
        return Balance(0.0, least)
    if len(set(activities.values())) == 1:
        return Balance(100.0, least)
    evenness = min(entropy / math.log(len(activities)), _NEARLY_EVEN)
    return Balance(percent_of(100 * Fraction(evenness), 1), least)


def four_weeks_before(days: Days) -> Days:
    """The four weeks before `days`: a name practised then, but not on `days`, counts in the balance with 0."""
    return Days(days.first - timedelta(days=REST_DAYS), days.first - timedelta(days=1))


def time_spent_window(today: date) -> Days:
    """The days that `time_spent` needs: from the first of the month 11 months ago, or the oldest Monday, to today."""
    return Days(min(_month_starts(today)[0], _week_starts(today)[0]), today)


def time_spent(seconds: Sequence[int], today: date) -> TimeSpent:
    """The last 30 days, 12 weeks and 12 months up to today. `seconds` are those of each day of `time_spent_window`."""
    origin = time_spent_window(today).first.toordinal()
    first_day = today - timedelta(days=DAYS_SHOWN - 1)

    def summed(starts: Sequence[date]) -> list[tuple[date, int]]:
        """The sum of each span, which lasts until the next one starts; the last span ends today."""
        indices = [start.toordinal() - origin for start in starts]
        ends = [*indices[1:], len(seconds)]
        return [(start, sum(seconds[a:b])) for start, a, b in zip(starts, indices, ends, strict=True)]

    return TimeSpent(
        summed([first_day + timedelta(days=number) for number in range(DAYS_SHOWN)]),
        summed(_week_starts(today)),
        summed(_month_starts(today)),
    )


def _week_starts(today: date) -> list[date]:
    monday = today - timedelta(days=today.weekday())
    return [monday - timedelta(weeks=weeks) for weeks in reversed(range(WEEKS_SHOWN))]


def _month_starts(today: date) -> list[date]:
    months = [today.year * 12 + today.month - 1 - back for back in reversed(range(MONTHS_SHOWN))]
    return [date(month // 12, month % 12 + 1, 1) for month in months]
