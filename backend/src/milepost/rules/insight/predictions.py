"""Predicts when a count will have grown by a missing amount, with an interval; computed on read from daily counts.

Daily counts are weighted with a half-life, the count of the days ahead is negative binomial, and increments further
ahead are damped. `scripts/evaluate-predictions` measures the calibration, as described in docs/predictions.md. This
module does not know the clock or what is counted.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction
from typing import Literal

from milepost.rules.insight.negative_binomial import at_least
from milepost.rules.rounding import percent_of

HORIZON_DAYS = 60
"""Predictions reach this far ahead."""
WINDOW_DAYS = 182
"""Only this many past days are used."""
HALF_LIFE_DAYS = 28
MIN_ACTIVE_DAYS = 3
ACTIVE_DAYS_WINDOW = 28
MIN_PROBABILITY = 0.5
"""No date is given if reaching the count within the horizon is less likely than this."""
MAX_UNLIKELY_PERCENT = 49
"""The highest percentage that is said without a date."""

_DAMPING_A_DAY = 0.01
_LOW, _MIDDLE, _HIGH = 0.1, 0.5, 0.9
_LIKELY_LOW, _LIKELY_HIGH = 0.07, 0.93

State = Literal["reached", "expected", "unlikely", "too_few_days", "grade_missing", "if_unbroken", "not_predictable"]


@dataclass(frozen=True, slots=True)
class Estimate:
    """When something will be reached, or why there is no date.

    `expected`: the dates by which it is reached with a probability of 10, 50 and 90 %; None is more than 60 days ahead.
    `p50`, `likely_from` and `likely_until` are never None then. The last two bound the days of 7 and 93 % of those who
    get there in 60 days. If few more than half do, `p50` would be later: the interval then ends with it.
    `if_unbroken`: `p50` is the exact date, without an interval. The other states have no date: `reached` already;
    `unlikely` within 60 days; `too_few_days` of practice; `grade_missing`: more exercises alone are not enough;
    `not_predictable`.
    `within_60_percent`: the probability within 60 days, 0–100, 0 only if it is 0; None if nothing was estimated.
    """

    state: State
    p10: date | None = None
    p50: date | None = None
    p90: date | None = None
    within_60_percent: int | None = None
    likely_from: date | None = None
    likely_until: date | None = None


def cumulative_probabilities(daily_counts: Sequence[int], missing: int) -> tuple[float, ...]:
    """The probability (0–1, never falling) that the count grows by `missing` within 1, 2, … 60 days.

    `daily_counts`: one number ≥ 0 for each day since the learner's first, including zeros, oldest first; the last is
    yesterday's. Only the last 182 are used. If nothing is missing, every probability is 1.

    With weights w = 2^(−age/28): a = Σ w·count, b = Σ w, q = Σ w·count². The rate is r = (a+½)/(b+1) a day; the
    dispersion φ = max(1, (q/b − (a/b)²)/(a/b)); shape = 1/(φ/(a+½) + ¼). The count in H days is negative binomial with
    mean rH and variance φrH + (rH)²/shape. What day H adds is damped by exp(−0.01·H).

    Raises:
        ValueError: A count is negative.
    """
    if missing <= 0:
        return (1.0,) * HORIZON_DAYS
    rate, dispersion, shape = _rate(daily_counts[-WINDOW_DAYS:])
    reached, before, probabilities = 0.0, 0.0, []
    for days in range(1, HORIZON_DAYS + 1):
        mean = rate * days
        now = max(before, at_least(missing, mean, dispersion * mean + mean * mean / shape))
        reached += (now - before) * math.exp(-_DAMPING_A_DAY * days)
        before = now
        probabilities.append(reached)
    return tuple(probabilities)


def _rate(daily_counts: Sequence[int]) -> tuple[float, float, float]:
    """(r, φ, shape), as `cumulative_probabilities` defines them; φ is 1 if all counts are 0."""
    total = weights = squares = 0.0
    for age, count in enumerate(reversed(daily_counts)):
        if count < 0:
            raise ValueError(f"a daily count cannot be {count}")
        weight = 2.0 ** (-age / HALF_LIFE_DAYS)
        total += weight * count
        weights += weight
        squares += weight * count * count
    dispersion = 1.0
    if total:
        mean = total / weights
        dispersion = max(1.0, (squares / weights - mean * mean) / mean)
    return (total + 0.5) / (weights + 1.0), dispersion, 1.0 / (dispersion / (total + 0.5) + 0.25)


def quantile(probabilities: Sequence[float], share: float) -> int | None:
    """The first day, counted from 1, by which the probability is at least `share`; None if it is further ahead."""
    return next((day for day, probability in enumerate(probabilities, 1) if probability >= share), None)


def likely_days(probabilities: Sequence[float]) -> tuple[int | None, int | None]:
    """The days of 7 and 93 % of those who get there within the horizon, so always within it: a closed interval.

    None only if the probability is 0 throughout.
    """
    first, last = (quantile(probabilities, share * probabilities[-1]) for share in (_LIKELY_LOW, _LIKELY_HIGH))
    return first, last


def estimate(daily_counts: Sequence[int], missing: int, today: date, counted_today: int = 0) -> Estimate:
    """When a count will have grown by `missing`; see `cumulative_probabilities`.

    What was counted today is known and part of the count. If that is nothing, today is the first of the days ahead;
    otherwise tomorrow is.
    """
    if missing <= 0:
        return Estimate("reached")
    if sum(count > 0 for count in daily_counts[-ACTIVE_DAYS_WINDOW:]) < MIN_ACTIVE_DAYS:
        return Estimate("too_few_days")
    probabilities = cumulative_probabilities(daily_counts, missing)
    percent = int(percent_of(100 * Fraction(probabilities[-1]), 0))
    if probabilities[-1] < MIN_PROBABILITY:
        # 49.6 is not rounded to 50, which has a date.
        return Estimate("unlikely", within_60_percent=min(percent, MAX_UNLIKELY_PERCENT))
    before = today if counted_today else today - timedelta(days=1)
    low, middle, high = (quantile(probabilities, share) for share in (_LOW, _MIDDLE, _HIGH))
    first, last = likely_days(probabilities)
    # The median is of everybody, the likely days are of those who get there; shown together, they must agree.
    days = (low, middle, high, first, max(last or 0, middle or 0))
    p10, p50, p90, likely_from, likely_until = (_date(before, day) for day in days)
    return Estimate("expected", p10, p50, p90, percent, likely_from, likely_until)


def level_estimate(
    daily_counts: Sequence[int], exercises_missing: int, grade_missing: float, today: date, counted_today: int = 0
) -> Estimate:
    """When a level's count of graded exercises will be reached; `grade_missing` if the average is too low."""
    if grade_missing > 0:
        return Estimate("grade_missing")
    return estimate(daily_counts, exercises_missing, today, counted_today)


def streak_estimate(missing: int, met_today: bool, today: date) -> Estimate:
    """The exact date on which a run will be `missing` days longer if every day is met; today can be the first."""
    if missing <= 0:
        return Estimate("reached")
    return Estimate("if_unbroken", p50=today + timedelta(days=missing - (not met_today)))


def daily_series(counts: Mapping[date, int], first: date, last: date) -> list[int]:
    """The count of every date from `first` to `last`, 0 for missing ones; empty if `last` is before `first`."""
    days = range(first.toordinal(), last.toordinal() + 1)
    return [counts.get(date.fromordinal(ordinal), 0) for ordinal in days]


def _date(before: date, days: int | None) -> date | None:
    return None if days is None else before + timedelta(days=days)
