"""Rounding for display, worked out by hand and compared with fractions."""

from fractions import Fraction
from math import floor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from milepost.rules.rounding import change_percent, proportion, quotient, quotient_down, rate, rounded, share_percent

COUNTS = st.integers(0, 10**6) | st.integers(0, 10**12)


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
    ("part", "whole", "percent"),
    [(0, 0, 0.0), (1, 3, 33.3), (2, 3, 66.7), (1, 1, 100.0), (1, 800, 0.1), (1, 10**6, 0.1), (1998, 2000, 99.9)],
)
def test_shares(part: int, whole: int, percent: float) -> None:
    assert share_percent(part, whole) == percent


@pytest.mark.parametrize(
    ("before", "now", "percent"),
    [
        *[(0, 5, None), (0, 0, None), (4, 5, 25.0), (3, 2, -33.3), (5, 0, -100.0), (5, 5, 0.0), (5, 10, 100.0)],
        *[(3_000, 1, -99.9), (3_000, 5_999, 99.9), (3_000, 2_999, -0.1), (3_000, 3_001, 0.1)],
    ],
)
def test_changes(before: int, now: int, percent: float | None) -> None:
    assert change_percent(before, now) == percent


@given(COUNTS, st.integers(1, 10**12), st.sampled_from([(0, 100), (1, 100), (2, 100), (2, 1), (4, 1)]))
def test_only_the_whole_is_shown_as_whole_and_only_nothing_as_nothing(
    part: int, whole: int, shape: tuple[int, int]
) -> None:
    decimals, unit = shape
    part = min(part, whole)
    shown, step = proportion(part, whole, decimals, unit), Fraction(1, 10**decimals)
    assert (shown == unit) == (part == whole)
    assert (shown == 0) == (part == 0)
    distance = abs(Fraction(str(shown)) - Fraction(unit * part, whole))
    assert distance <= step / 2 or (part < whole and shown == float(unit - step)) or (part and shown == float(step))
    assert distance < step


@given(st.integers(1, 10**9), st.integers(0, 10**6))
def test_nearly_whole_and_nearly_nothing_at_any_size(whole: int, lacking: int) -> None:
    lacking = min(lacking, whole)
    assert (share_percent(whole - lacking, whole) == 100) == (lacking == 0)
    assert (share_percent(lacking, whole) == 0) == (lacking == 0)


@given(COUNTS, st.integers(1, 10**9), st.integers(0, 4), st.integers(0, 10**12))
def test_an_average_rounded_down_reaches_the_thresholds_that_the_exact_one_reaches(
    part: int, whole: int, decimals: int, threshold: int
) -> None:
    scale = 10**decimals
    shown, limit = quotient_down(part, whole, decimals), threshold % (10**6 * scale)
    assert (shown >= limit / scale) == (part * scale >= limit * whole)


@pytest.mark.parametrize(("part", "whole", "shown"), [(0, 9, 0.0), (1, 1_000, 0.01), (1, 3, 0.33), (3, 2, 1.5)])
def test_a_rate_is_nothing_only_for_nothing(part: int, whole: int, shown: float) -> None:
    assert rate(part, whole, 2) == shown
