"""Days: instants to local dates and back, in difficult zones."""

import sys
import zoneinfo
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta, timezone
from itertools import pairwise

import pytest

from milepost.rules.days import calendar
from milepost.rules.days.calendar import (
    TZDATA_VERSION,
    ZONE_NAMES,
    InstantOutOfRange,
    UnknownZone,
    day_end,
    day_start,
    iso_week_start,
    local_day,
    local_day_and_offset,
    month_bounds,
)
from milepost.rules.policy import StreakPolicy
from oracles.tzif import transitions

POLICY = StreakPolicy(7, 2, 2, 72, 30, 2, 30, 12)
SECOND = timedelta(seconds=1)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def day(text: str) -> date:
    return date.fromisoformat(text)


# --- Instants to dates -----------------------------------------------------------------------------------------------

LOCAL_DAYS = [
    # zone, instant (UTC), local date, offset in minutes
    ("UTC", "2026-11-21T23:59:59.999999", "2026-11-21", 0),
    ("UTC", "2026-11-22T00:00:00", "2026-11-22", 0),
    ("Europe/Berlin", "2026-11-21T22:59:59", "2026-11-21", 60),
    ("Europe/Berlin", "2026-11-21T23:00:00", "2026-11-22", 60),
    ("Europe/Berlin", "2026-07-01T21:59:59", "2026-07-01", 120),
    ("Europe/Berlin", "2026-07-01T22:00:00", "2026-07-02", 120),
    ("America/Los_Angeles", "2026-01-01T07:59:59", "2025-12-31", -480),
    ("America/Los_Angeles", "2026-01-01T08:00:00", "2026-01-01", -480),
    ("Asia/Kathmandu", "2026-02-28T18:14:59", "2026-02-28", 345),
    ("Asia/Kathmandu", "2026-02-28T18:15:00", "2026-03-01", 345),
    ("Asia/Kathmandu", "2024-02-28T18:15:00", "2024-02-29", 345),
    ("Pacific/Kiritimati", "2026-01-01T09:59:59", "2026-01-01", 840),
    ("Pacific/Kiritimati", "2026-01-01T10:00:00", "2026-01-02", 840),
    ("Etc/GMT+12", "2026-01-01T11:59:59", "2025-12-31", -720),
    ("Australia/Lord_Howe", "2024-10-05T15:29:59", "2024-10-06", 630),
    ("Australia/Lord_Howe", "2024-10-05T15:30:00", "2024-10-06", 660),
    ("Africa/Casablanca", "2024-03-10T02:00:00", "2024-03-10", 0),
    ("Africa/Casablanca", "2024-03-10T01:59:59", "2024-03-10", 60),
    # After the last listed change, the yearly rule applies for ever.
    ("America/New_York", "2199-07-01T03:59:59", "2199-06-30", -240),
    # Offsets once had seconds: −0:44:30 is shown as −45 whole minutes.
    ("Africa/Monrovia", "1971-06-01T00:44:29", "1971-05-31", -45),
    ("Africa/Monrovia", "1971-06-01T00:44:30", "1971-06-01", -45),
    ("Europe/Paris", "1900-06-01T23:50:38", "1900-06-01", 9),
    ("Europe/Paris", "1900-06-01T23:50:39", "1900-06-02", 9),
]


@pytest.mark.parametrize(("zone_name", "instant", "expected", "offset"), LOCAL_DAYS)
def test_an_instant_has_the_local_date_and_offset_of_its_zone(
    zone_name: str, instant: str, expected: str, offset: int
) -> None:
    assert local_day_and_offset(utc(instant), zone_name) == (day(expected), offset)
    assert local_day(utc(instant), zone_name) == day(expected)


def test_the_offset_of_the_instant_itself_does_not_matter() -> None:
    written = datetime(2026, 11, 22, 9, 30, tzinfo=timezone(timedelta(hours=10, minutes=30)))
    assert local_day_and_offset(written, "Europe/Berlin") == (day("2026-11-22"), 60)
    assert local_day_and_offset(written - SECOND, "Europe/Berlin") == (day("2026-11-21"), 60)


@pytest.mark.parametrize(
    ("instant", "zone_name"),
    [
        (datetime.min.replace(tzinfo=UTC), "America/Los_Angeles"),
        (datetime.max.replace(tzinfo=UTC), "Pacific/Kiritimati"),
        (datetime.min.replace(tzinfo=timezone(timedelta(hours=14))), "Europe/Berlin"),
        (datetime.max.replace(tzinfo=timezone(timedelta(hours=-14))), "Europe/Berlin"),
    ],
)
def test_an_instant_beyond_the_calendar_is_a_value_error(instant: datetime, zone_name: str) -> None:
    with pytest.raises(InstantOutOfRange, match=f"no local date in {zone_name}"):
        local_day(instant, zone_name)


def test_an_instant_at_the_edge_that_has_a_local_date_gets_it() -> None:
    assert local_day(datetime.max.replace(tzinfo=UTC), "America/Los_Angeles") == date.max
    assert local_day(datetime.min.replace(tzinfo=UTC), "Asia/Tokyo") == date.min


