"""Versions of goals, worked out by hand: which one judges a period, and the periods that a goal does not apply to."""

from datetime import date, timedelta
from fractions import Fraction
from uuid import UUID

import pytest

from milepost.rules.days.periods import Days
from milepost.rules.goals import (
    Goal,
    GoalVersion,
    PeriodTerms,
    StoredPeriod,
    TargetType,
    TimePeriod,
    brought_back,
    change_after_write,
    goal_fault,
    period_of,
    period_terms,
    status,
    with_version,
)


def march(day: int) -> date:
    """A day of March 2026, which begins on a Sunday; 32 is the first of April."""
    return date(2026, 2, 28) + timedelta(days=day)


def version(day: int, target: int, *, archived: bool = False) -> GoalVersion:
    """A version from a day of March on."""
    return GoalVersion(march(day), target, archived)


def goal(*versions: GoalVersion, time_period: TimePeriod = "daily", target_type: TargetType = "minutes") -> Goal:
    """A goal with these versions."""
    return Goal(UUID(int=1), "Deep Work", target_type, time_period, None, "", versions)


CHANGED = goal(version(10, 90), version(12, 45), version(15, 45, archived=True), version(18, 60))


@pytest.mark.parametrize(
    ("day", "today", "target", "is_applicable"),
    [
        (9, 20, 90, False),  # before the goal was made
        (10, 20, 90, True),
        (11, 12, 90, True),  # the target was lowered a moment after midnight
        (11, 40, 90, True),  # however late it is looked at
        (12, 12, 45, True),
        (14, 15, 45, True),  # archived a moment after midnight
        (15, 15, 45, False),
        (17, 30, 45, False),  # revived later
        (18, 30, 60, True),
        (20, 30, 60, True),
        (20, 11, 90, True),  # ahead of today: by today's version
    ],
)
def test_a_day_is_judged_by_the_version_in_force_on_it(day: int, today: int, target: int, is_applicable: bool) -> None:
    terms = period_terms(CHANGED, period_of("daily", march(day)), march(today))
    assert (terms.target, terms.is_applicable, terms.is_open) == (target, is_applicable, today <= day)


@pytest.mark.parametrize(
    ("today", "target", "is_applicable"),
    [(9, 90, False), (10, 90, True), (12, 45, True), (14, 45, True), (15, 45, False), (16, 45, False), (40, 45, False)],
)
def test_an_open_week_is_judged_by_todays_version_and_then_by_that_of_its_last_day(
    today: int, target: int, is_applicable: bool
) -> None:
    weekly = goal(*CHANGED.versions, time_period="weekly")
    terms = period_terms(weekly, Days(march(9), march(15)), march(today))
    assert (terms.target, terms.is_applicable) == (target, is_applicable)


def test_a_week_in_which_a_goal_was_archived_and_revived_counts() -> None:
    weekly = goal(*CHANGED.versions, time_period="weekly")
    assert period_terms(weekly, Days(march(16), march(22)), march(40))[:2] == (60, True)


@pytest.mark.parametrize(
    ("day", "done", "expected"),
    [
        (9, 100, "not_applicable"),
        (9, 0, "not_applicable"),
        (11, 89, "missed"),
        (11, 90, "achieved"),
        (13, 45, "achieved"),
        (16, 0, "not_applicable"),
        (16, 100, "not_applicable"),
        (18, 59, "missed"),
    ],
)
def test_how_days_of_a_goal_with_versions_stand(day: int, done: int, expected: str) -> None:
    terms = period_terms(CHANGED, period_of("daily", march(day)), march(30))
    assert status(CHANGED, Fraction(done), terms) == expected


def test_a_day_before_the_goal_or_while_it_was_archived_is_never_met() -> None:
    for day in (9, 16):
        terms = period_terms(CHANGED, period_of("daily", march(day)), march(30))
        assert change_after_write(CHANGED, Fraction(100), None, terms) is None
    terms = period_terms(CHANGED, period_of("daily", march(16)), march(30))
    assert status(CHANGED, Fraction(0), terms, is_met=True) == "achieved", "met stays met"


def test_a_period_that_is_over_is_met_by_the_target_it_had() -> None:
    terms = period_terms(CHANGED, period_of("daily", march(11)), march(30))
    assert change_after_write(CHANGED, Fraction(89), None, terms) is None
    change = change_after_write(CHANGED, Fraction(90), None, terms)
    assert change is not None
    assert (change.target, change.is_newly_met) == (90, True)


