"""The timeline of a streak: what each day of a picture did to it, and the streak after each day."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, strategies

from milepost.rules.days.calendar import ZoneHistory, ZonePeriod, shortened_days
from milepost.rules.days.zone_changes import zone_at_end_of, zone_changes
from milepost.rules.policy import StreakPolicy
from milepost.rules.streaks.excused_days import ExcuseSpan
from milepost.rules.streaks.streaks import ExcusedKind, calendar, view, walk
from milepost.rules.streaks.timeline import StreakStanding, StreakTimeline, deciding_excuse, deciding_outage, timeline

POLICY = StreakPolicy(7, 2, 2, 72, 30, 2, 30, 12)
FIRST = date(2026, 3, 2)
M7 = "m" * 7


def nth(number: int) -> date:
    return FIRST + timedelta(days=number)


def facts_of(picture: str) -> tuple[list[date], dict[date, ExcusedKind]]:
    """The met and the excused days of a picture (m met, e excused, x both, . neither)."""
    met = [nth(place) for place, mark in enumerate(picture) if mark in "mx"]
    return met, {nth(place): ExcusedKind.pause for place, mark in enumerate(picture) if mark in "ex"}


def timeline_of(picture: str, today: int, first: int = 0, last: int | None = None) -> StreakTimeline:
    """The timeline of a picture, by default the whole of it."""
    end = len(picture) - 1 if last is None else last
    return timeline(nth(first), nth(end), *facts_of(picture), nth(today), POLICY)


RUNS = [
    # picture, today, the run after each day, the freezes after each day
    ("...", 2, [0, 0, 0], [0, 0, 0]),
    ("mm.", 2, [1, 2, 2], [0, 0, 0]),
    ("mm..", 3, [1, 2, 0, 0], [0, 0, 0, 0]),
    ("m.m", 2, [1, 0, 1], [0, 0, 0]),
    ("meem", 3, [1, 1, 1, 2], [0, 0, 0, 0]),
    (M7 + ".m", 8, [1, 2, 3, 4, 5, 6, 7, 7, 8], [0] * 6 + [1, 0, 0]),
    # The freeze stands for the first day of a gap of two, and is lost with the run on the second.
    (M7 + "..m", 9, [1, 2, 3, 4, 5, 6, 7, 7, 0, 1], [0] * 6 + [1, 0, 0, 0]),
    (M7 + "e.em", 10, [1, 2, 3, 4, 5, 6, 7, 7, 7, 7, 8], [0] * 6 + [1, 1, 0, 0, 0]),
    # Today is open, so nothing covers it yet.
    (M7 + "..", 8, [1, 2, 3, 4, 5, 6, 7, 7, 7], [0] * 6 + [1, 0, 0]),
    # The seventh is today and open, the eighth is met already: the learner flew west.
    (M7 + ".m", 7, [1, 2, 3, 4, 5, 6, 7, 7, 8], [0] * 6 + [1, 1, 0]),
    ("m.m", 1, [1, 1, 1], [0, 0, 0]),
]


@pytest.mark.parametrize(("picture", "today", "runs", "freezes"), RUNS)
def test_the_streak_after_each_day(picture: str, today: int, runs: list[int], freezes: list[int]) -> None:
    days = timeline_of(picture, today).days
    assert [day.after.run for day in days] == runs
    assert [day.after.freezes for day in days] == freezes
    assert [day.mark.day for day in days] == [nth(place) for place in range(len(picture))]


def test_each_effect_has_its_code_its_numbers_and_a_sentence() -> None:
    days = timeline_of(M7 + "e.m..m", 12).days
    assert [[(effect.code, dict(effect.values)) for effect in day.effects] for day in days[:2]] == [
        [("run_started", {"run": 1})],
        [("run_continued", {"run": 2})],
    ]
    assert [[effect.text for effect in day.effects] for day in days[6:]] == [
        ["The run grew from day 6 to day 7.", "7 met days earned a freeze; 1 freeze in all."],
        ["The day is excused, so the run stays at day 7."],
        ["A freeze covers this day; 0 freezes left."],
        ["The run grew from day 7 to day 8."],
        ["The run ended at day 8: 1 day was neither met nor excused, and it had 0 freezes."],
        [],
        ["A run began: day 1."],
    ]


def test_a_freeze_that_did_not_save_the_run_is_lost_and_not_used() -> None:
    days = timeline_of(M7 + "..m", 9).days
    assert [day.mark.state for day in days[7:]] == ["missed", "missed", "met"]
    assert [[effect.code for effect in day.effects] for day in days[7:]] == [
        ["freeze_lost"],
        ["run_ended"],
        ["run_started"],
    ]
    assert dict(days[8].effects[0].values) == {"run": 7, "days": 2, "freezes": 1}


def test_days_ahead_of_today_change_nothing_until_one_is_met() -> None:
    west = timeline_of(M7 + ".m", 7).days
    assert [[effect.code for effect in day.effects] for day in west[7:]] == [
        [],
        ["freezes_used_ahead", "run_continued"],
    ]
    ended = timeline_of("m.m", 1).days
    assert [[effect.code for effect in day.effects] for day in ended] == [
        ["run_started"],
        [],
        ["run_ended", "run_started"],
    ]


def test_a_window_knows_what_came_before_it() -> None:
    picture = M7 + ".mm"
    assert timeline_of(picture, 9, first=8).before == StreakStanding(7, 7, 0, 7, nth(6), nth(0))
    assert timeline_of(picture, 9, first=7).before == StreakStanding(7, 7, 1, 7, nth(6), nth(0))
    assert timeline_of(picture, 9).before == StreakStanding(0, 0, 0, 7, None, None)
    assert timeline_of("m..m", 3, first=3).before == StreakStanding(0, 1, 0, 7, nth(0), None)


PICTURES = strategies.text("mmmmmex.", min_size=1, max_size=60)


@given(picture=PICTURES, back=strategies.integers(0, 2), first=strategies.integers(0, 60))
def test_the_last_day_is_the_streak_of_today_and_a_window_a_part_of_the_whole(
    picture: str, back: int, first: int
) -> None:
    today = max(0, len(picture) - 1 - back)
    met, excused = facts_of(picture)
    last = max(today, (met[-1] - FIRST).days if met else 0)
    whole = timeline_of(picture, today, last=last)
    shown = view(walk(met, excused, POLICY), nth(today), nth(today) in met, excused, "UTC", POLICY)
    after = whole.days[-1].after
    assert (after.run, after.longest, after.freezes, after.next_freeze_in_days, after.last_met_day) == (
        shown.current,
        shown.longest,
        shown.freezes,
        shown.next_freeze_in_days,
        shown.last_met_day,
    )
    assert [day.mark for day in whole.days] == calendar(FIRST, nth(last), met, excused, nth(today), POLICY)
    start = min(first, today)
    part = timeline_of(picture, today, first=start, last=last)
    assert part.days == whole.days[start:]
    assert part.before == (whole.days[start - 1].after if start else whole.before)


def test_the_first_stored_excuse_of_the_strongest_kind_decides() -> None:
    spans = [
        ExcuseSpan(nth(0), nth(5), ExcusedKind.pause),
        ExcuseSpan(nth(4), nth(4), ExcusedKind.restore),
        ExcuseSpan(nth(4), nth(6), ExcusedKind.restore),
    ]
    assert deciding_excuse(nth(3), ExcusedKind.pause, spans) == 0
    assert deciding_excuse(nth(4), ExcusedKind.restore, spans) == 1
    assert deciding_excuse(nth(6), ExcusedKind.restore, spans) == 2
    assert deciding_excuse(nth(7), ExcusedKind.pause, spans) is None


def test_the_first_outage_that_a_day_overlaps_decides() -> None:
    def at(day: int, hour: int) -> datetime:
        return datetime(2026, 3, day, hour, tzinfo=UTC)

    outages = [(at(9, 22), at(9, 23)), (at(10, 22), at(10, 23)), (at(10, 1), at(10, 2))]
    berlin = ZoneHistory.always("Europe/Berlin")
    # 22:00 to 23:00 UTC is an hour before midnight in Berlin.
    assert [deciding_outage(date(2026, 3, day), outages, berlin) for day in (8, 9, 10, 11)] == [None, 0, 1, None]
    kiritimati = ZoneHistory.always("Pacific/Kiritimati")
    assert [deciding_outage(date(2026, 3, day), outages, kiritimati) for day in (9, 10, 11)] == [None, 0, 1]


def test_a_change_of_zone_falls_on_the_date_that_the_clock_shows_then() -> None:
    west = datetime(2026, 3, 10, 12, tzinfo=UTC)  # 02:00 on the eleventh in Kiritimati, 02:00 on the tenth in Honolulu
    history = ZoneHistory((ZonePeriod(None, "Pacific/Kiritimati"), ZonePeriod(west, "Pacific/Honolulu")))
    changes = zone_changes(history)
    assert [(change.at, change.before, change.after, change.day) for change in changes] == [
        (west, "Pacific/Kiritimati", "Pacific/Honolulu", date(2026, 3, 10))
    ]
    zones = [zone_at_end_of(date(2026, 3, day), history, changes) for day in (9, 10, 11)]
    assert zones == ["Pacific/Kiritimati", "Pacific/Honolulu", "Pacific/Honolulu"]


def test_days_that_travel_shortened_or_skipped_have_their_length() -> None:
    east = datetime(2026, 3, 10, 12, tzinfo=UTC)  # 02:00 on the tenth in Honolulu, 02:00 on the eleventh in Kiritimati
    history = ZoneHistory((ZonePeriod(None, "Pacific/Honolulu"), ZonePeriod(east, "Pacific/Kiritimati")))
    assert shortened_days(history, date(2026, 3, 1), date(2026, 3, 31)) == {
        date(2026, 3, 10): timedelta(hours=2),
        date(2026, 3, 11): timedelta(hours=22),
    }
    assert shortened_days(history, date(2026, 3, 11), date(2026, 3, 31)) == {date(2026, 3, 11): timedelta(hours=22)}
    apia = ZoneHistory.always("Pacific/Apia")
    assert shortened_days(apia, date(2011, 12, 1), date(2012, 1, 31)) == {date(2011, 12, 30): timedelta()}
