"""When eases are published, and for which days: a publication must not change a day that has begun anywhere."""

from datetime import UTC, date, datetime, time, timedelta

_AHEAD_OF_UTC = timedelta(hours=14)
"""How far the date that begins first is ahead of UTC."""
_MIN_LEAD = timedelta(hours=1)
"""So much earlier at least, so that every process has heard of it and no slow transaction falls between."""
_LEAD = timedelta(hours=5)


def publication_day(now: datetime, last: date | None) -> date | None:
    """The first day for which eases are to be published at `now`, after the publication for `last`; None: not yet.

    A publication comes five hours before its day begins somewhere. If the night before was missed, it comes at once.
    """
    day = (now + _AHEAD_OF_UTC + _MIN_LEAD).date() + timedelta(days=1)
    if last is None:
        return day
    begins_at = datetime.combine(day, time(), UTC) - _AHEAD_OF_UTC
    is_early = last == day - timedelta(days=1) and now < begins_at - _LEAD
    return None if last >= day or is_early else day
