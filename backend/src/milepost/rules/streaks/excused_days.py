"""The excused days of a learner, and why each is: stored excuses, outages, days shortened by travel, skipped dates."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from milepost.rules.days.calendar import ZoneHistory, dates_shown, impossible_days, travel_days
from milepost.rules.policy import StreakPolicy
from milepost.rules.streaks.excuse_kinds import ExcusedKind, stronger


@dataclass(frozen=True, slots=True)
class ExcuseSpan:
    """A stored excuse; both days are inclusive."""

    first_day: date
    last_day: date
    kind: ExcusedKind


def spans_of(days: Iterable[date]) -> list[tuple[date, date]]:
    """Ascending days as spans with both ends inclusive: consecutive days form one span."""
    spans: list[tuple[date, date]] = []
    for day in days:
        if spans and day - spans[-1][1] == timedelta(days=1):
            spans[-1] = (spans[-1][0], day)
        else:
            spans.append((day, day))
    return spans


def excused_days(
    zones: ZoneHistory,
    excuses: Sequence[ExcuseSpan],
    outages: Sequence[tuple[datetime, datetime]],
    first: date,
    last: date,
    policy: StreakPolicy,
) -> dict[date, ExcusedKind]:
    """The excused days from `first` to `last`, inclusive, each with the strongest of its reasons.

    `outages` are half-open intervals in UTC. A local day is excused if it overlaps one, however briefly.
    """
    days: dict[date, ExcusedKind] = {}
    if last < first:
        return days
    days.update(dict.fromkeys(travel_days(zones, first, last, policy), ExcusedKind.travel))
    # A local date is less than two days from the date in UTC, so most outages can be skipped.
    low, high = first - timedelta(days=2), last + timedelta(days=2)
    for starts_at, ends_at in outages:
        if ends_at.date() < low or high < starts_at.date():
            continue
        for day in dates_shown(zones, starts_at, ends_at):
            if first <= day <= last:
                days[day] = stronger(days.get(day), ExcusedKind.outage)
    for span in excuses:
        day = max(span.first_day, first)
        while day <= min(span.last_day, last):
            days[day] = stronger(days.get(day), span.kind)
            day += timedelta(days=1)
    days.update(dict.fromkeys(impossible_days(zones, first, last), ExcusedKind.impossible))
    return days
