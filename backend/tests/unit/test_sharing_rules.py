"""Rules of shares: whether a link works, the year as levels, and texts that a font can draw."""

from datetime import date, timedelta

import pytest

from milepost.rules.sharing import (
    ShareField,
    ShareKind,
    SharePlan,
    drawable,
    first_day_shown,
    heatmap,
    share_failures,
    share_state,
)

TODAY = date(2026, 3, 10)
"""A Tuesday."""
LATIN = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyzéŽ .,'-0123456789")


@pytest.mark.parametrize(
    ("kind", "code", "fields", "ends_on", "failures"),
    [
        ("badge", "first", (), None, []),
        ("badge", "first", ("display_name",), TODAY, []),
        ("progress", None, ("points",), None, []),
        ("badge", None, (), None, ["code_missing"]),
        ("badge", "first", ("points",), None, ["field_not_allowed"]),
        ("progress", "first", (), None, ["code_not_allowed", "fields_missing"]),
        ("progress", None, ("points", "minutes", "points"), None, ["field_repeated"]),
        ("progress", None, ("points",), date(2026, 3, 9), ["ends_in_the_past"]),
    ],
)
def test_plans_that_are_impossible_say_everything_that_is_wrong(
    kind: ShareKind, code: str | None, fields: tuple[ShareField, ...], ends_on: date | None, failures: list[str]
) -> None:
    assert share_failures(SharePlan(kind, code, fields, ends_on), TODAY) == failures


@pytest.mark.parametrize(
    ("ends_on", "is_quiet", "is_badge_shown", "state"),
    [
        (None, False, True, "open"),
        (date(2026, 3, 10), False, True, "open"),
        (date(2026, 3, 9), False, True, "ended"),
        (None, True, True, "quiet"),
        (None, False, False, "badge_not_shown"),
        (date(2026, 3, 9), True, False, "ended"),
        (None, True, False, "quiet"),
    ],
)
def test_a_link_works_through_its_last_day(
    ends_on: date | None, is_quiet: bool, is_badge_shown: bool, state: str
) -> None:
    assert share_state(ends_on, TODAY, is_quiet=is_quiet, is_badge_shown=is_badge_shown) == state


def test_the_year_has_53_weeks_and_ends_today() -> None:
    weeks = heatmap({}, TODAY)
    assert first_day_shown(TODAY) == date(2025, 3, 10)
    assert len(weeks) == 53
    assert weeks[0][0].day == date(2025, 3, 10)
    assert [len(week) for week in weeks] == [7] * 52 + [2]
    assert weeks[-1][-1].day == TODAY
    assert {day.level for week in weeks for day in week} == {0}


def test_on_a_sunday_the_last_week_is_whole() -> None:
    weeks = heatmap({}, date(2026, 3, 15))
    assert [len(week) for week in weeks] == [7] * 53
    assert weeks[0][0].day == date(2025, 3, 10)


def levels(*amounts: int) -> list[int]:
    """The levels of the last days, one amount each, the last one today."""
    days = {TODAY - timedelta(days=len(amounts) - 1 - place): amount for place, amount in enumerate(amounts)}
    shown = {day.day: day.level for week in heatmap(days, TODAY) for day in week}
    return [shown[day] for day in days]


def test_levels_are_quarters_of_the_learners_own_days() -> None:
    assert levels(10, 20, 30, 40) == [1, 2, 3, 4]
    assert levels(40, 10, 30, 20) == [4, 1, 3, 2]
    # 1 of 5 is a fifth: the first quarter. 2 of 5 the second, 3 of 5 the third, 4 of 5 the last.
    assert levels(1, 2, 3, 4, 500) == [1, 2, 3, 4, 4]
    assert levels(7, 7, 7) == [4, 4, 4]
    assert levels(0) == [4]
    assert levels(0, 60) == [2, 4]


@pytest.mark.parametrize(
    ("text", "drawn"),
    [
        ("Ada Lovelace", "Ada Lovelace"),
        ("Zoé", "Zoé"),
        ("Ada 🎉", "Ada"),
        ("🎉 Ada ❤️ Ben 🎉", "Ada Ben"),
        ("A\u200dda", "Ada"),
        ("Юлия", None),
        ("Ada 林", None),
        ("🎉", None),
        ("", None),
    ],
)
def test_symbols_may_be_left_out_and_letters_may_not(text: str, drawn: str | None) -> None:
    assert drawable(text, LATIN) == drawn
