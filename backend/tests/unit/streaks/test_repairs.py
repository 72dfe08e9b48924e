"""Streak repairs: every condition at its limit.

In pictures of days, the last of which is today: m met, e excused, . neither.
"""

from datetime import UTC, date, datetime, timedelta

import pytest

from milepost.rules.policy import StreakPolicy
from milepost.rules.streaks.repairs import RepairDecision, decide_repair
from milepost.rules.streaks.streaks import ExcusedKind, walk

POLICY = StreakPolicy(7, 2, 2, 72, 30, 2, 30, 12)
FIRST = date(2026, 3, 2)
M7, M14 = "m" * 7, "m" * 14
SECOND = timedelta(seconds=1)


def nth(number: int) -> date:
    return FIRST + timedelta(days=number)


def noon(number: int) -> datetime:
    return datetime(2026, 3, 2, 12, tzinfo=UTC) + timedelta(days=number)


def decide(
    picture: str, now: datetime | None = None, last_repaired_at: datetime | None = None, zone: str = "UTC"
) -> RepairDecision:
    met = [nth(place) for place, mark in enumerate(picture) if mark == "m"]
    excused = {nth(place): ExcusedKind.pause for place, mark in enumerate(picture) if mark == "e"}
    today = len(picture) - 1
    return decide_repair(met, excused, nth(today), now or noon(today), zone, last_repaired_at, POLICY)


GAPS = [
    # picture, conditions that fail, places of the days to excuse
    ("", (), None),
    (".", (), None),
    ("m", (), None),
    ("mmm", (), None),
    ("mm.", (), None),
    ("mem", (), None),
    (M7 + ".m", (), None),
    (M7 + "..", (), None),
    # Open gaps, up to yesterday.
    ("mm..", (), (2,)),
    ("mm...", (), (2, 3)),
    ("mm....", ("too_many_days",), (2, 3, 4)),
    # Closed gaps, up to the day before practice resumed.
    ("mm.m", (), (2,)),
    ("mm..m", (), (2, 3)),
    ("mm...m", ("too_many_days",), (2, 3, 4)),
    ("mm.mm", (), (2,)),
    # The freezes of the run cover the first days; the last are repaired.
    (M7 + "...", (), (8,)),
    (M7 + "..m", (), (8,)),
    (M7 + "...m", (), (8, 9)),
    (M7 + "....m", ("too_many_days",), (8, 9, 10)),
    (M14 + "...m", (), (16,)),
    (M14 + "....m", (), (16, 17)),
    (M14 + ".....m", ("too_many_days",), (16, 17, 18)),
    # Excused days need no repair.
    ("mme..", (), (3,)),
    ("mm.e..", (), (2, 4)),
    ("mm.e.m", (), (2, 4)),
    (M7 + ".e.e.m", (), (9, 11)),
    # Only the newest broken run counts.
    ("m.m.m", (), (3,)),
    ("m...m..", (), (5,)),
    ("m..mm.m", (), (5,)),
    ("m.mm", (), (1,)),
]


@pytest.mark.parametrize(("picture", "failures", "places"), GAPS)
def test_the_gap_that_may_be_repaired(picture: str, failures: tuple[str, ...], places: tuple[int, ...] | None) -> None:
    decision = decide(picture)
    if places is None:
        assert decision == RepairDecision(("nothing_to_repair",), (), None, None)
        assert not decision.possible
    else:
        assert decision.failures == failures
        assert decision.days == tuple(nth(place) for place in places)
        assert decision.possible is (not failures)


@pytest.mark.parametrize(
    ("picture", "run"), [("mm..m", 3), ("mm.mm", 4), (M7 + "...m", 8), (M14 + "....m", 15), ("mm.e.m", 3)]
)
def test_after_the_repair_practice_since_then_joins(picture: str, run: int) -> None:
    met = [nth(place) for place, mark in enumerate(picture) if mark == "m"]
    excused = {nth(place) for place, mark in enumerate(picture) if mark == "e"}
    assert walk(met, excused, POLICY).run < run
    assert walk(met, excused | set(decide(picture).days), POLICY).run == run


# The run of "mm." ended with the third day, 4 March: at 00:00 on the 5th in UTC; 72 hours later is the 8th.
UNTIL = datetime(2026, 3, 8, tzinfo=UTC)


@pytest.mark.parametrize(
    ("now", "failures"), [(UNTIL - SECOND, ()), (UNTIL, ("too_late",)), (UNTIL + SECOND, ("too_late",))]
)
def test_a_repair_is_possible_until_72_hours_after_the_run_expired(now: datetime, failures: tuple[str, ...]) -> None:
    decision = decide("mm.m", now)
    assert (decision.failures, decision.repairable_until) == (failures, UNTIL)


def test_hours_are_counted_from_the_end_of_the_local_day() -> None:
    assert decide("mm.m", zone="Asia/Tokyo").repairable_until == datetime(2026, 3, 7, 15, tzinfo=UTC)
    # New York's clocks go forward on the 8th: 72 hours stay 72 hours.
    assert decide("mmmm.m", zone="America/New_York").repairable_until == datetime(2026, 3, 10, 5, tzinfo=UTC)


def test_freezes_and_excused_days_move_the_deadline() -> None:
    # One freeze covers 9 March; the run ended with the 10th.
    assert decide(M7 + "..m").repairable_until == datetime(2026, 3, 14, tzinfo=UTC)
    assert decide("mme.m").repairable_until == datetime(2026, 3, 9, tzinfo=UTC)


NOW = noon(3)


@pytest.mark.parametrize(
    ("ago", "failures"),
    [
        (timedelta(days=30) - SECOND, ("too_soon",)),
        (timedelta(days=30), ()),
        (timedelta(days=30) + SECOND, ()),
        (timedelta(0), ("too_soon",)),
    ],
)
def test_a_repair_is_possible_once_in_thirty_times_24_hours(ago: timedelta, failures: tuple[str, ...]) -> None:
    decision = decide("mm.m", NOW, last_repaired_at=NOW - ago)
    assert decision.failures == failures
    assert decision.allowed_again_at == NOW - ago + timedelta(days=30)


def test_every_failing_condition_is_listed() -> None:
    decision = decide("mm....m", UNTIL, last_repaired_at=UNTIL - timedelta(days=1))
    assert decision.failures == ("too_many_days", "too_late", "too_soon")


def test_with_nothing_to_repair_the_next_possible_time_is_still_given() -> None:
    decision = decide("mm", NOW, last_repaired_at=NOW)
    assert decision == RepairDecision(("nothing_to_repair",), (), None, NOW + timedelta(days=30))


@pytest.mark.parametrize(
    ("met", "today", "days"),
    [
        # The learner has met the tenth, flew west, and lives the ninth once more, which is still open.
        ((7, 8, 10), 9, None),
        ((7, 10), 9, (8,)),
        ((7, 10), 8, None),
        ((6, 10), 8, (7,)),
    ],
)
def test_a_repair_never_spends_on_a_day_that_is_open(
    met: tuple[int, ...], today: int, days: tuple[int, ...] | None
) -> None:
    decision = decide_repair([nth(place) for place in met], {}, nth(today), noon(today), "UTC", None, POLICY)
    if days is None:
        assert decision == RepairDecision(("nothing_to_repair",), (), None, None)
    else:
        assert (decision.failures, decision.days) == ((), tuple(nth(place) for place in days))
