"""Weighted parts of a percentage: what stays out shares its weight among the rest, and both are shown.

All arithmetic is exact; numbers are rounded only to be shown. Does not know what the parts are.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

_WHOLE = Fraction(100)


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a total: its own value in percent, at least 0 and capped at 100, and the weight it was given."""

    percent: Fraction
    weight: Fraction


@dataclass(frozen=True, slots=True)
class WeightedTotal:
    """0–100 in total and per part, exact. `weights_used` sum to 1 unless there are no parts: then the total is 0."""

    total: Fraction
    parts: Mapping[str, Fraction]
    weights_used: Mapping[str, Fraction]


def weighted(parts: Mapping[str, Part]) -> WeightedTotal:
    """Σ weight × part over the parts given, their weights scaled up to 1. Parts without weight are left out."""
    counted = {name: Part(min(part.percent, _WHOLE), part.weight) for name, part in parts.items() if part.weight}
    whole = sum((part.weight for part in counted.values()), Fraction()) or Fraction(1)
    return WeightedTotal(
        total=sum((part.percent * part.weight for part in counted.values()), Fraction()) / whole,
        parts={name: part.percent for name, part in counted.items()},
        weights_used={name: part.weight / whole for name, part in counted.items()},
    )


def exact(weight: float) -> Fraction:
    """The decimal fraction a weight was written as: 0.4 means two fifths."""
    return Fraction(str(weight))
