"""The time that a range of a learner's days covers."""

from datetime import UTC, date, datetime, timedelta

from milepost.rules.days.calendar import ZoneHistory, ZonePeriod
from milepost.rules.planner.calendar_days import begins_on, in_whole_minutes, windows_of


def at(day: int, hour: int, minute: int = 0, second: int = 0) -> datetime:
    """An instant of March 2026, in UTC."""
    return datetime(2026, 3, day, hour, minute, second, tzinfo=UTC)


def test_a_day_is_one_window() -> None:
    assert windows_of(date(2026, 3, 10), date(2026, 3, 10), ZoneHistory.always("Asia/Tokyo")) == [
        (at(9, 15), at(10, 15))
    ]


def test_a_long_range_is_one_window_of_exact_edges() -> None:
    berlin = ZoneHistory.always("Europe/Berlin")
    assert windows_of(date(2026, 3, 1), date(2026, 3, 31), berlin) == [
        (datetime(2026, 2, 28, 23, tzinfo=UTC), at(31, 22))
    ]
    assert windows_of(date(1900, 1, 1), date(2199, 12, 31), berlin) == [
        (datetime(1899, 12, 31, 23, tzinfo=UTC), datetime(2199, 12, 31, 23, tzinfo=UTC))
    ]


def test_a_skipped_date_has_no_window() -> None:
    assert windows_of(date(2011, 12, 30), date(2011, 12, 30), ZoneHistory.always("Pacific/Apia")) == []


def test_a_date_that_comes_back_has_two_windows() -> None:
    zones = ZoneHistory((ZonePeriod(None, "Pacific/Kiritimati"), ZonePeriod(at(11, 8, 0, 20), "Pacific/Honolulu")))
    eleventh = windows_of(date(2026, 3, 11), date(2026, 3, 11), zones)
    assert eleventh == [(at(10, 10), at(11, 8, 0, 20)), (at(11, 10), at(12, 10))]
    assert in_whole_minutes(eleventh) == [(at(10, 10), at(11, 8, 1)), (at(11, 10), at(12, 10))]
    assert windows_of(date(2026, 3, 10), date(2026, 3, 11), zones) == [(at(9, 10), at(12, 10))]
    assert in_whole_minutes(windows_of(date(2026, 3, 10), date(2026, 3, 10), zones)) == [
        (at(9, 10), at(10, 10)),
        (at(11, 8, 1), at(11, 10)),
    ]


def test_a_slot_belongs_to_the_date_of_its_first_instant() -> None:
    zones = ZoneHistory((ZonePeriod(None, "Asia/Tokyo"), ZonePeriod(at(10, 16), "Europe/Lisbon")))
    assert begins_on(at(10, 15, 30), date(2026, 3, 11), zones)
    assert begins_on(at(10, 16), date(2026, 3, 10), zones)
    assert not begins_on(at(10, 16) - timedelta(minutes=1), date(2026, 3, 10), zones)
