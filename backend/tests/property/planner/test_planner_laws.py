"""Spans against a count of minutes, in zones whose days have 23, 23.5, 24, 24.5 and 25 hours, and across moves."""

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given, settings, strategies

from milepost.rules.days.calendar import ZoneHistory, ZonePeriod
from milepost.rules.planner.minute_spans import LocalDays, Span, intersection, minute_of, union
from milepost.rules.planner.planner_days import ALL, Planned, PlannerSums, planner_days

MINUTE = timedelta(minutes=1)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
# Around the nights on which the clocks of these zones change.
NIGHTS = [
    ("Europe/Berlin", datetime(2026, 3, 29, tzinfo=UTC)),
    ("Europe/Berlin", datetime(2026, 10, 25, tzinfo=UTC)),
    ("America/New_York", datetime(2026, 11, 1, 5, tzinfo=UTC)),
    ("Australia/Lord_Howe", datetime(2026, 4, 4, 14, tzinfo=UTC)),
    ("Australia/Lord_Howe", datetime(2026, 10, 3, 14, tzinfo=UTC)),
    ("America/Santiago", datetime(2026, 9, 6, 3, tzinfo=UTC)),
    ("Asia/Kathmandu", datetime(2026, 3, 10, 18, tzinfo=UTC)),
    ("Pacific/Apia", datetime(2011, 12, 30, 10, tzinfo=UTC)),
]
CATEGORIES = ["work", "study", "uncategorised"]


@strategies.composite
def lives(draw: strategies.DrawFn) -> tuple[ZoneHistory, Span]:
    """A learner's zones, often two, and four days around a night on which clocks change."""
    zone, night = draw(strategies.sampled_from(NIGHTS))
    periods = [ZonePeriod(None, zone)]
    if draw(strategies.booleans()):
        moved = night + timedelta(seconds=draw(strategies.integers(-90_000, 90_000)))
        other = draw(strategies.sampled_from(["Pacific/Kiritimati", "Pacific/Honolulu", "Asia/Kolkata"]))
        periods.append(ZonePeriod(moved, other))
    middle = minute_of(night)
    return ZoneHistory(tuple(periods)), Span(middle - 2 * 1_440, middle + 2 * 1_440)


@strategies.composite
def spans(draw: strategies.DrawFn, window: Span, max_count: int) -> list[Span]:
    """Slots of up to 24 hours that begin in the window."""
    slots = []
    for _ in range(draw(strategies.integers(0, max_count))):
        start = draw(strategies.integers(window.start, window.end - 1))
        slots.append(Span(start, start + draw(strategies.integers(1, 1_440))))
    return slots


def dates(history: ZoneHistory, window: Span) -> dict[int, date]:
    """The local date of each minute, from `zoneinfo` one by one."""
    date_of = {}
    for minute in range(window.start, window.end):
        instant = EPOCH + minute * MINUTE
        date_of[minute] = instant.astimezone(ZoneInfo(history.name_at(instant))).date()
    return date_of


def minutes_in(slots: list[Span]) -> set[int]:
    """Every minute, one by one."""
    return {minute for slot in slots for minute in range(slot.start, slot.end)}


@settings(max_examples=60, deadline=None, derandomize=True)
@given(strategies.data())
def test_intervals_equal_a_count_of_minutes(data: strategies.DataObject) -> None:
    history, window = data.draw(lives())
    date_of = dates(history, window)
    local_days = LocalDays.of(history, window)
    one, other = data.draw(spans(window, 6)), data.draw(spans(window, 6))
    in_window = [minute for slot in one for minute in range(slot.start, slot.end) if minute in date_of]
    assert local_days.minutes(one) == Counter(date_of[minute] for minute in in_window)
    assert minutes_in(union(one)) == minutes_in(one)
    assert all(a.end < b.start for a, b in zip(union(one), union(one)[1:], strict=False))
    assert minutes_in(intersection(union(one), union(other))) == minutes_in(one) & minutes_in(other)


@settings(max_examples=40, deadline=None, derandomize=True)
@given(strategies.data())
def test_a_day_of_plans_equals_a_count_of_minutes(data: strategies.DataObject) -> None:
    history, window = data.draw(lives())
    date_of = dates(history, window)
    days = sorted(set(date_of.values()))
    maybe_day = strategies.sampled_from([None, *days])
    tasks = [
        Planned(
            data.draw(strategies.sampled_from(CATEGORIES)),
            data.draw(spans(window, 3)),
            data.draw(maybe_day),
            data.draw(maybe_day),
        )
        for _ in range(data.draw(strategies.integers(0, 5)))
    ]
    focus = data.draw(spans(window, 3))
    found = planner_days(tasks, focus, LocalDays.of(history, window), days)
    for day in days:
        in_day = {minute for minute, its_date in date_of.items() if its_date == day}
        focus_minutes = minutes_in(focus) & in_day
        for category in [ALL, *CATEGORIES]:
            own = [task for task in tasks if category in (ALL, task.category)]
            minutes = [minutes_in(list(task.slots)) & in_day for task in own]
            assert found.get((day, category), PlannerSums()) == PlannerSums(
                scheduled_minutes=sum(map(len, minutes)),
                completed_scheduled_minutes=sum(
                    len(of_task) for task, of_task in zip(own, minutes, strict=True) if task.completed_on
                ),
                focus_minutes=len(set().union(*minutes) & focus_minutes),
                focus_slot_minutes=len(focus_minutes) if category == ALL else 0,
                completed_n=sum(task.completed_on == day for task in own),
                due_n=sum(task.due_on == day for task in own),
                due_completed_n=sum(task.due_on == day and task.completed_on is not None for task in own),
            )
        in_categories = sum(found.get((day, category), PlannerSums()).scheduled_minutes for category in CATEGORIES)
        assert in_categories == found.get((day, ALL), PlannerSums()).scheduled_minutes
