"""When a learner may change its zone again, and which zone histories an administrator may import.

This module knows instants only; zones are in `calendar`.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Literal

from milepost.rules.policy import DaysPolicy

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
