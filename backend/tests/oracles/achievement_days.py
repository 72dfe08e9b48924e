"""A learner's days one by one, as tests write them, and the date a timeline of them gives."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date

from milepost.rules.achievements.definitions import Definition
from milepost.rules.achievements.earned_on import Timeline


@dataclass(slots=True, kw_only=True)
class DaySums:
    """What one local day added; `counters` by `Counter.key`. `longest` is the longest run up to and including it."""

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


_NAMES = (
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
    """The date a timeline of these days gives."""
    listed = list(days)
    keys = {key for day in listed for key in day.counters}
    columns = {name: [getattr(day, name) for day in listed] for name in _NAMES}
    columns |= {key: [day.counters.get(key, 0) for day in listed] for key in keys}
    return Timeline([day.local_day for day in listed], columns, unlock_days).earned_on(definition)