def test_a_date_that_never_was_cannot_be_missed() -> None:
    terms = period_terms(goal(version(1, 5)), period_of("daily", march(10)), march(20), {march(10)})
    assert status(goal(version(1, 5)), Fraction(0), terms) == "not_applicable"
    assert status(goal(version(1, 5)), Fraction(9), terms) == "not_applicable"
    there = period_terms(goal(version(1, 5)), period_of("daily", march(11)), march(20), {march(10)})
    assert status(goal(version(1, 5)), Fraction(0), there) == "missed"


@pytest.mark.parametrize(
    ("today", "expected"),
    [
        (9, PeriodTerms(70, True, True, 6, 0)),
        (11, PeriodTerms(70, True, True, 6, 2)),
        (13, PeriodTerms(70, True, True, 6, 3)),  # the 12th never was
        (15, PeriodTerms(70, True, True, 6, 5)),
        (16, PeriodTerms(70, True, False, 6, 6)),
        (8, PeriodTerms(70, True, True, 6, 0)),
    ],
)
def test_a_week_counts_the_dates_that_existed(today: int, expected: PeriodTerms) -> None:
    weekly = goal(version(1, 70), time_period="weekly")
    assert period_terms(weekly, Days(march(9), march(15)), march(today), {march(12), march(2)}) == expected


def test_a_target_of_active_days_is_at_most_the_days_that_existed() -> None:
    monthly = goal(GoalVersion(date(2026, 1, 1), 31), time_period="monthly", target_type="active_days")
    february = Days(date(2026, 2, 1), date(2026, 2, 28))
    assert period_terms(monthly, february, march(1)).target == 28
    assert period_terms(monthly, february, march(1), {date(2026, 2, 3)}).target == 27
    assert period_terms(monthly, Days(march(1), march(31)), march(1)).target == 31
    points = goal(GoalVersion(date(2026, 1, 1), 31), time_period="monthly", target_type="points")
    assert period_terms(points, february, march(1)).target == 31


def test_of_several_changes_on_a_day_the_last_counts() -> None:
    first = (version(10, 90),)
    lowered = with_version(first, version(12, 45))
    assert lowered == (version(10, 90), version(12, 45))
    assert with_version(lowered, version(12, 60)) == (version(10, 90), version(12, 60))
    assert with_version(lowered, version(12, 90)) == first, "nothing has changed"
    assert with_version(lowered, version(12, 45, archived=True)) == (*first, version(12, 45, archived=True))
    assert with_version(first, version(10, 45)) == (version(10, 45),)
    assert with_version(first, version(20, 90)) == first


def test_a_change_replaces_versions_of_dates_that_have_not_come() -> None:
    assert with_version((version(10, 90), version(12, 45)), version(11, 60)) == (version(10, 90), version(11, 60))


def test_after_a_flight_west_the_newest_version_is_in_force_on_the_date_that_came_back() -> None:
    assert brought_back((version(10, 90), version(12, 45)), march(11)) == (version(10, 90), version(11, 45))
    assert brought_back((version(12, 45),), march(11)) == (version(11, 45),)
    assert brought_back((version(10, 90), version(12, 90, archived=True)), march(11)) == (
        version(10, 90),
        version(11, 90, archived=True),
    )
    assert brought_back((version(10, 90), version(11, 45)), march(11)) == (version(10, 90), version(11, 45))


def test_a_period_closed_before_its_date_came_back_is_met_by_todays_target() -> None:
    daily = goal(version(10, 90), version(11, 45))
    terms = period_terms(daily, period_of("daily", march(11)), march(11))
    closed = StoredPeriod(90, 50, 55.56, is_applicable=True, is_met=False, is_closed=True)
    change = change_after_write(daily, Fraction(50), closed, terms)
    assert change is not None
    assert (change.target, change.is_newly_met, change.is_revised) == (45, True, False)


@pytest.mark.parametrize(("time_period", "most"), [("daily", 1), ("weekly", 7), ("monthly", 31)])
def test_active_days_are_at_most_the_days_of_the_longest_period(time_period: TimePeriod, most: int) -> None:
    assert goal_fault("active_days", time_period, most, has_category=False, has_topic=False) is None
    assert goal_fault("active_days", time_period, most + 1, has_category=False, has_topic=False) == "active_days"
    assert goal_fault("exercises", time_period, most + 1, has_category=False, has_topic=False) is None


@pytest.mark.parametrize(("done", "expected"), [(0, "not_started"), (1, "on_track"), (89, "on_track")])
def test_a_daily_goal_with_some_progress_is_on_track_until_its_day_is_over(done: int, expected: str) -> None:
    daily, day = goal(version(10, 90)), period_of("daily", march(10))
    assert status(daily, Fraction(done), period_terms(daily, day, march(10))) == expected
    assert status(daily, Fraction(done), period_terms(daily, day, march(11))) == "missed"
