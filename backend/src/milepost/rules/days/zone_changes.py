"""When a learner may say again where it lives, and which histories an administrator may import.

Knows instants only; what a zone is stands in `calendar`.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Literal

from milepost.rules.policy import DaysPolicy

Misplacement = Literal["without_beginning", "not_ascending", "ahead_of_now"]


def change_allowed_at(changed_at: datetime | None, newest_from: datetime | None, policy: DaysPolicy) -> datetime | None:
    """From when on a learner may change its zone again; None: at any time.

    `changed_at`: the learner's own last change, which must be `zone_change_interval_hours` ago; who imports a history
    is not bound by that and does not bind the learner. `newest_from`: when the newest period began; a clock that was
    set back may show an earlier moment, and a change then would not be the last one.
    """
    if changed_at is None:
        return newest_from
    allowed_at = changed_at + timedelta(hours=policy.zone_change_interval_hours)
    return allowed_at if newest_from is None else max(allowed_at, newest_from)


def first_misplaced(starts: Sequence[datetime | None], now: datetime) -> tuple[int, Misplacement] | None:
    """The first period of a history that cannot begin where it says: its place and why; None where all can.

    Only the first may hold from ever (None); each must begin after the one before it, and none ahead of `now`: the last
    one is the zone in force.
    """
    before: datetime | None = None
    for place, start in enumerate(starts):
        if start is None:
            if place:
                return place, "without_beginning"
            continue
        if before is not None and start <= before:
            return place, "not_ascending"
        if start > now:
            return place, "ahead_of_now"
        before = start
    return None
