"""When a run is told of: its evening, its end, and whether it may have milestones."""

from datetime import UTC, date, datetime, timedelta

import pytest

from milepost.rules.notices.runs import begins_new_run, ended_on, is_evening, may_have_milestones, offered_repair
from milepost.rules.streaks.excuse_kinds import ExcusedKind
from milepost.rules.streaks.streaks import EMPTY, StreakState
from milepost.settings import load_policy

STREAK = load_policy().streak
TODAY = date(2026, 3, 10)
DAY = timedelta(days=1)


def run_of(length: int, last: date, freezes: int = 0) -> StreakState:
    return StreakState(length, length, last, freezes, 0)


@pytest.mark.parametrize(
    ("before", "after", "opened", "new"),
    [
        (EMPTY, run_of(1, TODAY), 1, True),
        (run_of(4, TODAY - DAY), run_of(5, TODAY), 1, False),
        (run_of(4, TODAY - 9 * DAY), run_of(1, TODAY), 1, True),
        (run_of(2, TODAY - 30 * DAY), run_of(5, TODAY), 5, True),
        (run_of(2, TODAY - 5 * DAY), run_of(7, TODAY), 5, False),
        (run_of(2, TODAY), run_of(9, TODAY), 7, False),
    ],
)
def test_a_new_run_has_newly_met_days_alone(before: StreakState, after: StreakState, opened: int, new: bool) -> None:
    assert begins_new_run(before, after, opened) is new


@pytest.mark.parametrize(
    ("before", "after", "opened", "may"),
    [
        (run_of(2, TODAY - DAY), run_of(3, TODAY), 1, True),
        (run_of(3, TODAY - DAY), run_of(4, TODAY), 1, False),
        (run_of(5, TODAY - 30 * DAY), run_of(5, TODAY), 5, True),
        (run_of(8, TODAY - 5 * DAY), run_of(9, TODAY - 4 * DAY), 1, True),
        (run_of(8, TODAY - 3 * DAY, 2), run_of(9, TODAY - 2 * DAY, 2), 1, False),
        (EMPTY, run_of(1, TODAY), 1, False),
    ],
)
def test_milestones_are_looked_for_where_one_was_passed_or_a_run_revived(
    before: StreakState, after: StreakState, opened: int, may: bool
) -> None:
    assert may_have_milestones(before, after, opened, TODAY) is may


@pytest.mark.parametrize(
    ("instant", "zone", "evening"),
    [
        ("2026-03-29T15:59:00+00:00", "Europe/Berlin", False),
        ("2026-03-29T16:00:00+00:00", "Europe/Berlin", True),
        ("2026-10-25T16:59:00+00:00", "Europe/Berlin", False),
        ("2026-10-25T17:00:00+00:00", "Europe/Berlin", True),
        ("2026-03-10T12:14:00+00:00", "Asia/Kathmandu", False),
        ("2026-03-10T12:15:00+00:00", "Asia/Kathmandu", True),
        ("2026-03-10T23:59:59+00:00", "UTC", True),
        ("2026-03-11T00:00:00+00:00", "UTC", False),
    ],
)
def test_the_evening_is_that_of_the_zone(instant: str, zone: str, evening: bool) -> None:
    assert is_evening(datetime.fromisoformat(instant), zone, 18) is evening


@pytest.mark.parametrize(
    ("now", "day"),
    [
        ("2026-03-09T22:59:59+00:00", None),
        ("2026-03-09T23:00:00+00:00", date(2026, 3, 9)),
        ("2026-03-12T22:59:59+00:00", date(2026, 3, 9)),
        ("2026-03-12T23:00:00+00:00", None),
    ],
)
def test_an_end_is_news_from_midnight_on_for_as_long_as_a_repair_is_possible(now: str, day: date | None) -> None:
    """In Berlin, the day that could save the run ends at 23:00 UTC."""
    state = run_of(5, date(2026, 3, 8))
    assert ended_on(state, {}, datetime.fromisoformat(now), "Europe/Berlin", STREAK) == day


def test_an_excused_day_moves_the_end() -> None:
    state, now = run_of(5, date(2026, 3, 8)), datetime(2026, 3, 10, 12, tzinfo=UTC)
    assert ended_on(state, {date(2026, 3, 9): ExcusedKind.pause}, now, "UTC", STREAK) is None
    assert ended_on(EMPTY, {}, now, "UTC", STREAK) is None


def test_a_repair_is_offered_while_it_is_possible() -> None:
    met = [date(2026, 3, day) for day in range(1, 7)]
    now = datetime(2026, 3, 9, 12, tzinfo=UTC)
    assert offered_repair(met, {}, now, "UTC", None, STREAK) == {
        "days": ["2026-03-07", "2026-03-08"],
        "until": "2026-03-11T00:00:00Z",
        "until_day": "2026-03-10",
    }
    assert offered_repair(met, {}, now + DAY, "UTC", None, STREAK) is None, "three days are too many"
    assert offered_repair(met, {}, now, "UTC", now - 3 * DAY, STREAK) is None, "one was made three days ago"
