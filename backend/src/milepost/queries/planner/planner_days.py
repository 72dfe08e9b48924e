"""Planner days computed from a learner's plans: tasks with their slots, completions and due days, and focus slots.

Reads days that follow each other in one stretch. The rules decide which minutes belong to which day.
"""

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from operator import attrgetter
from uuid import UUID

from milepost.db.connection import Reading, Record
from milepost.queries.turns import Turns, in_turns
from milepost.rules.days.calendar import ZoneHistory, local_day
from milepost.rules.planner.minute_spans import MINUTES_A_DAY, LocalDays, Span, instant_of, minute_of, span
from milepost.rules.planner.planner_days import MAX_SLOT_HOURS, UNCATEGORISED, Planned, PlannerSums, planner_days

# No zone was ever further from UTC than this, in either direction.
_MARGIN_MINUTES = 16 * 60
# A focus slot begins on its day in the zone of that time and lasts at most a day; zones may have been corrected since.
_FOCUS_MARGIN = timedelta(days=4)
_ZONE_MARGIN = timedelta(days=4)
# Other requests get their turn after so many rows, and after a stretch of so many days: a day may hold hundreds.
_ROWS_AT_A_TIME = 200
_DAYS_AT_A_TIME = 3
_DAY = timedelta(days=1)
_LONGEST_SLOT = MAX_SLOT_HOURS * 60
_START = attrgetter("start")

_SLOTS = """
SELECT w.n, t.task_id, t.category_id, t.completed_at, t.due_day, s.starts_at, s.ends_at
FROM unnest($2::int[], $3::timestamptz[], $4::timestamptz[]) AS w(n, low, high)
JOIN task_slots s ON s.learner_id = $1 AND s.starts_at < w.high AND s.starts_at > w.low - interval '24 hours'
    AND s.ends_at > w.low
JOIN tasks t ON t.learner_id = s.learner_id AND t.task_id = s.task_id
"""
# A minute belongs to the zone in which it begins, a completion to the zone of its instant: of the minute in which a
# learner moves, they may be on different days.
_COMPLETED = """
SELECT w.n, t.task_id, t.category_id, t.completed_at, t.due_day
FROM unnest($2::int[], $3::timestamptz[], $4::timestamptz[]) AS w(n, low, high)
JOIN tasks t ON t.learner_id = $1
    AND t.completed_at > w.low - interval '1 minute' AND t.completed_at < w.high + interval '1 minute'
"""
_DUE = """
SELECT w.n, t.task_id, t.category_id, t.completed_at, t.due_day
FROM unnest($2::int[], $3::date[], $4::date[]) AS w(n, first_day, last_day)
JOIN tasks t ON t.learner_id = $1 AND t.due_day BETWEEN w.first_day AND w.last_day
"""
# In minutes since 1970: there may be tens of thousands, and each text would be read on its own.
_FOCUS = """
SELECT array_agg((extract(epoch FROM (s.slot->>0)::timestamptz) / 60)::int) AS starts,
    array_agg((extract(epoch FROM (s.slot->>1)::timestamptz) / 60)::int) AS ends
FROM calendar_days c CROSS JOIN LATERAL jsonb_array_elements(c.focus_slots) AS s(slot)
WHERE c.learner_id = $1 AND c.day = ANY($2::date[]) GROUP BY c.day ORDER BY c.day
"""
# Dates in UTC, which may differ from the learner's by a few days.
_ROUGH_DAYS = """
SELECT (starts_at AT TIME ZONE 'UTC')::date FROM task_slots WHERE learner_id = $1 AND ends_at > $2
UNION SELECT (completed_at AT TIME ZONE 'UTC')::date FROM tasks WHERE learner_id = $1 AND completed_at >= $2
UNION SELECT due_day FROM tasks WHERE learner_id = $1 AND due_day >= $3
UNION SELECT day FROM calendar_days WHERE learner_id = $1 AND day >= $3 - 4
UNION SELECT day FROM planner_days WHERE learner_id = $1 AND day >= $3
"""


@dataclass(frozen=True, slots=True)
class _Stretch:
    """Days that are read together, and the time from their first minute to their last."""

    days: frozenset[date]
    first: date
    last: date
    local_days: LocalDays

    @property
    def low(self) -> datetime:
        return instant_of(self.local_days.window.start)

    @property
    def high(self) -> datetime:
        return instant_of(self.local_days.window.end)

    def focus_of(self, slots: Sequence[Span]) -> list[Span]:
        """The focus slots with a minute in this stretch, of all in the order of their starts."""
        start, end = self.local_days.window
        first = bisect_right(slots, start - _LONGEST_SLOT, key=_START)
        return [slot for slot in slots[first : bisect_left(slots, end, key=_START)] if slot.end > start]


