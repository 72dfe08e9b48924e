"""How exact numbers become the ones that are shown: to so many decimals, halves up."""

from fractions import Fraction


def rounded(value: Fraction, decimals: int) -> float:
    """The nearest number with so many decimals, halves up: what a reader expects, and independent of binary floats."""
    return quotient(value.numerator, value.denominator, decimals)


def quotient(part: int, whole: int, decimals: int) -> float:
    """`rounded` of part / whole (`whole` above 0), in integers alone: answers hold many of these."""
    scale: int = 10**decimals
    return (2 * scale * part + whole) // (2 * whole) / scale


def share_percent(part: int, whole: int) -> float:
    """What `part` is of `whole`, 0–100 with one decimal; 0 of nothing."""
    return quotient(100 * part, whole, 1) if whole else 0.0


def change_percent(before: int, now: int) -> float | None:
    """What `now` is more than `before`, in percent of it with one decimal; None where there was nothing before."""
    return quotient(100 * (now - before), before, 1) if before else None
