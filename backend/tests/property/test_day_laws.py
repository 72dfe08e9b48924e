"""Days in every zone, and days of learners who move, against `zoneinfo` converting one instant at a time."""

import random
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from milepost.rules.days.calendar import (
    ZONE_NAMES,
    ZoneHistory,
    ZonePeriod,
    day_end,
    day_start,
    impossible_days,
    local_day_and_offset,
    travel_days,
)
from milepost.rules.policy import StreakPolicy
from oracles.tzif import transitions
from support.figures import Figure

NO_LIMIT = StreakPolicy(7, 2, 2, 72, 30, 1_000, 30, 12)
FROM, UNTIL = datetime(1900, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)
TINY = timedelta(microseconds=1)


def instants_of(name: str, count: int) -> list[datetime]:
    """Random instants of three centuries, half of them within 30 hours of a change of the zone's offset."""
    chance = random.Random(name)
    changes = [instant for instant, _, _ in transitions(name) if FROM <= instant < UNTIL] or [FROM]
    near = [chance.choice(changes) + timedelta(seconds=chance.randint(-108_000, 108_000)) for _ in range(count // 2)]
    return near + [FROM + chance.random() * (UNTIL - FROM) for _ in range(count - len(near))]


def test_R21_the_local_day_is_right_for_every_zone_and_instant(long: bool, figure: Figure) -> None:
    count = 500 if long else 50
    figure(f"{count} instants in each of {len(ZONE_NAMES)} zones")
    for name in sorted(ZONE_NAMES):
        pinned = ZoneInfo.no_cache(name)

        def shown(instant: datetime, pinned: ZoneInfo = pinned) -> date:
            return instant.astimezone(pinned).date()

        for instant in instants_of(name, count):
            day, offset = local_day_and_offset(instant, name)
            assert day == shown(instant), (name, instant)
            start, end = day_start(day, name), day_end(day, name)
            assert start <= instant < end, (name, instant)
            assert shown(start) == shown(end - TINY) == day, (name, instant)
            assert shown(start - TINY) != day, (name, instant)
            assert shown(end) != day, (name, instant)
            expected = instant.astimezone(pinned).utcoffset()
            assert expected is not None
            assert timedelta(minutes=offset) <= expected < timedelta(minutes=offset + 1)


def test_no_date_is_shown_before_its_start_or_after_its_end() -> None:
    for name in sorted(ZONE_NAMES):
        pinned, chance = ZoneInfo.no_cache(name), random.Random(name)
        for instant in instants_of(name, 6):
            day = instant.astimezone(pinned).date()
            start, end = day_start(day, name), day_end(day, name)
            for _ in range(12):
                away = timedelta(seconds=chance.randint(1, 100_000))
                assert (start - away).astimezone(pinned).date() != day, (name, day, away)
                assert (end + away).astimezone(pinned).date() != day, (name, day, away)


def test_R21_the_bounds_of_a_day_are_those_a_look_at_every_minute_finds(long: bool) -> None:
    """Finds the minutes that show the date, then the seconds before the first and after the last of them."""
    for name in sorted(ZONE_NAMES):
        pinned = ZoneInfo.no_cache(name)
        for instant in instants_of(name, 20 if long else 2)[: 10 if long else 1]:
            day = instant.astimezone(pinned).date()
            midnight = datetime(day.year, day.month, day.day, tzinfo=UTC)
            minutes = [midnight + timedelta(minutes=number) for number in range(-16 * 60, 40 * 60)]
            shown = [minute for minute in minutes if minute.astimezone(pinned).date() == day]
            first, after = shown[0], shown[-1] + timedelta(seconds=1)
            while (first - timedelta(seconds=1)).astimezone(pinned).date() == day:
                first -= timedelta(seconds=1)
            while after.astimezone(pinned).date() == day:
                after += timedelta(seconds=1)
            assert (day_start(day, name), day_end(day, name)) == (first, after), (name, day)


# Whole quarters of an hour, far east and far west, with and without daylight saving.
ZONES = [
    "Pacific/Midway",
    "Pacific/Honolulu",
    "America/Los_Angeles",
    "America/St_Johns",
    "Atlantic/Azores",
    "Europe/London",
    "Africa/Casablanca",
    "Europe/Berlin",
    "Asia/Kathmandu",
    "Asia/Tokyo",
    "Australia/Lord_Howe",
    "Pacific/Auckland",
    "Pacific/Apia",
    "Pacific/Chatham",
    "Pacific/Kiritimati",
]
STEP = timedelta(minutes=15)
# Windows of eight days: with Samoa's missing day, with clock changes in March and October, and with no change.
WINDOWS = [
    datetime(2011, 12, 27, tzinfo=UTC),
    datetime(2024, 3, 28, tzinfo=UTC),
    datetime(2024, 10, 24, tzinfo=UTC),
    datetime(2026, 7, 1, tzinfo=UTC),
]


@st.composite
def travellers(draw: st.DrawFn) -> tuple[datetime, ZoneHistory]:
    """Up to four moves, on quarters of an hour, in the inner six days of a window."""
    window = draw(st.sampled_from(WINDOWS))
    moves = sorted(draw(st.sets(st.integers(4 * 24, 4 * 24 * 7), max_size=4)))
    names = draw(st.lists(st.sampled_from(ZONES), min_size=len(moves) + 1, max_size=len(moves) + 1))
    starts = [None, *(window + move * STEP for move in moves)]
    return window, ZoneHistory(tuple(map(ZonePeriod, starts, names)))


@settings(derandomize=True, max_examples=300, deadline=None)
@given(travellers())
def test_missing_and_short_dates_are_those_a_brute_force_counts(traveller: tuple[datetime, ZoneHistory]) -> None:
    """Takes the date of every quarter of an hour in the window, in the zone at that instant."""
    window, history = traveller
    shown: Counter[date] = Counter()
    for number in range(-48 * 4, (8 + 2) * 24 * 4):
        instant = window + number * STEP
        name = history.periods[0].name
        for period in history.periods[1:]:
            if period.valid_from is not None and period.valid_from <= instant:
                name = period.name
        shown[instant.astimezone(ZoneInfo(name)).date()] += 1
    days = [window.date() + timedelta(days=number) for number in range(8)]
    assert impossible_days(history, days[0], days[-1]) == {day for day in days if not shown[day]}
    assert travel_days(history, days[0], days[-1], NO_LIMIT) == {day for day in days if 0 < shown[day] < 12 * 4}
