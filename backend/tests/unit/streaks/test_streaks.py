"""Streaks, as pictures with one character a day: m met, e excused, x met and excused, . neither."""

from datetime import UTC, date, datetime, timedelta

import pytest

from milepost.rules.policy import StreakPolicy
from milepost.rules.streaks.excuse_kinds import stronger
from milepost.rules.streaks.streaks import (
    EMPTY,
    ExcusedKind,
    StreakState,
    StreakView,
    advance,
    expiry_day,
    has_gap,
    outcome_for,
    uncovered_days,
    view,
    walk,
)

POLICY = StreakPolicy(7, 2, 2, 72, 30, 2, 30, 12)
FIRST = date(2026, 3, 2)


def nth(number: int) -> date:
    """The date of the character at this place of a picture."""
    return FIRST + timedelta(days=number)


def met(picture: str) -> list[date]:
    return [nth(place) for place, mark in enumerate(picture) if mark in "mx"]


def excused(picture: str, kind: ExcusedKind = ExcusedKind.pause) -> dict[date, ExcusedKind]:
    return {nth(place): kind for place, mark in enumerate(picture) if mark in "ex"}


def walked(picture: str, policy: StreakPolicy = POLICY) -> StreakState:
    return walk(met(picture), excused(picture), policy)


# --- The full function -----------------------------------------------------------------------------------------------

M6, M7, M13, M14, M21 = "m" * 6, "m" * 7, "m" * 13, "m" * 14, "m" * 21

WALKS = [
    # picture, run, longest, freezes, progress
    ("", 0, 0, 0, 0),
    ("...", 0, 0, 0, 0),
    ("eee", 0, 0, 0, 0),
    ("m", 1, 1, 0, 1),
    ("mm", 2, 2, 0, 2),
    ("m.m", 1, 1, 0, 1),
    ("mmm.m", 1, 3, 0, 1),
    ("mmm.mmmm", 4, 4, 0, 4),
    # A freeze is earned with the seventh met day, not the sixth …
    (M6, 6, 6, 0, 6),
    (M7, 7, 7, 1, 0),
    (M7 + "m", 8, 8, 1, 1),
    # … the second with the fourteenth; then progress waits.
    (M13, 13, 13, 1, 6),
    (M14, 14, 14, 2, 0),
    (M14 + "m", 15, 15, 2, 0),
    (M21 + M21, 42, 42, 2, 0),
    # A gap of as many days as there are freezes is covered, one more is not.
    (M6 + ".m", 1, 6, 0, 1),
    (M7 + ".m", 8, 8, 0, 1),
    (M7 + "..m", 1, 7, 0, 1),
    (M14 + ".m", 15, 15, 1, 1),
    (M14 + "..m", 15, 15, 0, 1),
    (M14 + "...m", 1, 14, 0, 1),
    # Progress is kept over a freeze, and lost with the run.
    ("m" * 10 + ".m", 11, 11, 0, 4),
    ("m" * 10 + ".mmmm", 14, 14, 1, 0),
    ("m" * 10 + "..m", 1, 10, 0, 1),
    # Progress waited at the cap: after a freeze is used, the next one takes seven days again.
    ("m" * 20 + "." + M6, 26, 26, 1, 6),
    ("m" * 20 + "." + M7, 27, 27, 2, 0),
    # Frozen and excused days add nothing to the length.
    ("mem", 2, 2, 0, 2),
    ("m" + "e" * 60 + "m", 2, 2, 0, 2),
    (M6 + "eem", 7, 7, 1, 0),
    # Excused days shorten a gap.
    (M7 + "e.m", 8, 8, 0, 1),
    (M7 + ".em", 8, 8, 0, 1),
    (M7 + ".e.m", 1, 7, 0, 1),
    (M14 + ".ee.em", 15, 15, 0, 1),
    # A met day counts as met, excused or not.
    ("xxx", 3, 3, 0, 3),
    ("ex.m", 1, 1, 0, 1),
    # The longest run stays.
    (M14 + "...." + M6, 6, 14, 0, 6),
    (M6 + "." + M14, 14, 14, 2, 0),
    # Days before the first and after the last met one do not matter.
    ("..e." + M7, 7, 7, 1, 0),
    (M7 + ".....e", 7, 7, 1, 0),
]