class _StretchPlans:
    """The plans of one stretch. Each task occurs once, even if several queries return it."""

    def __init__(self, zones: ZoneHistory) -> None:
        self._zones = zones
        self._tasks: dict[UUID, tuple[str, date | None, date | None]] = {}
        self._slots: dict[UUID, list[Span]] = defaultdict(list)

    def add_task(
        self, task_id: UUID, category_id: UUID | None, completed_at: datetime | None, due_day: date | None
    ) -> None:
        if task_id not in self._tasks:
            category = UNCATEGORISED if category_id is None else str(category_id)
            done_on = None if completed_at is None else local_day(completed_at, self._zones.name_at(completed_at))
            self._tasks[task_id] = (category, done_on, due_day)

    def add_slot(self, task_id: UUID, starts_at: datetime, ends_at: datetime) -> None:
        self._slots[task_id].append(span(starts_at, ends_at))

    def tasks(self) -> Iterable[Planned]:
        return (
            Planned(category, self._slots[task_id], done_on, due_on)
            for task_id, (category, done_on, due_on) in self._tasks.items()
        )


async def planner_days_from_plans(
    connection: Reading, learner_id: UUID, zones: ZoneHistory, days: Iterable[date]
) -> dict[tuple[date, str], PlannerSums]:
    """The planner days of a learner with these zones on `days`, by (day, category). At most four statements."""
    ordered = sorted(set(days))
    stretches = _stretches(ordered, zones)
    if not stretches:
        return {}
    plans = [_StretchPlans(zones) for _ in stretches]
    numbers = list(range(len(stretches)))
    times = (learner_id, numbers, [stretch.low for stretch in stretches], [stretch.high for stretch in stretches])
    async for part in in_turns(await connection.fetch(_SLOTS, *times), _ROWS_AT_A_TIME):
        for n, task_id, category_id, completed_at, due_day, starts_at, ends_at in part:
            plans[n].add_task(task_id, category_id, completed_at, due_day)
            plans[n].add_slot(task_id, starts_at, ends_at)
    dates = (learner_id, numbers, [stretch.first for stretch in stretches], [stretch.last for stretch in stretches])
    tasks = [*await connection.fetch(_COMPLETED, *times), *await connection.fetch(_DUE, *dates)]
    async for part in in_turns(tasks, _ROWS_AT_A_TIME):
        for n, *task in part:
            plans[n].add_task(*task)
    focus = await _focus(connection, learner_id, ordered)
    rows: dict[tuple[date, str], PlannerSums] = {}
    turns = Turns()
    for stretch, planned in zip(stretches, plans, strict=True):
        rows |= planner_days(planned.tasks(), stretch.focus_of(focus), stretch.local_days, stretch.days)
        await turns.rest()
    return rows


async def _focus(connection: Reading, learner_id: UUID, days: Iterable[date]) -> list[Span]:
    """The focus slots that may have a minute on these days, each once, in the order of their starts."""
    margins = range(-_FOCUS_MARGIN.days, _FOCUS_MARGIN.days + 1)
    stored_days = sorted({day + n * _DAY for day in days for n in margins})
    slots: list[Span] = []
    turns = Turns()
    for starts, ends in await connection.fetch(_FOCUS, learner_id, stored_days):
        slots += map(Span, starts, ends)
        await turns.rest()
    return sorted(slots)


async def days_with_plans(
    connection: Reading, learner_id: UUID, since: datetime | None = None, first_day: date = date.min
) -> set[date]:
    """Every date on which a learner may have plans in any zone, or has planner days; and a few dates around them.

    `since`, `first_day`: only dates that plans from that instant and that day on can fall on.
    """
    rough: Sequence[Record] = await connection.fetch(
        _ROUGH_DAYS, learner_id, since or datetime.min.replace(tzinfo=UTC), first_day
    )
    around = range(-_ZONE_MARGIN.days, _ZONE_MARGIN.days + 1)
    return {day for (rough_day,) in rough for n in around if (day := rough_day + timedelta(days=n)) >= first_day}


def _stretches(days: Sequence[date], zones: ZoneHistory) -> list[_Stretch]:
    """Ascending days grouped into stretches of at most `_DAYS_AT_A_TIME`; days without a minute included.

    No day is read for the sake of its neighbours: it may be full.
    """
    groups: list[list[date]] = []
    for day in days:
        if groups and day - groups[-1][-1] == _DAY and len(groups[-1]) < _DAYS_AT_A_TIME:
            groups[-1].append(day)
        else:
            groups.append([day])
    return [_stretch(group, zones) for group in groups]


def _stretch(days: Sequence[date], zones: ZoneHistory) -> _Stretch:
    midnight = datetime(days[0].year, days[0].month, days[0].day, tzinfo=UTC)
    margin = minute_of(midnight) - _MARGIN_MINUTES
    wide = Span(margin, margin + (days[-1] - days[0]).days * MINUTES_A_DAY + MINUTES_A_DAY + 2 * _MARGIN_MINUTES)
    return _Stretch(frozenset(days), days[0], days[-1], LocalDays.of(zones, wide).within(days[0], days[-1]))
