"""Periodic goals, worked out by hand: periods, what counts, percent, status, and what a commit stores."""

from dataclasses import replace
from datetime import date
from fractions import Fraction
from itertools import permutations
from uuid import UUID

import pytest

from milepost.rules.days.periods import Days
from milepost.rules.goals import (
    Goal,
    GoalFault,
    GoalProgress,
    GoalSums,
    GoalVersion,
    PeriodChange,
    PeriodTerms,
    Status,
    StoredPeriod,
    TargetType,
    TimePeriod,
    achieved,
    achieved_value,
    change_after_write,
    change_at_close,
    following,
    goal_fault,
    next_to_reach,
    percent_complete,
    period_of,
    period_terms,
    preceding,
    progress,
    status,
)

MONDAY = date(2025, 5, 26)
WEEK = Days(MONDAY, date(2025, 6, 1))


def goal(target_type: TargetType = "minutes", target: int = 600, time_period: TimePeriod = "weekly") -> Goal:
    """A goal of 600 minutes a week, unless said otherwise."""
    return Goal(UUID(int=1), "Deep Work", target_type, time_period, None, "", (GoalVersion(MONDAY, target),))


def stands(of: Goal, done: Fraction | None, day: int, *, days: Days = WEEK, is_met: bool = False) -> Status:
    """The status of that week, or of other days, on a day of it (`week_of`)."""
    return status(of, done, period_terms(of, days, week_of(day)), is_met=is_met)


def week_of(day: int) -> date:
    """A day of that week: 1 is Monday, 8 the Monday after."""
    return date.fromordinal(MONDAY.toordinal() + day - 1)


@pytest.mark.parametrize(
    ("time_period", "day", "first", "last"),
    [
        ("daily", date(2026, 3, 10), date(2026, 3, 10), date(2026, 3, 10)),
        ("weekly", date(2025, 5, 26), date(2025, 5, 26), date(2025, 6, 1)),
        ("weekly", date(2025, 6, 1), date(2025, 5, 26), date(2025, 6, 1)),
        ("weekly", date(2025, 6, 2), date(2025, 6, 2), date(2025, 6, 8)),
        ("weekly", date(2026, 1, 1), date(2025, 12, 29), date(2026, 1, 4)),
        ("monthly", date(2026, 2, 1), date(2026, 2, 1), date(2026, 2, 28)),
        ("monthly", date(2028, 2, 29), date(2028, 2, 1), date(2028, 2, 29)),
        ("monthly", date(2026, 12, 31), date(2026, 12, 1), date(2026, 12, 31)),
    ],
)
def test_periods_are_days_iso_weeks_and_calendar_months(
    time_period: TimePeriod, day: date, first: date, last: date
) -> None:
    assert period_of(time_period, day) == Days(first, last)
    assert goal(time_period=time_period).period_of(day) == Days(first, last)


@pytest.mark.parametrize(
    ("time_period", "day", "before", "after"),
    [
        (
            "daily",
            date(2026, 1, 1),
            Days(date(2025, 12, 31), date(2025, 12, 31)),
            Days(date(2026, 1, 2), date(2026, 1, 2)),
        ),
        ("weekly", MONDAY, Days(date(2025, 5, 19), date(2025, 5, 25)), Days(date(2025, 6, 2), date(2025, 6, 8))),
        (
            "monthly",
            date(2026, 1, 9),
            Days(date(2025, 12, 1), date(2025, 12, 31)),
            Days(date(2026, 2, 1), date(2026, 2, 28)),
        ),
    ],
)
def test_periods_follow_each_other_without_a_gap(time_period: TimePeriod, day: date, before: Days, after: Days) -> None:
    days = period_of(time_period, day)
    assert preceding(time_period, days) == before
    assert following(time_period, days) == after


@pytest.mark.parametrize(
    ("target_type", "value", "has_category", "has_topic", "expected"),
    [
        ("active_days", 7, False, False, None),
        ("active_days", 8, False, False, "active_days"),
        ("minutes", 600, True, False, None),
        ("minutes", 600, False, True, None),
        ("minutes", 600, True, True, "category_and_topic"),
        ("percentage", 99, False, False, None),
        ("percentage", 100, True, False, None),
        ("percentage", 101, False, False, "percentage"),
        ("percentage", 50, False, True, "topic"),
        ("task_count", 101, True, False, None),
        ("task_count", 1, False, True, "topic"),
        ("exercises", 101, False, True, None),
        ("exercises", 1, True, False, "category"),
        ("points", 1, True, False, "category"),
        ("points", 1, False, True, None),
        ("active_days", 1, True, False, "category"),
        ("active_days", 1, False, True, None),
    ],
)
def test_tasks_have_categories_and_activities_topics(
    target_type: TargetType, value: int, has_category: bool, has_topic: bool, expected: GoalFault | None
) -> None:
    assert goal_fault(target_type, "weekly", value, has_category=has_category, has_topic=has_topic) == expected


