"""A learner's progress towards an achievement.

It uses the same values and thresholds as unlocking: progress is 100 % exactly when the rule is true.
"""

from collections.abc import Callable, Iterator
from fractions import Fraction
from typing import NamedTuple

from milepost.rules.achievements.catalogue import Catalogue, Entry
from milepost.rules.achievements.conditions import MetricValues, RulePart
from milepost.rules.achievements.definitions import Condition, Definition
from milepost.rules.rounding import share_percent


class AchievementProgress(NamedTuple):
    """`now` of `needed`, in the unit of the deciding condition (ranks for a skill level, 0 or 1 for manual).

    `percent` is 0–100 with one decimal: 100.0 exactly when the rule is true, 0.0 only if `now` is 0.
    """

    now: int
    needed: int
    percent: float

    @property
    def missing(self) -> int:
        return self.needed - self.now


def progress(catalogue: Catalogue, code: str, values: MetricValues) -> AchievementProgress:
    """The progress of the learner's sums by the rule. Whether the achievement is unlocked is in the mask, not here.

    Of `all`, the condition with the lowest share decides: it is what remains to do. Of `any`, the one with the highest.
    Of equal shares, the first. A streak not reached yet shows the run of today, not the longest run: a past run cannot
    continue. `values` must be complete.

    Raises:
        KeyError: The catalogue has no such code.
    """
    entry = catalogue.entries[code]
    if entry.definition.rule.is_granted:
        granted = int(bool(values.unlocked & entry.mask))
        return AchievementProgress(granted, 1, 100.0 * granted)
    now, needed = _shown(_deciding_part(entry, values), values)
    if now >= needed:
        return AchievementProgress(now, needed, 100.0)
    return AchievementProgress(now, needed, share_percent(now, needed))


def deciding_condition(catalogue: Catalogue, code: str, values: MetricValues) -> Condition:
    """The condition that `progress` shows.

    Raises:
        KeyError: The catalogue has no such code.
    """
    return _deciding_part(catalogue.entries[code], values).condition


def nearest(catalogue: Catalogue, values: MetricValues) -> tuple[Definition, AchievementProgress] | None:
    """The locked achievement with the highest share done, of equals the lowest bit; never a secret or manual one.

    One that counts other achievements is nearest only if nothing else is left: it says nothing about what to do next.
    None if no such achievement is left. `values` must be complete.
    """
    best = max(
        _candidates(catalogue, values),
        key=lambda candidate: (candidate.condition.declared.source != "unlocks", candidate.share),
        default=None,
    )
    if best is None:
        return None
    return best.definition, progress(catalogue, best.definition.code, values)


def nearest_of_each_kind(catalogue: Catalogue, values: MetricValues) -> list[tuple[Definition, AchievementProgress]]:
    """The locked achievements that may come next: of those that count the same, the one with the highest share done.

    The highest share first; of equals the lowest bit. Never secret or manual ones. `values` must be complete.
    """
    best: dict[tuple[object, ...], _Candidate] = {}
    for candidate in _candidates(catalogue, values):
        counted = (candidate.condition.metric, candidate.condition.where)
        if counted not in best or candidate.share > best[counted].share:
            best[counted] = candidate
    ranked = sorted(best.values(), key=lambda candidate: -candidate.share)
    return [(one.definition, progress(catalogue, one.definition.code, values)) for one in ranked]


class _Candidate(NamedTuple):
    """A locked achievement that the learner may know of: its deciding condition, and the share of it done (0–1)."""

    share: float
    definition: Definition
    condition: Condition


def _candidates(catalogue: Catalogue, values: MetricValues) -> Iterator[_Candidate]:
    """Every locked achievement that is neither secret nor manual, by bit."""
    for entry in catalogue.active:
        definition = entry.definition
        if values.unlocked & entry.mask or definition.secret or definition.rule.is_granted:
            continue
        part = _deciding_part(entry, values)
        now, needed = _shown(part, values)
        yield _Candidate(min(now / needed, 1.0), definition, part.condition)


def _deciding_part(entry: Entry, values: MetricValues) -> RulePart:
    if len(entry.parts) == 1:
        return entry.parts[0]
    choose: Callable[..., RulePart] = min if entry.definition.rule.needs == "all" else max
    return choose(entry.parts, key=lambda part: Fraction(*_shown(part, values)))


def _shown(part: RulePart, values: MetricValues) -> tuple[int, int]:
    condition: Condition = part.condition
    now = part.read(values)
    if condition.declared.forecast_by == "unbroken_streak" and now < condition.at_least:
        now = min(now, values.run)
    return now, condition.at_least
