"""The day of an activity, and which zone named by activities becomes a learner's first known zone.

This module does not know where activities or zones are stored.
"""

from collections.abc import Iterable
from datetime import date, datetime
from typing import NamedTuple

from milepost.rules.days.calendar import ZoneHistory, day_end, day_seconds, local_day, local_day_and_offset

ORDINARY_DAY_SECONDS = 86_400


class DecidedDay(NamedTuple):
    """An activity's local day, its offset from UTC in minutes, and the end of that day in the zone that decided it.

    `seconds`: the length of the day in that zone; None for `ORDINARY_DAY_SECONDS`.
    """

    day: date
    utc_offset_minutes: int
    ends_at: datetime
    seconds: int | None = None


def decide_day(occurred_at: datetime, received_at: datetime, own_zone: str | None, zones: ZoneHistory) -> DecidedDay:
    """The day of an activity: by its own zone if it names one, else by the learner's zone in force at its instant.

    Never after the learner's own date: an own zone that is ahead of the learner leaves the decision to the learner's
    zone, and a sender's clock that is ahead is cut to `received_at`. Both are stored, so the same facts always give the
    same day.
    """
    at = min(occurred_at, received_at)
    zone = zones.name_at(at)
    if own_zone is not None and local_day(at, own_zone) <= local_day(at, zone):
        zone = own_zone
    day, offset = local_day_and_offset(at, zone)
    seconds = day_seconds(day, zone)
    return DecidedDay(day, offset, day_end(day, zone), None if seconds == ORDINARY_DAY_SECONDS else seconds)


def first_named_zone(named: Iterable[tuple[datetime, str, str, str]]) -> str:
    """The zone of the earliest of (occurred_at, sender, id, zone); sender and id decide between equal instants."""
    return min(named)[-1]