@pytest.mark.parametrize(("picture", "run", "longest", "freezes", "progress"), WALKS)
def test_the_streak_of_a_picture(picture: str, run: int, longest: int, freezes: int, progress: int) -> None:
    last = max(met(picture), default=None)
    assert walked(picture) == StreakState(run, longest, last, freezes, progress)


@pytest.mark.parametrize(
    ("every", "cap", "picture", "run", "freezes", "progress"),
    [
        (3, 1, "mm", 2, 0, 2),
        (3, 1, "mmm", 3, 1, 0),
        (3, 1, "mmmm", 4, 1, 0),
        (3, 1, "mmm.m", 4, 0, 1),
        (3, 1, "mmm..m", 1, 0, 1),
        (3, 0, "mmmmmm", 6, 0, 0),
        (3, 0, "mmm.m", 1, 0, 0),
        (1, 3, "mmmm", 4, 3, 0),
        (1, 3, "mmmm...m", 5, 1, 0),
    ],
)
def test_the_numbers_come_from_the_policy(
    every: int, cap: int, picture: str, run: int, freezes: int, progress: int
) -> None:
    policy = StreakPolicy(every, cap, 2, 72, 30, 2, 30, 12)
    state = walked(picture, policy)
    assert (state.run, state.freezes, state.progress) == (run, freezes, progress)


def test_a_run_continues_across_leap_day_and_new_year() -> None:
    leap = [date(2024, 2, 28), date(2024, 2, 29), date(2024, 3, 1)]
    assert walk(leap, set(), POLICY).run == 3
    assert walk([leap[0], leap[2]], set(), POLICY).run == 1
    assert walk([date(2023, 2, 28), date(2023, 3, 1)], set(), POLICY).run == 2
    assert walk([date(2025, 12, 31), date(2026, 1, 1)], set(), POLICY).run == 2


# --- The incremental step --------------------------------------------------------------------------------------------


def test_the_same_day_again_changes_nothing() -> None:
    state = walked(M7)
    assert advance(state, nth(6), set(), POLICY) is state


def test_a_day_before_the_last_is_refused() -> None:
    with pytest.raises(ValueError, match="2026-03-07 is before the last met day 2026-03-08"):
        advance(walked(M7), nth(5), set(), POLICY)


def test_met_days_out_of_order_are_refused() -> None:
    with pytest.raises(ValueError, match="before the last met day"):
        walk([nth(1), nth(0)], set(), POLICY)


@pytest.mark.parametrize(("last", "day", "expected"), [(None, 5, False), (5, 5, False), (5, 6, False), (5, 7, True)])
def test_there_is_a_gap_if_there_is_a_date_in_between(last: int | None, day: int, expected: bool) -> None:
    state = EMPTY if last is None else StreakState(1, 1, nth(last), 0, 1)
    assert has_gap(state, nth(day)) is expected


@pytest.mark.parametrize(
    ("after", "before", "days", "expected"),
    [
        (0, 0, set(), 0),
        (3, 0, set(), 0),
        (0, 1, {0, 1}, 0),
        (0, 2, set(), 1),
        (0, 2, {1}, 0),
        (0, 2, {0, 2}, 1),
        # Fewer excused days than dates: the excused days are iterated …
        (0, 9, {1, 8}, 6),
        (0, 9, {0, 9}, 8),
        # … or more: the dates are iterated.
        (0, 3, {0, 1, 2, 3}, 0),
        (0, 3, {0, 2, 3, 4, 5}, 1),
        (0, 3, {-1, 0, 3, 4}, 2),
    ],
)
def test_uncovered_days_are_counted_strictly_between(after: int, before: int, days: set[int], expected: int) -> None:
    assert uncovered_days(nth(after), nth(before), {nth(day) for day in days}) == expected


@pytest.mark.parametrize(
    ("freezes", "days", "expected"),
    [
        (0, set(), 1),
        (1, set(), 2),
        (2, set(), 3),
        (0, {1}, 2),
        (0, {1, 2}, 3),
        (0, {2}, 1),
        (1, {2}, 3),
        (2, {1, 3}, 5),
    ],
)
def test_a_run_expires_with_the_first_day_that_no_freeze_covers(freezes: int, days: set[int], expected: int) -> None:
    assert expiry_day(nth(0), freezes, {nth(day) for day in days}) == nth(expected)


# --- As seen on a day ------------------------------------------------------------------------------------------------


