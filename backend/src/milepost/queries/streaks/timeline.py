"""The facts behind each day of a learner's streak: practice, excuses with their authors, outages, zones.

`streaks.streak_history` reads what decides a streak; this module reads where it came from.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from milepost.db.connection import Reading
from milepost.queries.streaks.outages import Outage
from milepost.rules.days.periods import Days

MAX_ACTIVITIES_SEARCHED = 100_000
"""The first activity is looked for only on the newest days that hold so many activities together."""

# `first_counted_at` is exact for each day; only finding the activity itself reads the activities of a day.
_PRACTICE = """
SELECT d.local_day, d.streak_activities, d.first_counted_at, f.*
FROM (
    SELECT local_day, streak_activities, first_counted_at, sum(activities) OVER (ORDER BY local_day DESC) AS searched
    FROM activity_days
    WHERE learner_id = $1 AND local_day BETWEEN $2 AND $3 AND streak_activities > 0
) d LEFT JOIN LATERAL (
    SELECT sender, id, verb, object_type, zone FROM activities
    WHERE learner_id = $1 AND local_day = d.local_day AND occurred_at = d.first_counted_at AND voided_at IS NULL
        AND counts & 1 = 1 AND d.searched <= $4
    ORDER BY sender, id LIMIT 1
) f ON TRUE
ORDER BY d.local_day
"""
_EXCUSES = """
SELECT excuse_id AS id, kind, first_day, last_day, reason, created_by, created_at FROM streak_excuses
WHERE learner_id = $1 AND first_day <= $3 AND last_day >= $2 ORDER BY created_at, excuse_id
"""
_OUTAGES = """
SELECT id, starts_at, ends_at, state, reason, activation, created_at FROM outages
WHERE state = 'active' AND starts_at < $2 AND ends_at > $1 ORDER BY starts_at, id
"""
_ZONES = """
SELECT nullif(valid_from, '-infinity') AS valid_from, zone, source, created_at FROM learner_zones
WHERE learner_id = $1 ORDER BY learner_zones.valid_from
"""


@dataclass(frozen=True, slots=True)
class FirstActivity:
    """The activity that met a day: of those that count for the streak, the earliest."""

    sender: str
    id: str
    verb: str
    object_type: str
    zone: str | None


@dataclass(frozen=True, slots=True)
class MetDay:
    """A met day: the activities that count for the streak, and when the first happened.

    `first` is None on days that were not searched (`MAX_ACTIVITIES_SEARCHED`), and while a void is not counted yet.
    """

    day: date
    activities: int
    met_at: datetime
    first: FirstActivity | None


@dataclass(frozen=True, slots=True)
class StoredExcuse:
    """A stored excuse with its author; both days are inclusive."""

    id: UUID
    kind: str
    first_day: date
    last_day: date
    reason: str
    created_by: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class StoredZone:
    """A period of a learner's zone history, and who named it. `valid_from` is None for the first known zone."""

    valid_from: datetime | None
    zone: str
    source: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class TimelineFacts:
    """The facts of a window: met days by day, excuses oldest first, active outages, and the whole zone history."""

    met: dict[date, MetDay]
    excuses: Sequence[StoredExcuse]
    outages: Sequence[Outage]
    zones: Sequence[StoredZone]


async def timeline_facts(connection: Reading, learner_id: UUID, days: Days) -> TimelineFacts:
    """The facts of these days. Four statements."""
    practice = await connection.fetch(_PRACTICE, learner_id, days.first, days.last, MAX_ACTIVITIES_SEARCHED)
    # A local date is less than two days from the date in UTC.
    since, until = (day.isoformat() for day in (days.first - timedelta(days=2), days.last + timedelta(days=2)))
    around = [datetime.fromisoformat(f"{day}T00:00:00+00:00") for day in (since, until)]
    return TimelineFacts(
        met={row[0]: _met_day(row[0], row[1], row[2], row[3:]) for row in map(tuple, practice)},
        excuses=[StoredExcuse(**row) for row in await connection.fetch(_EXCUSES, learner_id, days.first, days.last)],
        outages=[Outage(**row) for row in await connection.fetch(_OUTAGES, *around)],
        zones=await stored_zones(connection, learner_id),
    )


async def stored_zones(connection: Reading, learner_id: UUID) -> Sequence[StoredZone]:
    """A learner's zone history, oldest first; empty while the zone is assumed. One statement."""
    return [StoredZone(**row) for row in await connection.fetch(_ZONES, learner_id)]


def _met_day(day: date, activities: int, met_at: datetime, first: Sequence[str]) -> MetDay:
    return MetDay(day, activities, met_at, None if first[0] is None else FirstActivity(*first))
