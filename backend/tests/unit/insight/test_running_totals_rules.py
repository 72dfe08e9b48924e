"""Running totals against plain sums, and where they are taken, by hand."""

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


def kept(cells: Sequence[Cell], totals: Totals | None = None) -> list[tuple[int, Totals]]:
    """Each day, counted from the first, with its totals."""
    totals = deepcopy(totals) or Totals()
    return [((day - START).days, deepcopy(totals)) for day in days_to_take(totals, cells)]


def test_they_are_taken_at_the_end_of_a_day_with_enough_cells_behind_it() -> None:
    most = [cell(0)] * (MIN_CELLS - 1)
    assert kept(most) == []
    assert kept([*most, cell(1)]) == []
    assert [day for day, _ in kept([*most, cell(1), cell(2)])] == [1]
    assert [day for day, _ in kept([cell(0)] * 500 + [cell(1)] * 500 + [cell(9)])] == [0, 1]


def test_the_last_day_stays_open() -> None:
    assert kept([cell(0)] * (3 * MIN_CELLS)) == []


def test_they_go_on_from_those_before() -> None:
    cells = [cell(day) for day in range(3 * MIN_CELLS)]
    whole = kept(cells)
    assert [day for day, _ in whole] == [MIN_CELLS - 1, 2 * MIN_CELLS - 1]
    first_day, first = whole[0]
    assert kept(cells[first_day + 1 :], first) == whole[1:]
    assert whole[1][1].by_topic == {"a": Amounts(*(2 * MIN_CELLS * amount for amount in ONE))}


def test_many_names_lie_further_apart_and_too_many_are_not_kept() -> None:
    names = 2 * MIN_CELLS
    # A name a day, then the same again: with a type, a path and a difficulty they need as many cells and three.
    cells = [cell(day, str(day % names)) for day in range(4 * names)]
    assert [day for day, _ in kept(cells)] == [names + 2, 2 * (names + 3) - 1, 3 * (names + 3) - 1]
    # Where every cell brings a name they would be copies of the cells, and are never taken.
    assert kept([cell(day, str(day)) for day in range(3 * MAX_NAMES)]) == []
    # Every other one does: fewer and fewer are taken, until there are too many names.
    growing = kept([cell(day, str(day // 2)) for day in range(6 * MAX_NAMES)])
    assert MAX_NAMES // 4 < max(len(one.by_topic) for _, one in growing) <= MAX_NAMES
    assert len(growing) < 10


def plain(cells: Sequence[Cell]) -> ByName:
    """By topic, counted one by one."""
    found: dict[str, Amounts] = {}
    for one in cells:
        found[one.topic] = found.get(one.topic, NO_AMOUNTS) + one.amounts
    return found


AMOUNTS = st.builds(Amounts, st.integers(1, 3), *(st.integers(0, 9) for _ in range(5)))
CELLS = st.lists(st.builds(cell, st.integers(0, 12), st.sampled_from(["", "a", "b", "c"]), AMOUNTS), max_size=600)


@given(CELLS, st.integers(-2, 14), st.integers(-2, 14))
def test_two_totals_and_the_days_around_them_are_the_sums_of_all_days_between(
    cells: list[Cell], one: int, other: int
) -> None:
    cells.sort(key=lambda each: each.day)
    first_day, last_day = sorted((START + timedelta(days=one), START + timedelta(days=other)))
    wanted = [each for each in cells if first_day <= each.day <= last_day]
    days_held = (first_day - START).days - 1, (last_day - START).days
    held = [(START + timedelta(days=day), totals) for day, totals in kept(cells) if days_held[0] <= day <= days_held[1]]
    (first, before), (last, after) = (held[0], held[-1]) if held else ((last_day, Totals()), (last_day, Totals()))
    around = plain([each for each in wanted if each.day <= first or each.day > last])
    assert amounts_between(before.by_topic, after.by_topic, around) == plain(wanted)


def test_nothing_of_nothing() -> None:
    assert amounts_between({}, {}, {}) == {}
    assert amounts_between({"a": ONE}, {"a": ONE}, {"b": NO_AMOUNTS}) == {}
