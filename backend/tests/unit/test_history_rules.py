"""Snapshots and history, worked out by hand."""

from datetime import date, timedelta

import pytest

from milepost.db.tables import SUMS
from milepost.rules.history import NO_SUMS, ActiveDay, HistoryDay, Snapshot, Sums, history, running_total, snapshots
from milepost.rules.policy import StreakPolicy
from milepost.rules.streaks.excuse_kinds import ExcusedKind
from milepost.rules.streaks.streaks import StreakState
from milepost.settings import load_policy

JANUARY = date(2026, 1, 1)


@pytest.fixture(scope="module")
def policy() -> StreakPolicy:
    """Seven met days earn a freeze; the cap is two."""
    return load_policy().streak


def january(day: int) -> date:
    """A date of January 2026; 32 is the first of February."""
    return JANUARY + timedelta(days=day - 1)


def active(day: int, *, exercises: int = 1, grade: int = 80, met: bool = True) -> ActiveDay:
    """A day with that many exercises of ten minutes and that grade."""
    sums = NO_SUMS._replace(
        activities=exercises,
        exercises=exercises,
        seconds=600 * exercises,
        graded=exercises,
        grade_milli=1_000 * grade * exercises,
    )
    return ActiveDay(january(day), sums, met)


def numbers(taken: list[Snapshot]) -> list[tuple[int, int, int, int, int]]:
    """For each: total exercises, run, freezes, longest run, and for how many days after it the run stays alive."""
    return [
        (
            snapshot.sums.exercises,
            snapshot.streak.run,
            snapshot.streak.freezes,
            snapshot.streak.longest,
            (snapshot.alive_through - snapshot.day).days if snapshot.alive_through else -1,
        )
        for snapshot in taken
    ]


def streaks(shown: list[HistoryDay]) -> list[tuple[int, int]]:
    """Current and longest streak of each date."""
    return [(day.current_streak, day.longest_streak) for day in shown]


def test_sums_are_those_of_the_tables() -> None:
    assert Sums._fields == SUMS


def test_a_run_earns_a_freeze_and_uses_it(policy: StreakPolicy) -> None:
    taken = snapshots([active(day) for day in (1, 2, 3, 4, 5, 6, 7, 9)], None, {}, policy)
    assert numbers(taken) == [
        (1, 1, 0, 1, 1),
        (2, 2, 0, 2, 1),
        (3, 3, 0, 3, 1),
        (4, 4, 0, 4, 1),
        (5, 5, 0, 5, 1),
        (6, 6, 0, 6, 1),
        (7, 7, 1, 7, 2),  # the freeze covers the eighth, so the ninth is the last day that saves the run
        (8, 8, 0, 8, 1),
    ]
    shown = history(january(7), january(12), taken)
    assert streaks(shown) == [(7, 7), (7, 7), (8, 8), (8, 8), (0, 8), (0, 8)]


def test_a_gap_ends_the_run_and_the_longest_stays(policy: StreakPolicy) -> None:
    taken = snapshots([active(1), active(2), active(5)], None, {}, policy)
    assert numbers(taken) == [(1, 1, 0, 1, 1), (2, 2, 0, 2, 1), (3, 1, 0, 2, 1)]
    assert streaks(history(january(1), january(7), taken)) == [(1, 1), (2, 2), (2, 2), (0, 2), (1, 2), (1, 2), (0, 2)]


def test_excused_days_keep_a_run_alive_even_future_ones(policy: StreakPolicy) -> None:
    excused = {january(day): ExcusedKind.pause for day in (3, 4, 7)}
    taken = snapshots([active(1), active(2), active(5), active(6)], None, excused, policy)
    assert [snapshot.alive_through for snapshot in taken] == [january(2), january(5), january(6), january(8)]
    assert [snapshot.streak.run for snapshot in taken] == [1, 2, 3, 4]
    shown = history(january(2), january(9), taken)
    assert [day.current_streak for day in shown] == [2, 2, 2, 3, 4, 4, 4, 0]


def test_an_active_day_that_is_not_met_leaves_the_streak_unchanged(policy: StreakPolicy) -> None:
    taken = snapshots([active(1, met=False), active(2), active(3, met=False), active(5, met=False)], None, {}, policy)
    assert [snapshot.alive_through for snapshot in taken] == [None, january(3), january(3), january(3)]
    assert [day.current_streak for day in history(january(1), january(5), taken)] == [0, 1, 1, 0, 0]
    assert [day.sums.exercises for day in history(january(1), january(5), taken)] == [1, 2, 3, 3, 4]


def test_days_without_a_snapshot_show_the_last_one(policy: StreakPolicy) -> None:
    taken = snapshots([active(30, exercises=2, grade=90), active(33, grade=60)], None, {}, policy)
    shown = history(january(29), january(34), taken)
    assert [day.day.isoformat() for day in shown] == [
        "2026-01-29",
        "2026-01-30",
        "2026-01-31",
        "2026-02-01",
        "2026-02-02",
        "2026-02-03",
    ]
    assert [day.day_sums.exercises for day in shown] == [0, 2, 0, 0, 1, 0]
    assert [day.sums.exercises for day in shown] == [0, 2, 2, 2, 3, 3]
    assert [day.sums.seconds for day in shown] == [0, 1_200, 1_200, 1_200, 1_800, 1_800]
    assert [day.sums.grade_milli for day in shown] == [0, 180_000, 180_000, 180_000, 240_000, 240_000]


def test_a_range_begins_with_the_last_snapshot_before_it(policy: StreakPolicy) -> None:
    taken = snapshots([active(1), active(2)], None, {}, policy)
    shown = history(january(3), january(4), taken[-1:])
    assert streaks(shown) == [(2, 2), (0, 2)]
    assert shown[0].sums.exercises == 2
    assert shown[0].day_sums == NO_SUMS


def test_continuing_from_any_snapshot_gives_the_same(policy: StreakPolicy) -> None:
    days = [active(day, met=day % 5 != 0) for day in (1, 2, 3, 4, 5, 6, 7, 8, 10, 11, 15, 18, 19)]
    excused = {january(16): ExcusedKind.outage}
    whole = snapshots(days, None, excused, policy)
    for place in range(1, len(days)):
        assert snapshots(days[place:], whole[place - 1], excused, policy) == whole[place:]


def test_without_snapshots_history_is_all_zeros(policy: StreakPolicy) -> None:
    assert snapshots([], None, {}, policy) == []
    assert history(january(1), january(2), []) == [
        HistoryDay(january(1), NO_SUMS, NO_SUMS, 0, 0),
        HistoryDay(january(2), NO_SUMS, NO_SUMS, 0, 0),
    ]
    assert history(january(2), january(1), []) == []


def test_a_snapshot_has_what_the_next_one_needs(policy: StreakPolicy) -> None:
    (taken,) = snapshots([active(1)], None, {}, policy)
    assert taken.streak == StreakState(run=1, longest=1, last_met_day=january(1), freezes=0, progress=1)
    assert snapshots([active(2)], taken, {}, policy)[0].streak.run == 2


def test_a_running_total_counts_what_came_before_and_on_each_day() -> None:
    added = {january(9): 2, january(3): 1, january(12): 4}
    assert running_total(added, [january(day) for day in (2, 3, 8, 9, 10, 12, 13)]) == [0, 1, 1, 3, 3, 7, 7]
    assert running_total({}, [january(1)]) == [0]
