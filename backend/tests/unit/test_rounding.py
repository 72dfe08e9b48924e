"""Rounding for display, worked out by hand and compared with fractions."""

from fractions import Fraction
from math import floor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from milepost.rules.rounding import change_percent, quotient, rounded, share_percent


@pytest.mark.parametrize(
    ("value", "decimals", "expected"),
    [
        *[("0.04", 1, 0.0), ("0.05", 1, 0.1), ("0.06", 1, 0.1), ("2.675", 2, 2.68), ("2.6749", 2, 2.67), ("1", 1, 1.0)],
        *[("-0.05", 1, 0.0), ("-0.06", 1, -0.1), ("-33.35", 1, -33.3)],
    ],
)
def test_halves_are_rounded_up(value: str, decimals: int, expected: float) -> None:
    assert rounded(Fraction(value), decimals) == expected


@given(st.integers(-(10**12), 10**12), st.integers(1, 10**9), st.integers(0, 4))
def test_a_quotient_is_the_rounded_fraction(part: int, whole: int, decimals: int) -> None:
    scale = 10**decimals
    assert quotient(part, whole, decimals) == floor(Fraction(part, whole) * scale + Fraction(1, 2)) / scale


@pytest.mark.parametrize(
    ("part", "whole", "percent"), [(0, 0, 0.0), (1, 3, 33.3), (2, 3, 66.7), (1, 1, 100.0), (1, 800, 0.1)]
)
def test_shares(part: int, whole: int, percent: float) -> None:
    assert share_percent(part, whole) == percent


@pytest.mark.parametrize(
    ("before", "now", "percent"), [(0, 5, None), (0, 0, None), (4, 5, 25.0), (3, 2, -33.3), (5, 0, -100.0)]
)
def test_changes(before: int, now: int, percent: float | None) -> None:
    assert change_percent(before, now) == percent