@pytest.mark.parametrize(
    ("target_type", "done", "shown"),
    [
        ("minutes", Fraction(91), 91),  # 90 of completed tasks, and 119 seconds outside tasks
        ("percentage", Fraction(200, 3), 66),
        ("task_count", Fraction(4), 4),
        ("exercises", Fraction(17), 17),
        ("points", Fraction(230), 230),
        ("active_days", Fraction(5), 5),
    ],
)
def test_each_kind_counts_its_own(target_type: TargetType, done: Fraction, shown: int) -> None:
    measured = GoalSums(135, 90, 4, 119, 17, 230, 5)
    assert achieved(target_type, measured) == done
    assert achieved_value(done) == shown


@pytest.mark.parametrize(("seconds", "minutes"), [(59, 0), (60, 1), (61, 1), (119, 1), (120, 2)])
def test_minutes_are_whole(seconds: int, minutes: int) -> None:
    assert achieved("minutes", GoalSums(seconds=seconds)) == minutes


def test_a_percentage_of_nothing_is_none() -> None:
    assert achieved("percentage", GoalSums(seconds=600, exercises=3)) is None
    assert achieved("percentage", GoalSums(scheduled=1)) == 0
    assert achieved("percentage", GoalSums(scheduled=60, completed_scheduled=60)) == 100
    assert (achieved_value(None), percent_complete(None, 80)) == (0, 0.0)


@pytest.mark.parametrize(
    ("done", "target", "expected"),
    [
        (480, 600, 80.0),
        (0, 600, 0.0),
        (1, 3, 33.33),
        (2, 3, 66.67),
        (1, 800, 0.13),  # 0.125: halves up
        (Fraction(200, 3), 80, 83.33),
        (999, 100, 999.0),
        (9_999_899, 1_000_000, 999.99),
        (10, 1, 999.99),
        (1_000_000, 1, 999.99),
        (99_999, 100_000, 99.99),
        (9_999_999, 10**7, 99.99),
        (Fraction(99_999, 1_000), 100, 99.99),
        (1, 10**6, 0.01),
        (10**7 + 1, 10**7, 100.0),
    ],
)
def test_percent_has_two_decimals_and_an_end(done: Fraction, target: int, expected: float) -> None:
    assert percent_complete(Fraction(done), target) == expected


@pytest.mark.parametrize(
    ("done", "day", "expected"),
    [
        # The seed's example: 480 of 600 are four fifths of a week.
        (480, 5, "on_track"),
        (480, 6, "on_track"),
        (428, 6, "behind"),  # five sevenths of 600 are 428.6
        (429, 6, "on_track"),
        (0, 1, "not_started"),
        (0, 7, "not_started"),
        (1, 1, "on_track"),  # no day of the week is over
        (85, 2, "behind"),  # a seventh of 600 is 85.7
        (86, 2, "on_track"),
        (514, 7, "behind"),  # six sevenths are 514.3
        (515, 7, "on_track"),
        (600, 7, "achieved"),
        (601, 7, "achieved"),
        (600, 1, "achieved"),
        (0, 8, "missed"),
        (599, 8, "missed"),
        (600, 8, "achieved"),
        (601, 8, "achieved"),
    ],
)
def test_how_a_period_stands(done: int, day: int, expected: Status) -> None:
    assert stands(goal(), Fraction(done), day) == expected


@pytest.mark.parametrize(("done", "expected"), [(279, "behind"), (280, "on_track"), (281, "on_track")])
def test_exactly_the_share_that_is_over_is_on_track(done: int, expected: Status) -> None:
    month, monthly = period_of("monthly", date(2026, 4, 15)), goal(time_period="monthly")
    assert status(monthly, Fraction(done), period_terms(monthly, month, date(2026, 4, 15))) == expected


def test_a_percentage_is_compared_exactly_and_achieved_only_when_the_period_is_over() -> None:
    everything = goal("percentage", 100)
    assert stands(everything, Fraction(100, 7), 2) == "on_track"
    assert stands(everything, Fraction(100, 7) - Fraction(1, 10**9), 2) == "behind"
    assert stands(everything, Fraction(100), 7) == "on_track"
    assert stands(everything, Fraction(100), 8) == "achieved"
    assert stands(everything, Fraction(99), 8) == "missed"
    assert stands(everything, Fraction(0), 7) == "not_started"
    assert stands(everything, None, 7) == "not_applicable"
    assert stands(everything, None, 8) == "not_applicable"


