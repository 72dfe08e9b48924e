"""When a learner may change its zone again, which zone histories an administrator may import, and on which date each
change of a history falls.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal

from milepost.rules.days.calendar import ZoneHistory, local_day
from milepost.rules.policy import DaysPolicy

MAX_ZONE_PERIODS = 1_000
"""The maximum number of periods in a zone history: every read of days walks through it."""

Misplacement = Literal["without_beginning", "not_ascending", "ahead_of_now"]


def change_allowed_at(changed_at: datetime | None, newest_from: datetime | None, policy: DaysPolicy) -> datetime | None:
    """When a learner may next change its zone; None: at any time.

    `changed_at` is the learner's own last change, which must be `zone_change_interval_hours` ago; imports neither obey
    this interval nor start one. `newest_from` is when the newest period began: if the clock was set back since, a
    change made now would not be the newest.
    """
    if changed_at is None:
        return newest_from
    allowed_at = changed_at + timedelta(hours=policy.zone_change_interval_hours)
    return allowed_at if newest_from is None else max(allowed_at, newest_from)


def first_misplaced(starts: Sequence[datetime | None], now: datetime) -> tuple[int, Misplacement] | None:
    """The index of the first period with an invalid beginning, and why it is invalid; None if all are valid.

    Only the first may have no beginning (None). Each must begin after the one before it, and none after `now`: the last
    one is the zone in force.
    """
    previous: datetime | None = None
    for index, start in enumerate(starts):
        if start is None:
            if index:
                return index, "without_beginning"
            continue
        if previous is not None and start <= previous:
            return index, "not_ascending"
        if start > now:
            return index, "ahead_of_now"
        previous = start
    return None


@dataclass(frozen=True, slots=True)
class ZoneChange:
    """A move from one zone to another at an instant. `day` is the date that the learner's clock showed from then on."""

    at: datetime
    before: str
    after: str
    day: date


def zone_changes(history: ZoneHistory) -> list[ZoneChange]:
    """Every change of zone, oldest first. Their dates may go back: learners fly west."""
    return [ZoneChange(at, before, after, local_day(at, after)) for at, before, after in history.changes()]


def zone_at_end_of(day: date, history: ZoneHistory, changes: Sequence[ZoneChange]) -> str:
    """The zone in force when the learner's clock showed this date for the last time."""
    return next((change.after for change in reversed(changes) if change.day <= day), history.periods[0].name)
