"""Work that grows with what a learner has, and never with the product of two lists: counted in calls, not in time."""

import sys
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from types import FrameType

from milepost.queries.goals.rows import goal_from_json
from milepost.rules.days.calendar import ZoneHistory, ZonePeriod
from milepost.rules.planner.minute_spans import LocalDays, Span, dates, intersection, minute_of
from milepost.rules.planner.planner_days import Planned, planner_days
from milepost.rules.spaces import GoalState, KindSums, SpaceState, goal_progress, goals_progress
from milepost.settings import load_policy

POLICY = load_policy()


def calls(work: Callable[[], object]) -> int:
    """The number of calls, of Python and of C, that `work` makes."""
    count = 0

    def note(_frame: FrameType, event: str, _argument: object) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    sys.setprofile(note)
    try:
        work()
    finally:
        sys.setprofile(None)
    return count


def space(number: int) -> SpaceState:
    return SpaceState(997 - number, 9_991 - number, 3, number % 4, [KindSums("task", "completed", 60 * number, 1, 500)])


def test_spaces_are_computed_once_for_all_goals_that_share_them() -> None:
    spaces = [space(number) for number in range(200)]
    goals = [GoalState([spaces[(4 * place + number) % 200] for place in range(50)]) for number in range(200)]
    one_goal = calls(lambda: goal_progress(GoalState(spaces[:50]), POLICY.spaces, POLICY.composite_goals))
    all_goals = calls(lambda: goals_progress(goals, POLICY.spaces, POLICY.composite_goals))
    # Four times the spaces of one goal, and a little for each goal: not two hundred times as much.
    assert all_goals < 20 * one_goal


def test_goals_that_share_spaces_have_the_progress_of_each_alone() -> None:
    spaces = [space(number) for number in range(20)]
    goals = [GoalState(spaces[number : number + 9], 2, 1, number) for number in range(11)]
    alone = [goal_progress(goal, POLICY.spaces, POLICY.composite_goals) for goal in goals]
    assert goals_progress(goals, POLICY.spaces, POLICY.composite_goals) == alone


def test_an_intersection_does_not_walk_through_what_it_skips() -> None:
    long = [Span(10 * number, 10 * number + 5) for number in range(10_000)]
    short = [Span(50_003, 50_012), Span(70_000, 70_001)]
    assert intersection(short, long) == [Span(50_003, 50_005), Span(50_010, 50_012), Span(70_000, 70_001)]
    assert calls(lambda: intersection(short, long)) < 200


def test_the_dates_of_a_slot_do_not_walk_through_all_zones_of_a_learner() -> None:
    first = datetime(2026, 1, 1, tzinfo=UTC)
    moves = [ZonePeriod(first + timedelta(days=n), "Asia/Tokyo" if n % 2 else "UTC") for n in range(500)]
    often, never = ZoneHistory((ZonePeriod(None, "UTC"), *moves)), ZoneHistory.always("UTC")
    low = minute_of(first + timedelta(days=400, hours=23, minutes=45))
    # A move to the east in the middle: the date changes, and a move that lies on the end of the slot does not count.
    slot = [Span(low, low + 15), Span(low + 15, low + 30)]
    assert dates(often, slot) == {date(2027, 2, 5), date(2027, 2, 6)}
    assert calls(lambda: dates(often, slot)) < 2 * calls(lambda: dates(never, slot))


def test_planner_days_with_many_categories_and_many_focus_slots() -> None:
    first = date(2026, 3, 1)
    days = [first + timedelta(days=number) for number in range(30)]
    low = minute_of(datetime(2026, 3, 1, tzinfo=UTC))
    local_days = LocalDays.of(ZoneHistory.always("UTC"), Span(low, low + 30 * 1_440))
    focus = [Span(low + 14 * number, low + 14 * number + 7) for number in range(3_000)]

    def work(categories: int) -> int:
        tasks = [
            Planned(f"category {number}", [Span(low + 200 * number, low + 200 * number + 30)], None, None)
            for number in range(categories)
        ]
        return calls(lambda: planner_days(tasks, focus, local_days, days))

    assert work(200) - work(100) <= 1.2 * (work(100) - work(0))
    # A category costs some dozens of calls, and never one for each of the 3,000 focus slots.
    assert work(200) - work(0) < 100 * 200


def test_versions_of_a_goal_are_made_when_they_are_looked_at() -> None:
    head = '["00000000-0000-0000-0000-000000000001", "Read", "minutes", "daily", null, "", "'
    first = date(2025, 1, 1)

    def goal(versions: int) -> str:
        return head + ",".join(f"{first + timedelta(days=n)} {n + 1} 0" for n in range(versions)) + '"]'

    few, many = goal(4), goal(400)
    assert calls(lambda: goal_from_json(many)) == calls(lambda: goal_from_json(few))
    read = goal_from_json(many)
    assert [(version.from_day, version.target) for version in read.versions[:2]] == [
        (date(2025, 1, 1), 1),
        (date(2025, 1, 2), 2),
    ]
    assert (len(read.versions), read.target_value) == (400, 400)
    on_the_tenth = read.version_on(date(2025, 1, 10))
    assert on_the_tenth is not None
    assert on_the_tenth.target == 10
    assert read.version_on(date(2024, 12, 31)) is None
