"""A weighted mean of percentages: the weights of missing parts are distributed among the others.

All arithmetic is exact; numbers are rounded only for display. This module does not know what the parts are.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache

_WHOLE = Fraction(100)


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a total: its value in percent (at least 0; `weighted` caps it at 100) and its configured weight."""

    percent: Fraction
    weight: Fraction


@dataclass(frozen=True, slots=True)
class WeightedTotal:
    """The total and the parts, 0–100, exact. `weights_used` sum to 1; without parts, all is empty and total 0."""

    total: Fraction
    parts: Mapping[str, Fraction]
    weights_used: Mapping[str, Fraction]


def weighted(parts: Mapping[str, Part]) -> WeightedTotal:
    """Σ weight × part, with the weights scaled to sum to 1. Parts with weight 0 are left out."""
    counted = {name: Part(min(part.percent, _WHOLE), part.weight) for name, part in parts.items() if part.weight}
    whole = sum((part.weight for part in counted.values()), Fraction()) or Fraction(1)
    return WeightedTotal(
        total=sum((part.percent * part.weight for part in counted.values()), Fraction()) / whole,
        parts={name: part.percent for name, part in counted.items()},
        weights_used={name: part.weight / whole for name, part in counted.items()},
    )


@lru_cache(maxsize=256)
def exact(weight: float) -> Fraction:
    """A weight as the decimal fraction it was written as: 0.4 is two fifths."""
    return Fraction(str(weight))