def test_an_instant_without_offset_is_refused() -> None:
    with pytest.raises(ValueError, match="needs an offset"):
        local_day(datetime(2026, 1, 1), "UTC")


# --- Bounds of days --------------------------------------------------------------------------------------------------

BOUNDS = [
    # zone, date, first instant, instant after the last (UTC)
    ("UTC", "2024-02-29", "2024-02-29T00:00", "2024-03-01T00:00"),
    ("Europe/Berlin", "2024-02-29", "2024-02-28T23:00", "2024-02-29T23:00"),
    ("Europe/Berlin", "2024-03-31", "2024-03-30T23:00", "2024-03-31T22:00"),
    ("Europe/Berlin", "2024-10-27", "2024-10-26T22:00", "2024-10-27T23:00"),
    ("America/New_York", "2024-03-10", "2024-03-10T05:00", "2024-03-11T04:00"),
    ("America/New_York", "2024-11-03", "2024-11-03T04:00", "2024-11-04T05:00"),
    ("Pacific/Auckland", "2024-12-31", "2024-12-30T11:00", "2024-12-31T11:00"),
    ("Asia/Kathmandu", "2024-06-01", "2024-05-31T18:15", "2024-06-01T18:15"),
    ("Pacific/Kiritimati", "2024-01-01", "2023-12-31T10:00", "2024-01-01T10:00"),
    # No midnight: clocks go from 00:00 to 01:00.
    ("America/Sao_Paulo", "2018-11-04", "2018-11-04T03:00", "2018-11-05T02:00"),
    ("Asia/Beirut", "2024-03-31", "2024-03-30T22:00", "2024-03-31T21:00"),
    ("Africa/Cairo", "2024-04-26", "2024-04-25T22:00", "2024-04-26T21:00"),
    ("America/Asuncion", "2023-10-01", "2023-10-01T04:00", "2023-10-02T03:00"),
    ("America/Havana", "2024-03-10", "2024-03-10T05:00", "2024-03-11T04:00"),
    # Two midnights: clocks go from 01:00 back to 00:00.
    ("America/Havana", "2024-11-03", "2024-11-03T04:00", "2024-11-04T05:00"),
    ("Atlantic/Azores", "2024-10-27", "2024-10-27T00:00", "2024-10-28T01:00"),
    # Midnight itself goes back to 23:00: the day that was about to end gets its 25th hour.
    ("America/Sao_Paulo", "2018-02-17", "2018-02-17T02:00", "2018-02-18T03:00"),
    ("Africa/Cairo", "2024-10-31", "2024-10-30T21:00", "2024-10-31T22:00"),
    # A minute after midnight clocks go back an hour: the 28th occurs twice, and the two dates overlap.
    ("America/St_Johns", "2006-10-28", "2006-10-28T02:30", "2006-10-29T03:30"),
    ("America/St_Johns", "2006-10-29", "2006-10-29T02:30", "2006-10-30T03:30"),
    # Half an hour of daylight saving.
    ("Australia/Lord_Howe", "2024-04-07", "2024-04-06T13:00", "2024-04-07T13:30"),
    ("Australia/Lord_Howe", "2024-10-06", "2024-10-05T13:30", "2024-10-06T13:00"),
    # Ramadan: Morocco goes back before it and forward after it.
    ("Africa/Casablanca", "2024-03-10", "2024-03-09T23:00", "2024-03-11T00:00"),
    ("Africa/Casablanca", "2024-04-14", "2024-04-14T00:00", "2024-04-14T23:00"),
    # Across the date line: the date of zero length, and its neighbours.
    ("Pacific/Apia", "2011-12-29", "2011-12-29T10:00", "2011-12-30T10:00"),
    ("Pacific/Apia", "2011-12-30", "2011-12-30T10:00", "2011-12-30T10:00"),
    ("Pacific/Apia", "2011-12-31", "2011-12-30T10:00", "2011-12-31T10:00"),
    ("Pacific/Kiritimati", "1994-12-31", "1994-12-31T10:00", "1994-12-31T10:00"),
    ("Pacific/Kwajalein", "1993-08-21", "1993-08-21T12:00", "1993-08-21T12:00"),
    # … and the other way: 1969-09-30 lasted 47 hours.
    ("Pacific/Kwajalein", "1969-09-30", "1969-09-29T13:00", "1969-10-01T12:00"),
    # Before 1972 offsets had seconds.
    ("Africa/Monrovia", "1971-06-01", "1971-06-01T00:44:30", "1971-06-02T00:44:30"),
    ("Europe/Berlin", "2199-07-01", "2199-06-30T22:00", "2199-07-01T22:00"),
]


@pytest.mark.parametrize(("zone_name", "text", "start", "end"), BOUNDS)
def test_a_day_begins_and_ends_to_the_second(zone_name: str, text: str, start: str, end: str) -> None:
    assert (day_start(day(text), zone_name), day_end(day(text), zone_name)) == (utc(start), utc(end))


