"""Eases by day: those in force now, held in memory by each process, and those of any day, read from the tables.

A publication holds for days that have not begun anywhere, so what is typical of an exercise on a day never changes.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import NamedTuple

from milepost.db.connection import Reading
from milepost.rules.mastery.eases import DayEase

_MAX_CACHED = 100_000
_BEHIND_UTC = timedelta(hours=12)
"""How far the date that ends last is behind UTC."""

_STATE = "SELECT revision, is_deciding, (SELECT min(valid_from) FROM ease_publications) FROM ease_state"
_BASES = """
SELECT valid_from, ease FROM ease_publications
WHERE valid_from >= (SELECT coalesce(max(valid_from), '-infinity') FROM ease_publications WHERE valid_from <= $1)
"""
_SHIFTS = """
SELECT topic, object_id, valid_from, shift FROM eases WHERE valid_from > $1
UNION ALL
SELECT s.topic, s.object_id, e.valid_from, e.shift FROM ease_sums s CROSS JOIN LATERAL (
    SELECT valid_from, shift FROM eases e
    WHERE e.topic = s.topic AND e.object_id = s.object_id AND e.valid_from <= $1 ORDER BY valid_from DESC LIMIT 1
) e
"""
_OF_DAYS = """
SELECT
    (SELECT ease FROM ease_publications p WHERE p.valid_from <= k.day ORDER BY p.valid_from DESC LIMIT 1),
    (
        SELECT shift FROM eases e WHERE e.topic = k.topic AND e.object_id = '' AND e.valid_from <= k.day
        ORDER BY e.valid_from DESC LIMIT 1
    ),
    (
        SELECT shift FROM eases e
        WHERE k.object_id <> '' AND e.topic = k.topic AND e.object_id = k.object_id AND e.valid_from <= k.day
        ORDER BY e.valid_from DESC LIMIT 1
    )
FROM unnest($1::text[], $2::text[], $3::date[]) WITH ORDINALITY AS k(topic, object_id, day, place) ORDER BY place
"""

_History = list[tuple[date, float]]
"""Values by the first day for which they hold, newest first."""


class ExerciseDay(NamedTuple):
    """An exercise on a local day. `object_id` is '' for an activity that names none: the topic's ease serves."""

    topic: str
    object_id: str
    day: date


@dataclass(frozen=True, slots=True)
class PublishedEases:
    """Every ease that holds on `first_day` or later, as of a revision.

    `is_deciding`: false while an older database is brought up; what is typical is then decided by the backfill.
    `first_published`: the first day for which anything was published.
    """

    revision: int
    is_deciding: bool
    first_published: date | None
    first_day: date
    _bases: _History
    _shifts: dict[str, dict[str, _History]]
    _typical: dict[tuple[str, str, date], int] = field(default_factory=dict)

    def typical_milli(self, topic: str, object_id: str, day: date) -> int | None:
        """What a typical learner gets in this exercise on this day, in thousandths.

        None for a day before `first_day` of which only the tables know what was published.
        """
        # What has no ease of its own shares a place in memory: an exercise with its topic, a topic with all others.
        if day >= self.first_day:
            objects = self._shifts.get(topic)
            if objects is None:
                topic = object_id = ""
            elif object_id not in objects:
                object_id = ""
        elif self.first_published is None or day < self.first_published:
            topic = object_id = ""
        elif (topic, object_id, day) not in self._typical:
            return None
        typical = self._typical.get((topic, object_id, day))
        if typical is None:
            exercise = ExerciseDay(topic, object_id, day)
            typical = self.keep(exercise, self._ease(exercise))
        return typical

    def keep(self, exercise: ExerciseDay, ease: DayEase) -> int:
        """Remember the ease of a day, which never changes. Returns what is typical, in thousandths."""
        if len(self._typical) >= _MAX_CACHED:
            self._typical.clear()
        typical = self._typical[exercise] = ease.typical_milli
        return typical

    def _ease(self, exercise: ExerciseDay) -> DayEase:
        topic, object_id, day = exercise
        objects = self._shifts.get(topic, {})
        return DayEase(
            _in_force(self._bases, day),
            _in_force(objects.get(""), day),
            _in_force(objects.get(object_id), day) if object_id else None,
        )


class EaseMemory:
    """The eases that a process read last. One for each process that records grades."""

    def __init__(self) -> None:
        self._cached: PublishedEases | None = None

    async def recall(self, connection: Reading, now: datetime) -> PublishedEases:
        """The eases in memory, or those in force."""
        if self._cached is None:
            self._cached = await published_eases(connection, (now - _BEHIND_UTC).date())
        return self._cached

    def forget(self) -> None:
        """Drop what is in memory: there has been a publication."""
        self._cached = None


async def published_eases(connection: Reading, first_day: date) -> PublishedEases:
    """Every ease that holds on `first_day` or later. Three statements.

    The revision is read first: a publication meanwhile leaves one that is too low, and intake reads again.
    """
    revision, is_deciding, first_published = await connection.fetchrow(_STATE)
    bases = sorted((tuple(row) for row in await connection.fetch(_BASES, first_day)), reverse=True)
    shifts: dict[str, dict[str, _History]] = {}
    for topic, object_id, valid_from, shift in await connection.fetch(_SHIFTS, first_day):
        shifts.setdefault(topic, {}).setdefault(object_id, []).append((valid_from, shift))
    for objects in shifts.values():
        for history in objects.values():
            history.sort(reverse=True)
    return PublishedEases(revision, is_deciding, first_published, first_day, bases, shifts)


async def eases_of_days(connection: Reading, exercises: Sequence[ExerciseDay]) -> list[DayEase]:
    """The ease of each exercise on its day, in order. One statement; for days of the past."""
    if not exercises:
        return []
    rows = await connection.fetch(_OF_DAYS, *map(list, zip(*exercises, strict=True)))
    return [DayEase(*row) for row in rows]


def _in_force(history: _History | None, day: date) -> float | None:
    for valid_from, value in history or ():
        if valid_from <= day:
            return value
    return None
