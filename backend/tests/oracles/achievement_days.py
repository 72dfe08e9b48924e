"""Day sums in the form in which tests write them, and the date that a timeline of them gives."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date

from milepost.rules.achievements.definitions import Definition
from milepost.rules.achievements.earned_on import Timeline


@dataclass(slots=True, kw_only=True)
class DaySums:
    """The sums of one local day; `counters` by `Counter.key`. `longest` is the longest run up to and including it."""

    local_day: date
    exercises: int = 0
    activities: int = 0
    points: int = 0
    seconds: int = 0
    perfect: int = 0
    no_hint: int = 0
    new_topics: int = 0
    new_milestones: int = 0
    longest: int = 0
    counters: Mapping[str, int] = field(default_factory=dict)


_COLUMNS = (
    "exercises",
    "activities",
    "points",
    "seconds",
    "perfect",
    "no_hint",
    "new_topics",
    "new_milestones",
    "longest",
)


def earned_on(definition: Definition, days: Iterable[DaySums], unlock_days: Iterable[date] = ()) -> date | None:
    """The date that a timeline of these days gives."""
    days = list(days)
    keys = {key for day in days for key in day.counters}
    columns = {name: [getattr(day, name) for day in days] for name in _COLUMNS}
    columns |= {key: [day.counters.get(key, 0) for day in days] for key in keys}
    return Timeline([day.local_day for day in days], columns, unlock_days).earned_on(definition)
