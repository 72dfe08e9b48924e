"""Rounds exact numbers for display, in integers: independent of binary floats.

Numbers are rounded to the nearest step, halves up. A share, rate or percentage moreover says "whole" only if it is, and
"nothing" only if it is. An average that a threshold is compared with is rounded down, so that the number shown reaches
the threshold exactly when the average does.
"""

from fractions import Fraction


def rounded(value: Fraction, decimals: int) -> float:
    """The nearest number with that many decimals, halves up."""
    return quotient(value.numerator, value.denominator, decimals)


def quotient(part: int, whole: int, decimals: int) -> float:
    """`rounded` of part / whole (`whole` > 0). For numbers that are neither shares nor compared with a threshold."""
    scale: int = 10**decimals
    return _nearest(part * scale, whole) / scale


def quotient_down(part: int, whole: int, decimals: int) -> float:
    """part / whole (`whole` > 0), rounded down: for averages that a threshold is compared with."""
    scale: int = 10**decimals
    return part * scale // whole / scale


def rate(part: int, whole: int, decimals: int) -> float:
    """part / whole (`whole` > 0), an amount per unit: the nearest number, but 0 only if `part` is 0."""
    scale: int = 10**decimals
    return _not_nothing(_nearest(part * scale, whole), part) / scale


def proportion(part: int, whole: int, decimals: int, unit: int = 100) -> float:
    """`part` as a proportion of `whole` (`whole` > 0), where `unit` is the whole: 100 for percentages, 1 for shares.

    The nearest number, but below `unit` if `part` is below `whole`, and 0 only if `part` is 0. Changes may be negative:
    −`unit` is shown only if everything is gone.
    """
    scale: int = 10**decimals
    top = unit * scale
    steps = _not_nothing(_nearest(part * top, whole), part)
    if abs(part) < whole:
        steps = max(1 - top, min(steps, top - 1))
    return steps / scale


def percent_of(value: Fraction, decimals: int) -> float:
    """`proportion` of an exact percentage: 100 only if it is at least 100, 0 only if it is 0."""
    return proportion(value.numerator, 100 * value.denominator, decimals)


def share_percent(part: int, whole: int) -> float:
    """`part` as a percentage of `whole`, 0–100 with one decimal, like `proportion`; 0 if `whole` is 0."""
    return proportion(part, whole, 1) if whole else 0.0


def change_percent(before: int, now: int) -> float | None:
    """The change from `before` to `now` as a percentage of `before`, with one decimal, like `proportion`.

    None if `before` is 0.
    """
    return proportion(now - before, before, 1) if before else None


def _nearest(part: int, whole: int) -> int:
    return (2 * part + whole) // (2 * whole)


def _not_nothing(steps: int, part: int) -> int:
    if steps or not part:
        return steps
    return 1 if part > 0 else -1
