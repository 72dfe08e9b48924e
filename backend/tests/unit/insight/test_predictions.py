"""Predictions: the distribution compared with the sum of its terms, the formula by hand, every reason for no date."""

import math
from datetime import date, timedelta

import pytest

from milepost.rules.insight.negative_binomial import at_least
from milepost.rules.insight.predictions import (
    HORIZON_DAYS,
    Estimate,
    cumulative_probabilities,
    daily_series,
    estimate,
    level_estimate,
    likely_days,
    quantile,
    streak_estimate,
)

TODAY = date(2026, 3, 10)


def summed(count: int, mean: float, variance: float) -> float:
    """P(N ≥ count), computed as one minus the sum of the probabilities below it."""
    size, success = mean * mean / (variance - mean), mean / variance
    below = 0.0
    for k in range(count):
        choose = math.lgamma(k + size) - math.lgamma(size) - math.lgamma(k + 1)
        below += math.exp(choose + size * math.log(success) + k * math.log1p(-success))
    return 1 - below


@pytest.mark.parametrize(
    ("mean", "variance"), [(0.01, 0.0101), (0.5, 0.7), (1, 1.0001), (3, 30), (20, 21), (20, 900), (300, 9_000)]
)
@pytest.mark.parametrize("count", [1, 2, 3, 10, 25, 100, 400])
def test_the_tail_is_the_sum_of_its_terms(count: int, mean: float, variance: float) -> None:
    assert at_least(count, mean, variance) == pytest.approx(summed(count, mean, variance), abs=1e-9)


def test_the_tail_in_closed_form() -> None:
    # Size 1 is geometric: P(N ≥ k) = (1 − p)^k. Mean 1, variance 2: p = ½.
    assert [at_least(count, 1, 2) for count in (0, 1, 2, 5)] == pytest.approx([1, 0.5, 0.25, 1 / 32])
    assert at_least(-1, 1, 2) == 1.0
    assert at_least(100_000, 5, 6) == pytest.approx(0, abs=1e-12)


def test_the_formula_by_hand() -> None:
    """Yesterday 2, the day before 0: a = 2, b = 1 + 2^(−1/28), q = 4."""
    weight = 2 ** (-1 / 28)
    a, b, q = 2.0, 1 + weight, 4.0
    rate = (a + 0.5) / (b + 1)
    dispersion = max(1.0, (q / b - (a / b) ** 2) / (a / b))
    shape = 1 / (dispersion / (a + 0.5) + 0.25)
    first = summed(3, rate, dispersion * rate + rate**2 / shape)
    second = summed(3, 2 * rate, dispersion * 2 * rate + (2 * rate) ** 2 / shape)
    expected = [first * math.exp(-0.01), first * math.exp(-0.01) + (second - first) * math.exp(-0.02)]
    assert cumulative_probabilities([0, 2], 3)[:2] == pytest.approx(expected, abs=1e-9)


def test_without_any_day_there_is_still_a_distribution() -> None:
    # a = b = 0: half an exercise a day, with the greatest uncertainty: shape = 1/(1/½ + ¼).
    first = summed(1, 0.5, 0.5 + 0.25 * 2.25)
    assert cumulative_probabilities([], 1)[0] == pytest.approx(first * math.exp(-0.01))


SERIES = [[], [0] * 30, [1], [0, 1], [5] * 182, [1, 0, 0] * 20, [40] + [0] * 100, [1_440] * 10, [3, 1, 4, 1, 5, 9] * 90]


@pytest.mark.parametrize("daily_counts", SERIES)
@pytest.mark.parametrize("missing", [1, 2, 7, 50, 1_000, 10**7])
def test_sixty_probabilities_that_never_fall(daily_counts: list[int], missing: int) -> None:
    found = cumulative_probabilities(daily_counts, missing)
    assert len(found) == HORIZON_DAYS
    assert all(0 <= probability <= 1 for probability in found)
    assert list(found) == sorted(found)
    more = cumulative_probabilities(daily_counts, missing + 1)
    assert all(later <= sooner + 1e-12 for sooner, later in zip(found, more, strict=True))


def test_only_the_last_182_days_count() -> None:
    assert cumulative_probabilities([99] * 500 + [1] * 182, 5) == cumulative_probabilities([1] * 182, 5)
    assert cumulative_probabilities([99] + [1] * 181, 5) != cumulative_probabilities([1] * 182, 5)


def test_recent_days_weigh_more() -> None:
    rising, falling = [0] * 56 + [4] * 28, [4] * 28 + [0] * 56
    assert cumulative_probabilities(rising, 20)[6] > cumulative_probabilities(falling, 20)[6]


@pytest.mark.parametrize("missing", [0, -1])
def test_nothing_missing_is_certain(missing: int) -> None:
    assert cumulative_probabilities([1], missing) == (1.0,) * 60
    assert estimate([1], missing, TODAY) == streak_estimate(missing, False, TODAY) == Estimate("reached")


def test_negative_counts_are_refused() -> None:
    with pytest.raises(ValueError, match="-1"):
        cumulative_probabilities([1, -1], 1)


def test_a_quantile_is_the_first_day_that_reaches_it() -> None:
    probabilities = [0.1, 0.49, 0.5, 0.89]
    assert [quantile(probabilities, share) for share in (0.1, 0.5, 0.9)] == [1, 3, None]


