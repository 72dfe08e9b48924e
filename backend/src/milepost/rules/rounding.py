"""Rounds exact numbers for display, halves up."""

from fractions import Fraction


def rounded(value: Fraction, decimals: int) -> float:
    """The nearest number with that many decimals, halves up: what readers expect, and independent of binary floats."""
    return quotient(value.numerator, value.denominator, decimals)


def quotient(part: int, whole: int, decimals: int) -> float:
    """`rounded` of part / whole (`whole` > 0), in integers only, for speed: answers contain many of these."""
    scale: int = 10**decimals
    return (2 * scale * part + whole) // (2 * whole) / scale


def share_percent(part: int, whole: int) -> float:
    """`part` as a percentage of `whole`, 0–100 with one decimal; 0 if `whole` is 0."""
    return quotient(100 * part, whole, 1) if whole else 0.0


def change_percent(before: int, now: int) -> float | None:
    """The change from `before` to `now` as a percentage of `before`, with one decimal; None if `before` is 0."""
    return quotient(100 * (now - before), before, 1) if before else None