def seen(
    picture: str, today: int | None = None, zone: str = "UTC", kind: ExcusedKind = ExcusedKind.pause
) -> StreakView:
    """The streak as of the day at that place, by default the last of the picture."""
    place = len(picture) - 1 if today is None else today
    day = nth(place)
    return view(walked(picture), day, day in met(picture), excused(picture, kind), zone, POLICY)


VIEWS = [
    # picture (its last day is today), state, current, met today, paused, freezes, pending, next freeze in
    (".", "none", 0, False, False, 0, 0, 7),
    ("e", "none", 0, False, True, 0, 0, 7),
    ("m", "active", 1, True, False, 0, 0, 6),
    ("x", "active", 1, True, False, 0, 0, 6),
    ("m.", "at_risk", 1, False, False, 0, 0, 6),
    ("m..", "broken", 0, False, False, 0, 0, 7),
    ("me", "active", 1, False, True, 0, 0, 6),
    ("me.", "at_risk", 1, False, False, 0, 0, 6),
    ("m.e", "broken", 0, False, True, 0, 0, 7),
    # One freeze: the day after the last met one uses it once that day is over.
    (M6, "active", 6, True, False, 0, 0, 1),
    (M7, "active", 7, True, False, 1, 0, 7),
    (M7 + ".", "active", 7, False, False, 1, 0, 7),
    (M7 + "..", "at_risk", 7, False, False, 0, 1, 7),
    (M7 + "...", "broken", 0, False, False, 0, 0, 7),
    (M7 + "mm..", "at_risk", 9, False, False, 0, 1, 5),
    # Two freezes: the cap, and how many are left.
    (M13, "active", 13, True, False, 1, 0, 1),
    (M14, "active", 14, True, False, 2, 0, None),
    (M14 + ".", "active", 14, False, False, 2, 0, None),
    (M14 + "..", "active", 14, False, False, 1, 1, 7),
    (M14 + "...", "at_risk", 14, False, False, 0, 2, 7),
    (M14 + "....", "broken", 0, False, False, 0, 0, 7),
    (M14 + "..m", "active", 15, True, False, 0, 0, 6),
    # Excused days use no freeze.
    (M7 + "." + "eeeee", "active", 7, False, True, 0, 1, 7),
    (M7 + "." + "eeeee.", "at_risk", 7, False, False, 0, 1, 7),
    (M7 + ".e.e.", "broken", 0, False, False, 0, 0, 7),
]


@pytest.mark.parametrize(
    ("picture", "state", "current", "met_today", "paused", "freezes", "pending", "next_freeze"), VIEWS
)
def test_a_streak_as_seen_today(
    picture: str,
    state: str,
    current: int,
    met_today: bool,
    paused: bool,
    freezes: int,
    pending: int,
    next_freeze: int | None,
) -> None:
    shown = seen(picture)
    assert (shown.state, shown.current) == (state, current)
    assert (shown.met_today, shown.paused) == (met_today, paused)
    assert (shown.freezes, shown.freezes_pending, shown.next_freeze_in_days) == (freezes, pending, next_freeze)
    assert shown.longest == walked(picture).longest
    assert shown.last_met_day == max(met(picture), default=None)


def test_a_policy_without_freezes_has_no_next_one() -> None:
    none = StreakPolicy(7, 0, 2, 72, 30, 2, 30, 12)
    assert view(EMPTY, nth(0), False, {}, "UTC", none).next_freeze_in_days is None


def test_met_today_follows_from_the_last_met_day_too() -> None:
    assert view(walked("mm"), nth(1), False, {}, "UTC", POLICY).met_today


def test_a_last_met_day_after_today_keeps_the_run_alive() -> None:
    """The learner practised on the 3rd and flew west into the 2nd."""
    shown = seen("mmm", today=1)
    assert (shown.state, shown.current, shown.met_today) == ("active", 3, True)
    west = view(walked("m.m"), nth(1), False, {}, "UTC", POLICY)
    assert (west.state, west.current, west.met_today, west.freezes_pending) == ("active", 1, False, 0)
    assert west.expires_at == datetime(2026, 3, 6, tzinfo=UTC)