@pytest.mark.parametrize(
    ("last_days", "state"),
    [
        ([1, 1] + [0] * 26, "too_few_days"),
        ([1, 1, 1] + [0] * 26, "too_few_days"),  # the first of them is 29 days ago
        ([1, 1, 1] + [0] * 25, "expected"),
        ([0] * 40, "too_few_days"),
        ([], "too_few_days"),
        ([2, 2], "too_few_days"),
        ([2, 2, 2], "expected"),
    ],
)
def test_an_estimate_needs_three_active_days(last_days: list[int], state: str) -> None:
    assert estimate(last_days, 1, TODAY).state == state


def test_a_steady_learner_gets_dates() -> None:
    found = estimate([2] * 182, 10, TODAY)
    probabilities = cumulative_probabilities([2] * 182, 10)
    days = [next(day for day in range(1, 61) if probabilities[day - 1] >= share) for share in (0.1, 0.5, 0.9)]
    assert (found.p10, found.p50, found.p90) == tuple(TODAY + timedelta(days=day - 1) for day in days)
    assert days == sorted(days)
    assert 4 <= days[1] <= 6
    assert found.within_60_percent is not None
    assert found.within_60_percent > 90


def test_the_upper_end_may_be_beyond_the_horizon() -> None:
    found = estimate([1, 0, 0, 1, 1] * 4, 20, TODAY)
    assert (found.state, found.p90) == ("expected", None)
    assert found.p50 is not None


def test_the_likely_days_are_those_of_who_gets_there() -> None:
    # 0.07 × 0.8 = 0.056 and 0.93 × 0.8 = 0.744
    assert likely_days([0.05, 0.06, 0.5, 0.74, 0.75, 0.8]) == (2, 5)
    assert likely_days([0.0, 0.0]) == (1, 1)


def test_the_likely_days_are_closed_where_the_horizon_is_open() -> None:
    found = estimate([1, 0, 0, 1, 1] * 4, 20, TODAY)
    assert found.p90 is None
    assert found.likely_from is not None
    assert found.likely_until is not None
    assert TODAY < found.likely_from < found.likely_until <= TODAY + timedelta(days=60)


def test_the_median_is_one_of_the_likely_days() -> None:
    """If 52 of 100 get there, half of all are 96 of 100 of these: later than the 93 of 100 that the interval holds."""
    counts, missing = [1, 0, 0, 1, 1] * 4, 22
    probabilities = cumulative_probabilities(counts, missing)
    assert 0.5 < probabilities[-1] < 0.5 / 0.93
    found, last = estimate(counts, missing, TODAY), likely_days(probabilities)[1]
    assert last is not None
    assert found.p50 is not None
    assert TODAY + timedelta(days=last - 1) < found.p50 == found.likely_until


@pytest.mark.parametrize("daily_counts", SERIES)
@pytest.mark.parametrize("missing", range(1, 60))
def test_an_estimate_has_a_closed_interval_around_its_median(daily_counts: list[int], missing: int) -> None:
    found = estimate(daily_counts, missing, TODAY)
    if found.state == "expected":
        assert found.likely_from is not None
        assert found.p50 is not None
        assert found.likely_until is not None
        assert TODAY <= found.likely_from <= found.p50 <= found.likely_until < TODAY + timedelta(days=60)
    else:
        assert found.likely_from is found.p50 is found.likely_until is None


def test_there_is_no_date_below_a_probability_of_one_half() -> None:
    found = estimate([1, 1, 1], 1_000, TODAY)
    assert found == Estimate("unlikely", within_60_percent=1)  # tiny, but not nothing


def test_just_below_one_half_is_not_said_as_one_half() -> None:
    counts, missing = [2, 0, 1, 0, 1, 1] * 2, 30
    assert 0.495 < cumulative_probabilities(counts, missing)[-1] < 0.5
    assert estimate(counts, missing, TODAY) == Estimate("unlikely", within_60_percent=49)


def test_a_level_that_lacks_grade_has_no_date() -> None:
    assert level_estimate([2] * 30, 5, 0.1, TODAY) == Estimate("grade_missing")
    assert level_estimate([2] * 30, 0, 10.0, TODAY) == Estimate("grade_missing")
    assert level_estimate([2] * 30, 5, 0.0, TODAY) == estimate([2] * 30, 5, TODAY)


@pytest.mark.parametrize(
    ("missing", "met_today", "expected"),
    [(1, False, "2026-03-10"), (1, True, "2026-03-11"), (20, False, "2026-03-29"), (20, True, "2026-03-30")],
)
def test_a_streak_has_an_exact_date_if_unbroken(missing: int, met_today: bool, expected: str) -> None:
    assert streak_estimate(missing, met_today, TODAY) == Estimate("if_unbroken", p50=date.fromisoformat(expected))


def test_a_series_has_every_day() -> None:
    counts = {TODAY - timedelta(days=2): 3, TODAY: 1, TODAY + timedelta(days=1): 9}
    assert daily_series(counts, TODAY - timedelta(days=3), TODAY) == [0, 3, 0, 1]
    assert daily_series(counts, TODAY, TODAY - timedelta(days=1)) == []


def test_today_is_named_unless_something_was_counted_today() -> None:
    counts = [9] * 60
    assert estimate(counts, 1, TODAY).p10 == TODAY
    assert estimate(counts, 1, TODAY, counted_today=9).p10 == TODAY + timedelta(days=1)
