"""Running totals compared with plain sums, and the days they are taken on, worked out by hand."""

from collections.abc import Sequence
from copy import deepcopy
from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from milepost.rules.insight.running_totals import (
    MAX_NAMES,
    MIN_CELLS,
    NO_AMOUNTS,
    Amounts,
    ByName,
    Cell,
    Totals,
    amounts_between,
    days_to_take,
)

START = date(2026, 3, 1)
ONE = Amounts(1, 60, 5, 1, 0, 0)


def cell(day: int, name: str = "a", amounts: Amounts = ONE) -> Cell:
    return Cell(START + timedelta(days=day), "exercise", name, "", "easy", amounts)


def taken(cells: Sequence[Cell], totals: Totals | None = None) -> list[tuple[int, Totals]]:
    """Each day on which totals are taken, counted from the first, with these totals."""
    totals = deepcopy(totals) or Totals()
    return [((day - START).days, deepcopy(totals)) for day in days_to_take(totals, cells)]


def test_totals_are_taken_at_the_end_of_a_day_after_enough_cells() -> None:
    most = [cell(0)] * (MIN_CELLS - 1)
    assert taken(most) == []
    assert taken([*most, cell(1)]) == []
    assert [day for day, _ in taken([*most, cell(1), cell(2)])] == [1]
    assert [day for day, _ in taken([cell(0)] * 500 + [cell(1)] * 500 + [cell(9)])] == [0, 1]


def test_the_last_day_stays_open() -> None:
    assert taken([cell(0)] * (3 * MIN_CELLS)) == []


def test_totals_continue_from_earlier_ones() -> None:
    cells = [cell(day) for day in range(3 * MIN_CELLS)]
    whole = taken(cells)
    assert [day for day, _ in whole] == [MIN_CELLS - 1, 2 * MIN_CELLS - 1]
    first_day, first = whole[0]
    assert taken(cells[first_day + 1 :], first) == whole[1:]
    assert whole[1][1].by_topic == {"a": Amounts(*(2 * MIN_CELLS * amount for amount in ONE))}


def test_totals_with_many_names_are_further_apart_and_with_too_many_not_taken() -> None:
    names = 2 * MIN_CELLS
    # One name a day, then the same names again: with a type, a path and a difficulty, names + 3 cells are needed.
    cells = [cell(day, str(day % names)) for day in range(4 * names)]
    assert [day for day, _ in taken(cells)] == [names + 2, 2 * (names + 3) - 1, 3 * (names + 3) - 1]
    # If every cell has a new name, totals would only copy the cells, and are never taken.
    assert taken([cell(day, str(day)) for day in range(3 * MAX_NAMES)]) == []
    # If every other cell has one, totals get rarer until there are too many names.
    growing = taken([cell(day, str(day // 2)) for day in range(6 * MAX_NAMES)])
    assert MAX_NAMES // 4 < max(len(totals.by_topic) for _, totals in growing) <= MAX_NAMES
    assert len(growing) < 10


def plain(cells: Sequence[Cell]) -> ByName:
    """Amounts by topic, added one by one."""
    by_topic: dict[str, Amounts] = {}
    for each in cells:
        by_topic[each.topic] = by_topic.get(each.topic, NO_AMOUNTS) + each.amounts
    return by_topic


AMOUNTS = st.builds(Amounts, st.integers(1, 3), *(st.integers(0, 9) for _ in range(5)))
CELLS = st.lists(st.builds(cell, st.integers(0, 12), st.sampled_from(["", "a", "b", "c"]), AMOUNTS), max_size=600)


@given(CELLS, st.integers(-2, 14), st.integers(-2, 14))
def test_two_totals_and_the_days_around_them_are_the_sums_of_all_days_between(
    cells: list[Cell], left: int, right: int
) -> None:
    cells.sort(key=lambda each: each.day)
    first_day, last_day = sorted((START + timedelta(days=left), START + timedelta(days=right)))
    in_range = [each for each in cells if first_day <= each.day <= last_day]
    low, high = (first_day - START).days - 1, (last_day - START).days
    usable = [(START + timedelta(days=day), totals) for day, totals in taken(cells) if low <= day <= high]
    nothing = (last_day, Totals())
    (first, before), (last, after) = (usable[0], usable[-1]) if usable else (nothing, nothing)
    around = plain([each for each in in_range if each.day <= first or each.day > last])
    assert amounts_between(before.by_topic, after.by_topic, around) == plain(in_range)


def test_names_without_activities_are_left_out() -> None:
    assert amounts_between({}, {}, {}) == {}
    assert amounts_between({"a": ONE}, {"a": ONE}, {"b": NO_AMOUNTS}) == {}
