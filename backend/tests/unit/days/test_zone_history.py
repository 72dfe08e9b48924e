"""A learner's zones: which one is in force, and the dates that a move skips or shortens."""

from datetime import UTC, date, datetime, timedelta

import pytest

from milepost.rules.days.calendar import ZoneHistory, ZonePeriod, impossible_days, never_shortens_days, travel_days
from milepost.rules.policy import StreakPolicy

POLICY = StreakPolicy(7, 2, 2, 72, 30, 2, 30, 12)
SECOND = timedelta(seconds=1)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def day(text: str) -> date:
    return date.fromisoformat(text)


# --- A learner's zones -----------------------------------------------------------------------------------------------


def history(first: str, *changes: tuple[str, str]) -> ZoneHistory:
    """A history of a first zone and then one (instant in UTC, zone) for each move."""
    return ZoneHistory((ZonePeriod(None, first), *(ZonePeriod(utc(at), name) for at, name in changes)))


def test_the_zone_in_force_is_that_of_the_newest_period() -> None:
    moved = history("Europe/Berlin", ("2026-03-01T12:00", "Asia/Tokyo"), ("2026-05-01T00:00", "UTC"))
    begun = utc("2026-03-01T12:00")
    assert moved.name_at(datetime.min.replace(tzinfo=UTC)) == "Europe/Berlin"
    assert moved.name_at(begun - timedelta(microseconds=1)) == "Europe/Berlin"
    assert moved.name_at(begun) == "Asia/Tokyo"
    assert moved.name_at(begun + timedelta(microseconds=1)) == "Asia/Tokyo"
    assert moved.name_at(utc("2026-04-30T23:59:59")) == "Asia/Tokyo"
    assert moved.name_at(utc("2026-05-01T00:00")) == "UTC"
    assert moved.current == "UTC"


def test_before_the_first_period_its_zone_applies() -> None:
    late = ZoneHistory(
        (ZonePeriod(utc("2026-03-01T12:00"), "Asia/Tokyo"), ZonePeriod(utc("2026-04-01T12:00"), "Europe/Berlin"))
    )
    assert late.name_at(utc("2001-01-01T00:00")) == "Asia/Tokyo"
    assert late.name_at(utc("2026-04-01T11:59:59")) == "Asia/Tokyo"
    assert late.name_at(utc("2026-04-01T12:00")) == "Europe/Berlin"


def test_a_learner_who_never_moved_has_one_zone() -> None:
    assert ZoneHistory.always("Asia/Tokyo") == history("Asia/Tokyo")
    assert ZoneHistory.always("Asia/Tokyo").name_at(utc("2026-01-01T00:00")) == "Asia/Tokyo"


A, B = utc("2026-03-01T12:00"), utc("2026-04-01T12:00")