def test_the_bounds_of_a_date_that_occurs_twice_include_both_times() -> None:
    second_time_round = utc("2006-10-29T02:45")
    assert local_day(second_time_round, "America/St_Johns") == day("2006-10-28")
    assert second_time_round < day_end(day("2006-10-28"), "America/St_Johns")
    assert second_time_round > day_start(day("2006-10-29"), "America/St_Johns")


@pytest.mark.parametrize("edge", [date.min, date.max])
def test_days_at_the_ends_of_the_calendar_are_value_errors(edge: date) -> None:
    with pytest.raises(InstantOutOfRange, match="end of the calendar"):
        day_start(edge, "Europe/Berlin")
    with pytest.raises(InstantOutOfRange, match="end of the calendar"):
        day_end(edge, "Europe/Berlin")


@pytest.mark.parametrize(
    ("text", "monday"),
    [
        ("2026-11-15", "2026-11-09"),
        ("2026-11-16", "2026-11-16"),
        ("2026-11-22", "2026-11-16"),
        ("2027-01-01", "2026-12-28"),
        ("2024-03-01", "2024-02-26"),
    ],
)
def test_weeks_begin_on_monday(text: str, monday: str) -> None:
    assert iso_week_start(day(text)) == day(monday)


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("2024-02-29", "2024-02-01", "2024-02-29"),
        ("2026-02-01", "2026-02-01", "2026-02-28"),
        ("2026-12-31", "2026-12-01", "2026-12-31"),
        ("2026-11-01", "2026-11-01", "2026-11-30"),
        ("9999-12-31", "9999-12-01", "9999-12-31"),
    ],
)
def test_months_are_calendar_months(text: str, first: str, last: str) -> None:
    assert month_bounds(day(text)) == (day(first), day(last))


# --- Zone names ------------------------------------------------------------------------------------------------------

_opened: list[str] | None = None


def _note_opened(event: str, args: tuple[object, ...]) -> None:
    if _opened is not None and event in {"open", "os.listdir", "os.scandir"}:
        _opened.append(f"{event} {args[0]}")


sys.addaudithook(_note_opened)


@pytest.fixture
def opened() -> Iterator[list[str]]:
    """Names of files and folders opened during the test."""
    global _opened
    _opened = []
    yield _opened
    _opened = None


NOT_ZONES = [
    "",
    "europe/berlin",
    "Europe/berlin",
    "EUROPE/BERLIN",
    "Europe",
    "Europe/",
    "/Europe/Berlin",
    "Europe/Berlin ",
    "Europe//Berlin",
    "../../etc/passwd",
    "/etc/passwd",
    "../Europe/Berlin",
    "tzdata.zi",
    "zone.tab",
    "__init__.py",
    "localtime",
    "Factory",
    "posixrules",
    "posix/Europe/Berlin",
    "Europe/Berlin\0",
    "\0",
    "\ud800",
    "Mars/Olympus_Mons",
    "UTC+2",
    "x" * 300,
]


@pytest.mark.parametrize("name", NOT_ZONES)
def test_other_names_are_refused_without_opening_any_file(name: str, opened: list[str]) -> None:
    with pytest.raises(UnknownZone) as refused:
        calendar.zone(name)
    assert opened == []
    assert len(str(refused.value).encode()) < 700  # printable and short, whatever was sent
    assert name not in ZONE_NAMES


def test_the_audit_sees_a_zone_being_read(opened: list[str]) -> None:
    zoneinfo.ZoneInfo.no_cache("Europe/Berlin")
    assert any("Berlin" in name for name in opened)


def test_every_name_loads_from_the_pinned_package_and_never_from_the_machine(opened: list[str]) -> None:
    assert zoneinfo.TZPATH == ()
    for name in ZONE_NAMES:
        assert calendar.zone(name).key == name
        assert calendar.zone(name) is calendar.zone(name)
    assert all("tzdata" in name for name in opened)


def test_the_names_are_iana_names() -> None:
    assert len(ZONE_NAMES) > 590
    assert {"UTC", "Europe/Berlin", "Etc/GMT+12", "America/Argentina/Buenos_Aires", "Asia/Calcutta"} <= ZONE_NAMES


def test_the_version_is_that_of_the_data() -> None:
    assert len(TZDATA_VERSION) == 5
    assert 2024 <= int(TZDATA_VERSION[:4]) < 2100
    assert TZDATA_VERSION[4].islower()


def test_no_zone_changes_its_offset_twice_within_one_search_step() -> None:
    for name in sorted(ZONE_NAMES):
        instants = [instant for instant, _, _ in transitions(name)]
        for earlier, later in pairwise(instants):
            assert later - earlier > calendar._CHANGE_FREE_STEP, (name, earlier)


def test_every_big_jump_of_every_zone_is_found() -> None:
    found = 0
    for name in sorted(ZONE_NAMES):
        listed = [
            change
            for change in transitions(name)
            if change[0] >= calendar._BIG_JUMPS_FROM and change[2] - change[1] >= calendar._BIG_JUMP
        ]
        assert list(calendar._big_jumps(name)) == listed, name
        found += len(listed)
    # Kwajalein (two names), Kiritimati, Kanton (two names), Apia, Fakaofo; Vostok went from 0 to +7.
    assert found == 8