def test_met_stays_met() -> None:
    assert stands(goal(), Fraction(3), 3, is_met=True) == "achieved"
    assert stands(goal(), Fraction(0), 9, is_met=True) == "achieved"
    assert stands(goal("percentage", 80), None, 9, is_met=True) == "achieved"


def terms_on(of: Goal, day: int) -> PeriodTerms:
    """How that week is judged on a day of it."""
    return period_terms(of, WEEK, week_of(day))


def period(
    target: int, value: int, percent: float, *, applicable: bool = True, met: bool = False, closed: bool = True
) -> StoredPeriod:
    """A stored period."""
    return StoredPeriod(target, value, percent, applicable, met, closed)


@pytest.mark.parametrize(
    ("stored", "expected"),
    [
        (period(600, 599, 99.83), "missed"),
        (period(600, 600, 100.0, met=True), "achieved"),
        (period(600, 3, 0.5, met=True), "achieved"),
        (period(80, 0, 0.0, applicable=False), "not_applicable"),
        (period(80, 0, 0.0, applicable=False, met=True), "achieved"),
    ],
)
def test_a_closed_period_is_shown_as_it_is_kept(stored: StoredPeriod, expected: Status) -> None:
    shown = progress(goal(), WEEK, Fraction(7), stored, terms_on(goal(), 9))
    assert shown == GoalProgress(goal(), WEEK, stored.target, stored.value, stored.percent, expected)


@pytest.mark.parametrize(
    ("done", "stored", "expected"),
    [
        (Fraction(480), None, (600, 480, 80.0, "on_track")),
        (Fraction(480), period(500, 300, 60.0, closed=False), (600, 480, 80.0, "on_track")),
        (Fraction(480), period(400, 400, 100.0, met=True, closed=False), (600, 480, 80.0, "achieved")),
        (None, None, (600, 0, 0.0, "not_applicable")),
    ],
)
def test_an_open_period_is_shown_by_what_was_done_and_the_target_of_now(
    done: Fraction | None, stored: StoredPeriod | None, expected: tuple[int, int, float, Status]
) -> None:
    assert progress(goal(), WEEK, done, stored, terms_on(goal(), 5)) == GoalProgress(goal(), WEEK, *expected)


def test_a_closed_period_that_is_open_again_is_shown_by_what_was_done() -> None:
    """After a flight west the date came back: neither the stored value nor the target of its closing counts."""
    shown = progress(goal(), WEEK, Fraction(480), period(500, 300, 60.0), terms_on(goal(), 5))
    assert shown == GoalProgress(goal(), WEEK, 600, 480, 80.0, "on_track")


def test_next_to_reach_is_the_open_one_that_lacks_least() -> None:
    def shown(percent: float, status: Status, days: Days = WEEK) -> GoalProgress:
        return GoalProgress(goal(), days, 600, 0, percent, status)

    sooner = Days(MONDAY, MONDAY)
    assert next_to_reach([]) is None
    assert next_to_reach([shown(100, "achieved"), shown(99, "missed"), shown(0, "not_applicable")]) is None
    assert next_to_reach([shown(100, "achieved"), shown(0, "not_started")]) == shown(0, "not_started")
    assert next_to_reach([shown(30, "behind"), shown(80, "on_track"), shown(79, "behind")]) == shown(80, "on_track")
    assert next_to_reach([shown(30, "behind"), shown(30, "behind", sooner)]) == shown(30, "behind", sooner)
    named = [shown(0, "behind")._replace(goal=replace(goal(), name=name)) for name in ("Beta", "Alpha", "Gamma")]
    assert {next_to_reach(order) for order in permutations(named)} == {named[1]}


def test_next_to_reach_has_not_reached_its_target() -> None:
    def open_percentage(done: Fraction) -> GoalProgress:
        percentage = goal("percentage", 50)
        return progress(percentage, WEEK, done, None, terms_on(percentage, 5))

    beyond, exactly, below = (open_percentage(Fraction(done)) for done in (60, 50, Fraction(499_999, 10_000)))
    assert (beyond.percent, beyond.status) == (120.0, "on_track")
    assert next_to_reach([beyond, exactly]) is None
    assert next_to_reach([beyond, exactly, below]) == below
    assert below.percent == 99.99