@pytest.mark.parametrize(
    ("periods", "message"),
    [
        ((), "needs a zone"),
        ((ZonePeriod(B, "UTC"), ZonePeriod(A, "Asia/Tokyo")), "ascending"),
        ((ZonePeriod(A, "UTC"), ZonePeriod(A, "Asia/Tokyo")), "ascending"),
        ((ZonePeriod(None, "UTC"), ZonePeriod(B, "UTC"), ZonePeriod(B, "Asia/Tokyo")), "ascending"),
        ((ZonePeriod(A, "UTC"), ZonePeriod(None, "Asia/Tokyo")), "only the first"),
        ((ZonePeriod(None, "UTC"), ZonePeriod(None, "Asia/Tokyo")), "only the first"),
        ((ZonePeriod(None, "UTC"), ZonePeriod(datetime(2026, 1, 1), "Asia/Tokyo")), "offset"),
        ((ZonePeriod(datetime(2026, 1, 1), "Asia/Tokyo"),), "offset"),
        ((ZonePeriod(None, "UTC"), ZonePeriod(A, "Asia/Atlantis")), "Asia/Atlantis"),
        ((ZonePeriod(None, "UTC"), ZonePeriod(utc("1899-12-31T23:59:59"), "Asia/Tokyo")), "1900"),
        ((ZonePeriod(None, "UTC"), ZonePeriod(utc("2200-01-01T00:00"), "Asia/Tokyo")), "2200"),
        ((ZonePeriod(None, "UTC"), ZonePeriod(datetime.max.replace(tzinfo=UTC), "Asia/Tokyo")), "2200"),
    ],
)
def test_an_impossible_zone_history_is_refused(periods: tuple[ZonePeriod, ...], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        ZoneHistory(periods)


def test_the_first_and_last_possible_change_of_zone() -> None:
    edge = history("UTC", ("1900-01-01T00:00", "Asia/Tokyo"), ("2199-12-31T23:59:59", "UTC"))
    assert edge.name_at(utc("1900-01-01T00:00")) == "Asia/Tokyo"


# --- Days that did not exist, and short ones -------------------------------------------------------------------------

AGES = (day("1900-01-01"), day("2199-12-31"))

IMPOSSIBLE = [
    (history("Pacific/Apia"), {"2011-12-30"}),
    (history("Pacific/Fakaofo"), {"2011-12-30"}),
    (history("Pacific/Kiritimati"), {"1994-12-31"}),
    (history("Pacific/Kwajalein"), {"1993-08-21"}),
    (history("Pacific/Auckland"), set()),
    (history("Europe/Berlin"), set()),
    # A learner who had left Samoa a second before, or came later, saw the day.
    (history("Pacific/Apia", ("2011-12-30T09:59:59", "Pacific/Auckland")), set()),
    (history("Pacific/Apia", ("2011-12-30T11:00", "Pacific/Auckland")), {"2011-12-30"}),
    (history("Pacific/Apia", ("2011-12-29T09:00", "Pacific/Auckland")), set()),
    (history("Pacific/Auckland", ("2011-12-30T10:00", "Pacific/Apia")), set()),
    (history("America/Los_Angeles", ("2011-12-29T20:00", "Pacific/Apia")), {"2011-12-30"}),
    # From Honolulu, 14:00 on the 10th, to Kiritimati, 14:00 on the 11th: 24 hours ahead, both dates seen.
    (history("Pacific/Honolulu", ("2026-03-11T00:00", "Pacific/Kiritimati")), set()),
    # From Midway (−11), 23:30 on the 10th, to Kiritimati (+14), 00:30 on the 12th: the 11th never existed.
    (history("Pacific/Midway", ("2026-03-11T10:30", "Pacific/Kiritimati")), {"2026-03-11"}),
    # An hour and a half earlier or two hours later, part of the 11th is seen.
    (history("Pacific/Midway", ("2026-03-11T09:00", "Pacific/Kiritimati")), set()),
    (history("Pacific/Midway", ("2026-03-11T12:30", "Pacific/Kiritimati")), set()),
    # Westward a date occurs twice; the only skipped date is the one Kiritimati itself skipped.
    (history("Pacific/Kiritimati", ("2026-03-11T10:30", "Pacific/Midway")), {"1994-12-31"}),
]


@pytest.mark.parametrize(("zones", "expected"), IMPOSSIBLE)
def test_dates_that_never_existed_for_a_learner(zones: ZoneHistory, expected: set[str]) -> None:
    assert impossible_days(zones, *AGES) == {day(text) for text in expected}


def test_impossible_days_are_limited_to_the_range() -> None:
    samoa, gone = history("Pacific/Apia"), day("2011-12-30")
    before, after = gone - timedelta(days=1), gone + timedelta(days=1)
    assert impossible_days(samoa, gone, gone) == {gone}
    assert impossible_days(samoa, AGES[0], before) == set()
    assert impossible_days(samoa, after, AGES[1]) == set()


TRAVEL = [
    # Los Angeles to Tokyo is 16 hours ahead (in summer). Leaving at 06:00 leaves 6 + 2 hours of the day …
    (history("America/Los_Angeles", ("2026-07-10T13:00", "Asia/Tokyo")), {"2026-07-10"}),
    # … and at noon 12 hours here, none there, and 20 of the 11th.
    (history("America/Los_Angeles", ("2026-07-10T19:00", "Asia/Tokyo")), set()),
    # Around 12 hours: a second less, and a second more.
    (history("America/Los_Angeles", ("2026-07-10T18:59:59", "Asia/Tokyo")), {"2026-07-10"}),
    (history("America/Los_Angeles", ("2026-07-10T19:00:01", "Asia/Tokyo")), set()),
    # Leaving at 22:00 it is 14:00 of the next day already: ten hours are left of that.
    (history("America/Los_Angeles", ("2026-07-11T05:00", "Asia/Tokyo")), {"2026-07-11"}),
    # Eastward across the date line, back a date: the date lasts longer.
    (history("Asia/Tokyo", ("2026-07-10T13:00", "America/Los_Angeles")), set()),
    # Auckland (+12) to Honolulu (−10) and home again three days later: only the way home is short.
    (
        history("Pacific/Auckland", ("2026-07-10T00:00", "Pacific/Honolulu"), ("2026-07-13T16:00", "Pacific/Auckland")),
        {"2026-07-13"},
    ),
    # Berlin to London and New York: never short.
    (history("Europe/Berlin", ("2026-07-10T10:00", "Europe/London"), ("2026-07-12T10:00", "America/New_York")), set()),
    # Two short hops on one date add up: Honolulu 08:00 → Los Angeles 11:00 → London 19:00, 5 + 8 + 5 hours … and on to
    # Tokyo at once: 8 hours in Honolulu are all there was.
    (
        history("Pacific/Honolulu", ("2026-07-10T18:00", "America/Los_Angeles"), ("2026-07-10T18:00:01", "Asia/Tokyo")),
        {"2026-07-10"},
    ),
    # The last hour of the date that Samoa skipped, seen in New Zealand.
    (history("Pacific/Apia", ("2011-12-30T10:00", "Pacific/Auckland")), {"2011-12-30"}),
    # A date of zero length is impossible, not short.
    (history("Pacific/Apia"), set()),
    (history("Pacific/Midway", ("2026-03-11T10:30", "Pacific/Kiritimati")), set()),
]


@pytest.mark.parametrize(("zones", "expected"), TRAVEL)
def test_dates_shortened_by_travel(zones: ZoneHistory, expected: set[str]) -> None:
    assert travel_days(zones, *AGES, POLICY) == {day(text) for text in expected}


def commuter(*departures: int) -> ZoneHistory:
    """Los Angeles → Tokyo at 06:00 local on each of these days of 2026's summer, and back ten hours later."""
    changes = []
    for number in departures:
        morning = utc("2026-07-01T13:00") + timedelta(days=number)
        changes += [ZonePeriod(morning, "Asia/Tokyo"), ZonePeriod(morning + timedelta(hours=20), "America/Los_Angeles")]
    return ZoneHistory((ZonePeriod(None, "America/Los_Angeles"), *changes))


def short_days(*numbers: int) -> set[date]:
    return {day("2026-07-01") + timedelta(days=number) for number in numbers}


def test_the_day_of_a_commute_is_a_travel_day() -> None:
    assert travel_days(commuter(0), *AGES, POLICY) == short_days(0)


@pytest.mark.parametrize(
    ("departures", "chosen"),
    [
        ((0, 10), (0, 10)),
        ((0, 10, 29), (0, 10)),
        ((0, 10, 30), (0, 10, 30)),
        ((0, 10, 31), (0, 10, 31)),
        ((0, 10, 20, 30, 40), (0, 10, 30, 40)),
        # The 39th has 10 and 30 in its window; the 40th only 30.
        ((0, 10, 30, 39), (0, 10, 30)),
    ],
)
def test_at_most_two_travel_days_in_thirty_earliest_first(departures: tuple[int, ...], chosen: tuple[int, ...]) -> None:
    assert travel_days(commuter(*departures), *AGES, POLICY) == short_days(*chosen)


def test_the_choice_of_travel_days_does_not_depend_on_the_range() -> None:
    zones, all_days = commuter(0, 10, 20, 30), sorted(short_days(*range(32)))
    for n, first in enumerate(all_days):
        for last in all_days[n:]:
            expected = {found for found in short_days(0, 10, 30) if first <= found <= last}
            assert travel_days(zones, first, last, POLICY) == expected


def test_some_histories_never_shorten_a_day() -> None:
    assert never_shortens_days(ZoneHistory.always("Europe/Berlin"))
    assert not never_shortens_days(ZoneHistory.always("Pacific/Apia")), "it skipped a whole date"
