"""The sums of planned days, by category and in total."""

from datetime import date

from milepost.rules.days.calendar import ZoneHistory
from milepost.rules.planner.minute_spans import LocalDays, Span
from milepost.rules.planner.planner_days import ALL, UNCATEGORISED, Planned, PlannerSums, planner_days

MONDAY, TUESDAY = date(1970, 1, 5), date(1970, 1, 6)
START = 4 * 1_440
WEEK = LocalDays.of(ZoneHistory.always("UTC"), Span(START - 1_440, START + 7 * 1_440))


def on_monday(start_hour: float, end_hour: float) -> Span:
    """A span on that Monday; hours beyond 24 are on Tuesday."""
    return Span(START + round(start_hour * 60), START + round(end_hour * 60))


def days(*tasks: Planned, focus: tuple[Span, ...] = ()) -> dict[tuple[date, str], PlannerSums]:
    """The sums of Monday and Tuesday."""
    return planner_days(tasks, focus, WEEK, {MONDAY, TUESDAY})


def test_no_plans_are_no_rows() -> None:
    assert days() == {}


def test_slots_of_one_task_are_merged_and_slots_of_two_tasks_each_count() -> None:
    twice = Planned("work", [on_monday(9, 11), on_monday(10, 12)], None, None)
    other = Planned(UNCATEGORISED, [on_monday(9, 10)], None, None)
    assert days(twice, other) == {
        (MONDAY, ALL): PlannerSums(scheduled_minutes=240),
        (MONDAY, "work"): PlannerSums(scheduled_minutes=180),
        (MONDAY, UNCATEGORISED): PlannerSums(scheduled_minutes=60),
    }


def test_a_slot_over_midnight_is_divided() -> None:
    assert days(Planned("work", [on_monday(23, 26)], None, None)) == {
        (MONDAY, ALL): PlannerSums(scheduled_minutes=60),
        (MONDAY, "work"): PlannerSums(scheduled_minutes=60),
        (TUESDAY, ALL): PlannerSums(scheduled_minutes=120),
        (TUESDAY, "work"): PlannerSums(scheduled_minutes=120),
    }


def test_focus_minutes_are_scheduled_minutes_in_focus_slots_counted_once() -> None:
    work = Planned("work", [on_monday(9, 11)], None, None)
    study = Planned("study", [on_monday(10, 12)], None, None)
    sums = days(work, study, focus=(on_monday(10, 11.5), on_monday(11, 13)))
    assert sums == {
        (MONDAY, ALL): PlannerSums(scheduled_minutes=240, focus_minutes=120, focus_slot_minutes=180),
        (MONDAY, "work"): PlannerSums(scheduled_minutes=120, focus_minutes=60),
        (MONDAY, "study"): PlannerSums(scheduled_minutes=120, focus_minutes=120),
    }


def test_focus_slots_alone_make_a_row() -> None:
    assert days(focus=(on_monday(9, 10),)) == {(MONDAY, ALL): PlannerSums(focus_slot_minutes=60)}


def test_a_task_counts_on_the_day_it_was_completed_and_on_the_day_it_was_due() -> None:
    done = Planned("work", [on_monday(9, 10)], TUESDAY, MONDAY)
    open_still = Planned("work", [], None, MONDAY)
    on_monday_sums = PlannerSums(scheduled_minutes=60, completed_scheduled_minutes=60, due_n=2, due_completed_n=1)
    assert days(done, open_still) == {
        (MONDAY, ALL): on_monday_sums,
        (MONDAY, "work"): on_monday_sums,
        (TUESDAY, ALL): PlannerSums(completed_n=1),
        (TUESDAY, "work"): PlannerSums(completed_n=1),
    }


def test_other_days_are_left_out() -> None:
    far = Planned("work", [on_monday(72, 73)], date(1970, 1, 20), date(1970, 1, 21))
    assert days(far) == {}
