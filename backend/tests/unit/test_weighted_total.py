"""Weighted totals: missing parts give their weight to the others, parts are capped at 100, no parts is 0."""

from fractions import Fraction

import pytest

from milepost.rules.weighted_total import Part, WeightedTotal, exact, weighted


def part(percent: object, weight: float) -> Part:
    return Part(Fraction(str(percent)), exact(weight))


@pytest.mark.parametrize(
    ("parts", "total", "weights"),
    [
        ({}, 0, {}),
        ({"a": part(80, 0.4)}, 80, {"a": 1}),
        ({"a": part(80, 0.4), "b": part(20, 0.2)}, 60, {"a": Fraction(2, 3), "b": Fraction(1, 3)}),
        ({"a": part(80, 0.0), "b": part(20, 0.2)}, 20, {"b": 1}),
        ({"a": part(80, 0.0)}, 0, {}),
        ({"a": part("100.001", 0.5), "b": part(0, 0.5)}, 50, {"a": Fraction(1, 2), "b": Fraction(1, 2)}),
    ],
)
def test_the_parts_given_share_all_the_weight(parts: dict[str, Part], total: int, weights: dict[str, Fraction]) -> None:
    total_of_parts = weighted(parts)
    assert total_of_parts == WeightedTotal(
        Fraction(total), {name: min(parts[name].percent, Fraction(100)) for name in weights}, weights
    )


def test_a_weight_is_the_decimal_it_was_written_as() -> None:
    assert [exact(weight) for weight in (0.1, 0.4, 1.0)] == [Fraction(1, 10), Fraction(2, 5), 1]
