"""The day of an activity, by hand: its own zone, the learner's, clocks that are ahead; and the first zone named."""

from datetime import UTC, date, datetime, timedelta

import pytest

from milepost.rules.days.activity_days import decide_day, first_named_zone
from milepost.rules.days.calendar import ZoneHistory, ZonePeriod


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("occurred_at", "own", "home", "day", "offset", "ends_at"),
    [
        # 01:30 of the eleventh in Tokyo is 16:30 of the tenth in Lisbon: Lisbon decides, also when the day ends.
        ("2026-03-10T16:30", "Asia/Tokyo", "Europe/Lisbon", "2026-03-10", 0, "2026-03-11T00:00"),
        # At 14:30 both show the tenth: Tokyo decides.
        ("2026-03-10T14:30", "Asia/Tokyo", "Europe/Lisbon", "2026-03-10", 540, "2026-03-10T15:00"),
        # A zone behind the learner decides.
        ("2026-03-10T03:00", "America/Lima", "Europe/Lisbon", "2026-03-09", -300, "2026-03-10T05:00"),
        ("2026-03-10T16:30", None, "Asia/Tokyo", "2026-03-11", 540, "2026-03-11T15:00"),
        ("2026-03-10T11:00", "Pacific/Kiritimati", "Pacific/Pago_Pago", "2026-03-10", -660, "2026-03-11T11:00"),
    ],
)
def test_a_day_is_never_after_the_learners_own_date(
    occurred_at: str, own: str | None, home: str, day: str, offset: int, ends_at: str
) -> None:
    at = utc(occurred_at)
    decided = decide_day(at, at, own, ZoneHistory.always(home))
    assert decided == (date.fromisoformat(day), offset, utc(ends_at), None)


@pytest.mark.parametrize("own", [None, "Europe/Lisbon", "Asia/Tokyo"])
def test_a_clock_that_is_ahead_does_not_begin_tomorrow(own: str | None) -> None:
    home = ZoneHistory.always("Europe/Lisbon")
    received_at = utc("2026-03-10T23:58")
    ahead = decide_day(received_at + timedelta(minutes=4), received_at, own, home)
    assert (ahead.day, ahead.ends_at) == (date(2026, 3, 10), utc("2026-03-11T00:00"))
    # Received after midnight, the same activity is of the day on which it occurred.
    later = decide_day(received_at + timedelta(minutes=4), received_at + timedelta(minutes=5), None, home)
    assert later.day == date(2026, 3, 11)


def test_the_learners_date_is_that_of_the_zone_in_force_then() -> None:
    landed_at = utc("2026-03-10T12:00")
    zones = ZoneHistory((ZonePeriod(None, "Pacific/Auckland"), ZonePeriod(landed_at, "Pacific/Honolulu")))
    before, after = landed_at - timedelta(hours=1), landed_at + timedelta(hours=1)
    # 11:00 UTC is midnight in Auckland, where the eleventh begins.
    assert decide_day(before, after, "Pacific/Kiritimati", zones).day == date(2026, 3, 11)
    assert decide_day(after, after, "Pacific/Kiritimati", zones).day == date(2026, 3, 10)


def test_the_earliest_activity_names_the_zone() -> None:
    noon = utc("2026-03-10T12:00")
    named = [
        (noon, "quizzes", "a", "Europe/Paris"),
        (noon, "exercises", "b", "Asia/Tokyo"),
        (noon + timedelta(seconds=1), "exercises", "a", "Africa/Cairo"),
    ]
    assert first_named_zone(named) == "Asia/Tokyo"
    assert first_named_zone(reversed(named)) == "Asia/Tokyo"
    assert first_named_zone([*named, (noon - timedelta(days=1), "z", "z", "America/Lima")]) == "America/Lima"