EXPIRY = [
    # picture, zone, when the run breaks (UTC); the picture begins on Monday 2026-03-02
    ("m", "UTC", "2026-03-04T00:00"),
    ("m.", "UTC", "2026-03-04T00:00"),
    ("m..", "UTC", "2026-03-04T00:00"),
    ("m", "Asia/Tokyo", "2026-03-03T15:00"),
    ("m", "Pacific/Honolulu", "2026-03-04T10:00"),
    ("m", "Asia/Kathmandu", "2026-03-03T18:15"),
    (M7, "UTC", "2026-03-11T00:00"),
    (M14, "UTC", "2026-03-19T00:00"),
    ("mee", "UTC", "2026-03-06T00:00"),
    ("m.ee", "UTC", "2026-03-04T00:00"),
    # New York's clocks go forward on Sunday 8 March: that day ends an hour sooner.
    ("mmmmm", "America/New_York", "2026-03-08T05:00"),
    ("mmmmmm", "America/New_York", "2026-03-09T04:00"),
]


@pytest.mark.parametrize(("picture", "zone", "expires_at"), EXPIRY)
def test_a_run_expires_to_the_second(picture: str, zone: str, expires_at: str) -> None:
    assert seen(picture, zone=zone).expires_at == datetime.fromisoformat(expires_at).replace(tzinfo=UTC)


def test_without_a_met_day_nothing_expires() -> None:
    assert seen("...").expires_at is None


def test_an_announced_pause_moves_the_end_of_the_run() -> None:
    assert seen("m.eee", today=0).expires_at == datetime(2026, 3, 4, tzinfo=UTC)
    assert seen("meee", today=0).expires_at == datetime(2026, 3, 7, tzinfo=UTC)
    assert seen("meee", today=0).paused is False


def test_the_date_that_samoa_skipped_breaks_no_run() -> None:
    state = walk([date(2011, 12, 28), date(2011, 12, 29)], set(), POLICY)
    gone = {date(2011, 12, 30): ExcusedKind.impossible}
    shown = view(state, date(2011, 12, 31), False, gone, "Pacific/Apia", POLICY)
    assert (shown.state, shown.current) == ("at_risk", 2)
    assert shown.expires_at == datetime(2011, 12, 31, 10, tzinfo=UTC)
    assert advance(state, date(2011, 12, 31), gone, POLICY).run == 3
    assert advance(state, date(2011, 12, 31), {}, POLICY).run == 1


# --- Outcomes of activities ------------------------------------------------------------------------------------------

OUTCOMES = [
    # picture before, place of the new day, outcome
    ("", 0, "started"),
    ("m", 1, "continued"),
    ("me", 2, "continued"),
    (M6, 6, "continued"),
    (M13, 13, "continued"),
    (M14, 14, "continued"),
    (M14 + "ee", 16, "continued"),
    (M7, 8, "continued_with_freeze"),
    (M14, 15, "continued_with_freeze"),
    (M14, 16, "continued_with_freeze"),
    # One freeze is used and another is earned on the same day.
    (M13, 14, "continued_with_freeze"),
    (M7, 9, "broken_and_restarted"),
    (M14, 17, "broken_and_restarted"),
    ("m", 2, "broken_and_restarted"),
    ("m.m", 4, "broken_and_restarted"),
    ("m.m", 1, "late"),
    (".mm", 0, "late"),
]


@pytest.mark.parametrize(("picture", "place", "outcome"), OUTCOMES)
def test_the_outcome_of_the_first_activity_of_a_day(picture: str, place: int, outcome: str) -> None:
    before, day = walked(picture), nth(place)
    after = walk(sorted({*met(picture), day}), excused(picture), POLICY)
    assert outcome_for(before, after, day, opened=True) == outcome


@pytest.mark.parametrize("place", [0, 1, 2])
def test_a_day_counted_before_is_already_counted(place: int) -> None:
    state = walked("mmm")
    assert outcome_for(state, state, nth(place), opened=False) == "already_counted"


# --- Kinds of excuse -------------------------------------------------------------------------------------------------


def test_the_strongest_reason_applies() -> None:
    order = ["impossible", "restore", "repair", "outage", "travel", "pause"]
    for n, strong in enumerate(order):
        assert stronger(None, ExcusedKind(strong)) == strong
        for weak in order[n:]:
            assert stronger(ExcusedKind(strong), ExcusedKind(weak)) == strong
            assert stronger(ExcusedKind(weak), ExcusedKind(strong)) == strong
