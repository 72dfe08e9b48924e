"""The negative binomial distribution by mean and variance: for counts that vary more than independent events would.

Formulas: NIST Digital Library of Mathematical Functions, 8.17 (incomplete beta). This module does not know what is
counted.
"""

import math

_SMALLEST = 1e-300
_PRECISION = 1e-12


def at_least(count: int, mean: float, variance: float) -> float:
    """P(N ≥ count), 0–1, for a negative binomial N with `variance` > `mean` > 0; 1.0 for a `count` below 1.

    With success probability p = mean/variance and size mean·p/(1−p) this is the regularised incomplete beta function
    I of (count, size) at 1 − p.
    """
    if count < 1:
        return 1.0
    return _regularised_beta(float(count), mean * mean / (variance - mean), 1.0 - mean / variance)


def _regularised_beta(a: float, b: float, x: float) -> float:
    """I_x(a, b) for 0 < x < 1, using the symmetry DLMF 8.17.4 so that the continued fraction converges fast."""
    logarithm = math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b) + a * math.log(x) + b * math.log1p(-x)
    front = math.exp(logarithm)
    if x < (a + 1.0) / (a + b + 2.0):
        return front * _continued_fraction(a, b, x) / a
    return 1.0 - front * _continued_fraction(b, a, 1.0 - x) / b


def _continued_fraction(a: float, b: float, x: float) -> float:
    """The continued fraction DLMF 8.17.22, forward by Lentz's method until it converges."""
    value = numerator = _SMALLEST
    denominator, change, step = 0.0, 0.0, 0
    while abs(change - 1.0) >= _PRECISION:
        term = 1.0 if step == 0 else _coefficient(step, a, b, x)
        denominator = 1.0 / _away_from_zero(1.0 + term * denominator)
        numerator = _away_from_zero(1.0 + term / numerator)
        change = numerator * denominator
        value *= change
        step += 1
    return value


def _coefficient(step: int, a: float, b: float, x: float) -> float:
    """The coefficient d of the given step."""
    m = step // 2
    if step % 2:
        return -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
    return m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))


def _away_from_zero(value: float) -> float:
    return value if abs(value) > _SMALLEST else _SMALLEST
