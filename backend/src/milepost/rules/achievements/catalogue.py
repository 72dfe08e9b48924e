"""Which achievements a learner's sums unlock.

A catalogue is indexed once, by metric: sorted thresholds, each with the mask of everything it and the lower ones
unlock. The new unlocks are that mask minus the bits the learner already has, so a bit that is missing by mistake is set
by the next evaluation. This module does not know where catalogues or learners are stored.
"""

from bisect import bisect_right
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from milepost.rules.achievements.conditions import MetricValues, RulePart, is_true, parts_of
from milepost.rules.achievements.definitions import Condition, Counter, Definition
from milepost.rules.achievements.metrics import SUMMED_METRICS, UNLOCKS_METRIC

_NEVER = 2**63


def mask_to_bytes(mask: int) -> bytes:
    """The stored form of a mask: little endian, no trailing zero byte, so equal masks are equal bytes."""
    return mask.to_bytes((mask.bit_length() + 7) // 8, "little")


def mask_from_bytes(stored: bytes) -> int:
    """The mask stored as these bytes; empty bytes are the empty mask."""
    return int.from_bytes(stored, "little")


@dataclass(frozen=True, slots=True)
class Entry:
    """A definition in a catalogue, with its bit in the mask and a reader for each of its conditions."""

    definition: Definition
    bit: int
    mask: int
    reads: frozenset[str]
    parts: tuple[RulePart, ...]

    def is_met(self, values: MetricValues) -> bool:
        """Is its rule true? A `manual` rule never is: an administrator grants it."""
        return is_true(self.definition.rule, self.parts, values)


class _Ladder:
    """All single-condition definitions that read the same value: one bisection finds every threshold reached."""

    __slots__ = ("_masks", "_thresholds", "read")

    def __init__(self, read: Callable[[MetricValues], int], entries: Iterable[Entry]) -> None:
        rungs = sorted((entry.parts[0].condition.at_least, entry.mask) for entry in entries)
        self.read = read
        self._thresholds = [at_least for at_least, _ in rungs]
        self._masks = [0]
        for _, mask in rungs:
            self._masks.append(self._masks[-1] | mask)

    def reached(self, values: MetricValues) -> int:
        """The mask of every definition whose threshold the value has reached."""
        return self._masks[bisect_right(self._thresholds, self.read(values))]


class Catalogue:
    """All definitions, indexed for evaluation. Immutable: changing the catalogue builds a new one.

    Only active definitions unlock. Retired ones keep their bit, and learners who have them keep them.
    """

    def __init__(self, definitions: Iterable[tuple[Definition, int]]) -> None:
        """Build from (definition, bit) pairs: the bit is the definition's permanent position in every learner's mask.

        Raises:
            ValueError: A code or a bit occurs twice, or a bit is negative.
        """
        pairs = sorted(definitions, key=lambda pair: pair[1])
        codes, bits = {definition.code for definition, _ in pairs}, {bit for _, bit in pairs}
        if len(codes) < len(pairs) or len(bits) < len(pairs):
            raise ValueError("a code or a bit occurs twice in the catalogue")
        self.countable = sum(1 << bit for definition, bit in pairs if not definition.rule.counts_unlocks)
        """The mask of the definitions that achievements_unlocked counts: all that do not read that metric."""
        self.entries: Mapping[str, Entry] = {
            definition.code: _entry(definition, bit, self.countable) for definition, bit in pairs
        }
        """Entries by code, in bit order."""
        self.active = tuple(entry for entry in self.entries.values() if entry.definition.state == "active")
        self._by_bit = {entry.bit: entry.definition for entry in self.active}
        self._build_index()

    def _build_index(self) -> None:
        simple: dict[tuple[str, str | None], list[Entry]] = {}
        self._compound: dict[str, list[Entry]] = {}
        self._compound_last: list[Entry] = []
        for entry in self.active:
            if len(entry.parts) == 1:
                simple.setdefault(_ladder_key(entry.parts[0].condition), []).append(entry)
            elif UNLOCKS_METRIC in entry.reads:
                self._compound_last.append(entry)
            else:
                for value in entry.reads:
                    self._compound.setdefault(value, []).append(entry)
        self._ladders: dict[str, list[_Ladder]] = {}
        for (value, _), entries in simple.items():
            self._ladders.setdefault(value, []).append(_Ladder(entries[0].parts[0].read, entries))
        self._ladders_last = self._ladders.pop(UNLOCKS_METRIC, [])
        self.filters = frozenset(counter.where for counter in self.counters)
        """The filters of the counters that active definitions read."""
        self._with_partial_parts = [entry for entry in self.active if _may_need_unread(entry)]
        self._values = frozenset(self._ladders) | frozenset(self._compound)
        self._thresholds = tuple(self._thresholds_of(metric.name) for metric in SUMMED_METRICS)

    def _thresholds_of(self, metric: str) -> list[int]:
        """Every threshold of an unfiltered metric, ascending, in the unit of its sum."""
        thresholds = {
            part.condition.declared.in_sum_units(part.condition.at_least)
            for entry in self.active
            for part in entry.parts
            if part.condition.reads == metric
        }
        return sorted(thresholds)

    @property
    def counters(self) -> tuple[Counter, ...]:
        """The counters that the filters of active definitions need, without duplicates, sorted by key."""
        by_key = {
            counter.key: counter
            for entry in self.active
            for part in entry.parts
            if (counter := part.condition.counter) is not None
        }
        return tuple(by_key[key] for key in sorted(by_key))

    def newly_unlocked(self, values: MetricValues, changed: Collection[str] | None = None) -> list[Definition]:
        """The active definitions that are met and not in `values.unlocked`, in bit order.

        Only definitions that read a value named in `changed` (a metric, or a counter by its key) are evaluated; None
        evaluates all. Those that read achievements_unlocked are evaluated last and once: they see what this call
        unlocks, and do not count each other.
        """
        unlocked = values.unlocked
        reached = 0
        for value in self._values if changed is None else changed:
            for ladder in self._ladders.get(value, ()):
                reached |= ladder.reached(values)
            for entry in self._compound.get(value, ()):
                if not (unlocked | reached) & entry.mask and entry.is_met(values):
                    reached |= entry.mask
        if self._ladders_last or self._compound_last:
            reached |= self._reached_last(values, unlocked | reached)
        new = reached & ~unlocked
        return [self._by_bit[bit] for bit in _bits(new)] if new else []

    def _reached_last(self, values: MetricValues, unlocked: int) -> int:
        if unlocked != values.unlocked:
            values = values._replace(unlocked=unlocked)
        reached = 0
        for ladder in self._ladders_last:
            reached |= ladder.reached(values)
        for entry in self._compound_last:
            if not unlocked & entry.mask and entry.is_met(values):
                reached |= entry.mask
        return reached

    def next_thresholds(self, sums: Sequence[int]) -> tuple[int, ...]:
        """For each sum (in the order of `METRIC_COLUMNS`), the next threshold above it in any definition.

        While no sum reaches its next threshold, no level moves and no counter rises, no rule becomes true.
        """
        return tuple(
            thresholds[index] if (index := bisect_right(thresholds, value)) < len(thresholds) else _NEVER
            for thresholds, value in zip(self._thresholds, sums, strict=True)
        )

    def needs_unread(self, values: MetricValues, changed: Mapping[str, int] | None = None) -> bool:
        """Must the learner's other levels and counters be read before `newly_unlocked` can be trusted?

        Only true of values that are not `complete`: those of a batch, which hold the levels and counters it touched.
        `changed` maps each changed value to the lowest threshold it may have passed, in the unit of its sum.

        A definition with one condition never needs more. A locked definition that requires `all` of several does, if
        one part may just have been met and every unmet part is unread. A definition that requires `any` does not: an
        unchanged part would have unlocked it when that part changed.
        """
        if values.complete:
            return False
        return any(
            not values.unlocked & entry.mask
            and (changed is None or _may_be_newly_met(entry, values, changed))
            and _only_unread_is_unmet(entry, values)
            for entry in self._with_partial_parts
        )

    def no_longer_met(self, values: MetricValues) -> list[Definition]:
        """The unlocks a void revokes: active definitions with `revoke_if_unmet` whose rule is no longer true.

        `values` must be complete. Definitions that read achievements_unlocked are checked after the rest.
        """
        revoked = self._unmet(values, last=False)
        remaining = values._replace(unlocked=values.unlocked & ~sum(entry.mask for entry in revoked))
        revoked += self._unmet(remaining, last=True)
        return [entry.definition for entry in sorted(revoked, key=lambda entry: entry.bit)]

    def _unmet(self, values: MetricValues, last: bool) -> list[Entry]:
        return [
            entry
            for entry in self.active
            if entry.definition.revoke_if_unmet
            and values.unlocked & entry.mask
            and not entry.definition.rule.is_granted
            and (UNLOCKS_METRIC in entry.reads) == last
            and not entry.is_met(values)
        ]

    def definitions_in(self, unlocked: int) -> list[Definition]:
        """The definitions whose bit is in the mask, including retired ones, in bit order."""
        return [entry.definition for entry in self.entries.values() if unlocked & entry.mask]

    def mask_of(self, codes: Iterable[str]) -> int:
        """The mask of these codes; codes that are not in the catalogue are ignored."""
        mask = 0
        for code in codes:
            if code in self.entries:
                mask |= self.entries[code].mask
        return mask


def _entry(definition: Definition, bit: int, countable: int) -> Entry:
    rule = definition.rule
    reads = frozenset(part.reads for part in rule.parts)
    return Entry(definition, bit, 1 << bit, reads, parts_of(rule, countable))


def _ladder_key(condition: Condition) -> tuple[str, str | None]:
    """Equal for conditions that differ only in their threshold."""
    return condition.reads, condition.topic


def _may_need_unread(entry: Entry) -> bool:
    """Does it require `all` of several conditions, at least one of which reads a level or a counter?"""
    parts = entry.definition.rule.parts
    partial = any(part.where is not None or part.declared.source == "levels" for part in parts)
    return partial and len(parts) > 1 and entry.definition.rule.needs == "all"


def _may_be_newly_met(entry: Entry, values: MetricValues, changed: Mapping[str, int]) -> bool:
    """Is one of its conditions met that may have been unmet before the change?"""
    return any(
        part.condition.reads in changed
        and part.is_met(values)
        and part.condition.declared.in_sum_units(part.condition.at_least) >= changed[part.condition.reads]
        for part in entry.parts
    )


def _only_unread_is_unmet(entry: Entry, values: MetricValues) -> bool:
    """Is at least one condition unmet, and every unmet one unread?"""
    unmet = [part for part in entry.parts if not part.is_met(values)]
    return bool(unmet) and all(part.is_unread(values) for part in unmet)


def _bits(mask: int) -> Iterator[int]:
    while mask:
        lowest = mask & -mask
        yield lowest.bit_length() - 1
        mask ^= lowest