@pytest.mark.parametrize(
    ("goal_type", "target", "done"),
    [("points", 100_000, 99_999), ("minutes", 50_000, 49_999), ("percentage", 100, Fraction(99_999, 1_000))],
)
def test_a_missed_period_is_never_shown_as_whole(goal_type: TargetType, target: int, done: Fraction) -> None:
    terms = terms_on(goal(goal_type, target), 9)
    closed = change_at_close(Fraction(done), None, terms)
    assert (closed.percent, closed.is_newly_met) == (99.99, False)
    # Rows that were closed when percentages were still rounded up.
    stored = period(target, closed.value, 100.0)
    shown = progress(goal(goal_type, target), WEEK, Fraction(done), stored, terms)
    assert (shown.percent, shown.status) == (99.99, "missed")


MET = PeriodChange(600, 600, 100.0, is_applicable=True, is_newly_met=True, is_revised=False)


@pytest.mark.parametrize(
    ("done", "stored", "expected"),
    [
        (599, None, None),
        (600, None, MET),
        (601, None, MET._replace(value=601, percent=100.17)),
        (600, period(600, 200, 33.33, closed=False), MET),
        (700, period(600, 600, 100.0, met=True, closed=False), None),
        (0, period(600, 600, 100.0, met=True, closed=False), None),
        (600, period(900, 900, 100.0, met=True, closed=False), None),
    ],
)
def test_a_growing_target_is_met_once_by_the_commit_that_reaches_it(
    done: int, stored: StoredPeriod | None, expected: PeriodChange | None
) -> None:
    assert change_after_write(goal(), Fraction(done), stored, terms_on(goal(), 5)) == expected


@pytest.mark.parametrize(
    ("done", "stored", "expected"),
    [
        (500, period(500, 500, 100.0, met=True), None),
        (450, period(500, 500, 100.0, met=True), PeriodChange(500, 450, 90.0, True, False, True)),
        (499, period(500, 300, 60.0), PeriodChange(500, 499, 99.8, True, False, True)),
        (500, period(500, 300, 60.0), PeriodChange(500, 500, 100.0, True, True, True)),
        (501, period(500, 300, 60.0), PeriodChange(500, 501, 100.2, True, True, True)),
        (300, period(500, 300, 60.0), None),
        # Reached, but not marked as met when it was closed: the next write marks it.
        (500, period(500, 500, 100.0), PeriodChange(500, 500, 100.0, True, True, True)),
    ],
)
def test_late_input_revises_a_closed_period_by_its_own_target(
    done: int, stored: StoredPeriod, expected: PeriodChange | None
) -> None:
    assert change_after_write(goal(target=600), Fraction(done), stored, terms_on(goal(), 9)) == expected


def test_a_percentage_is_met_only_when_its_period_is_closed() -> None:
    percentage = goal("percentage", 80)
    is_open, is_over = terms_on(percentage, 5), terms_on(percentage, 9)
    assert change_after_write(percentage, Fraction(100), None, is_open) is None
    assert change_after_write(percentage, Fraction(100), period(80, 50, 62.5, closed=False), is_open) is None
    assert change_after_write(percentage, None, period(80, 0, 0.0, applicable=False), is_over) is None
    assert change_after_write(percentage, Fraction(80), period(80, 50, 62.5), is_over) == PeriodChange(
        80, 80, 100.0, True, True, True
    )
    assert change_after_write(percentage, None, period(80, 50, 62.5), is_over) == PeriodChange(
        80, 0, 0.0, False, False, True
    )
    assert change_after_write(percentage, Fraction(200, 3), period(80, 66, 82.5), is_over) == PeriodChange(
        80, 66, 83.33, True, False, True
    )


@pytest.mark.parametrize(
    ("target_type", "done", "stored", "expected"),
    [
        ("minutes", Fraction(599), None, PeriodChange(600, 599, 99.83, True, False, False)),
        ("minutes", Fraction(600), None, PeriodChange(600, 600, 100.0, True, True, False)),
        ("minutes", Fraction(601), None, PeriodChange(600, 601, 100.17, True, True, False)),
        ("minutes", Fraction(0), None, PeriodChange(600, 0, 0.0, True, False, False)),
        (
            "minutes",
            Fraction(5),
            period(600, 600, 100.0, met=True, closed=False),
            PeriodChange(600, 5, 0.83, True, False, False),
        ),
        ("percentage", Fraction(600), None, PeriodChange(600, 600, 100.0, True, True, False)),
        ("percentage", None, None, PeriodChange(600, 0, 0.0, False, False, False)),
    ],
)
def test_closing_keeps_what_was_achieved_and_meets_what_was_reached(
    target_type: TargetType, done: Fraction | None, stored: StoredPeriod | None, expected: PeriodChange
) -> None:
    assert change_at_close(done, stored, terms_on(goal(target_type), 9)) == expected
