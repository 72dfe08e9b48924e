"""Which achievements a learner's sums unlock.

A catalogue is arranged once, by metric: sorted thresholds, each with the mask of everything it and the lower ones
unlock. What is new is then that mask without the bits already held, so a bit that should be there and is not is found
again by itself. Does not know where a catalogue or a learner is kept.
"""

from bisect import bisect_right
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from milepost.rules.achievements.definitions import Condition, Counter, Definition
from milepost.rules.achievements.metrics import SUMMED_METRICS, Metrics, Part, holds, in_sums, parts_of

_LAST = "achievements_unlocked"
_NEVER = 2**63


def mask_to_bytes(mask: int) -> bytes:
    """A mask as it is stored: little endian, no trailing zero byte, so equal masks are equal bytes."""
    return mask.to_bytes((mask.bit_length() + 7) // 8, "little")


def mask_from_bytes(stored: bytes) -> int:
    """The mask that was stored; no bytes are an empty mask."""
    return int.from_bytes(stored, "little")


@dataclass(frozen=True, slots=True)
class Entry:
    """A definition of a catalogue with its place in the mask, and its conditions ready to be read."""

    definition: Definition
    bit: int
    mask: int
    reads: frozenset[str]
    parts: tuple[Part, ...]

    def is_met(self, metrics: Metrics) -> bool:
        """Is its rule true? `manual` never is: it is granted."""
        return holds(self.definition.rule, self.parts, metrics)


class _Ladder:
    """Every single-condition definition that reads one value: one look finds all that it has reached."""

    __slots__ = ("_masks", "_thresholds", "read")

    def __init__(self, read: Callable[[Metrics], int], entries: Iterable[Entry]) -> None:
        rungs = sorted((entry.parts[0].condition.at_least, entry.mask) for entry in entries)
        self.read = read
        self._thresholds = [at_least for at_least, _ in rungs]
        self._masks = [0]
        for _, mask in rungs:
            self._masks.append(self._masks[-1] | mask)

    def reached(self, metrics: Metrics) -> int:
        """The mask of every definition whose threshold the value has reached."""
        return self._masks[bisect_right(self._thresholds, self.read(metrics))]


class Catalogue:
    """The definitions that exist, arranged for looking up. Never changes: a change of the catalogue makes a new one.

    Only active definitions unlock; retired ones keep their place, and who holds them goes on holding them.
    """

    def __init__(self, definitions: Iterable[tuple[Definition, int]]) -> None:
        """Of (definition, bit): the bit is the definition's place in every learner's mask, for ever.

        Raises:
            ValueError: a code or a bit stands twice, or a bit is negative.
        """
        pairs = sorted(definitions, key=lambda pair: pair[1])
        codes, bits = {definition.code for definition, _ in pairs}, {bit for _, bit in pairs}
        if len(codes) < len(pairs) or len(bits) < len(pairs):
            raise ValueError("a code or a bit stands twice in the catalogue")
        self.countable = sum(1 << bit for definition, bit in pairs if _LAST not in definition.rule.metrics)
        """The mask of what achievements_unlocked counts: everything that does not read it."""
        self.entries: Mapping[str, Entry] = {
            definition.code: _entry(definition, bit, self.countable) for definition, bit in pairs
        }
        """By code, in the order of the bits."""
        self.active = tuple(entry for entry in self.entries.values() if entry.definition.state == "active")
        self._by_bit = {entry.bit: entry.definition for entry in self.active}
        self._arrange()

    def _arrange(self) -> None:
        simple: dict[tuple[str, str | None], list[Entry]] = {}
        self._compound: dict[str, list[Entry]] = {}
        self._compound_last: list[Entry] = []
        for entry in self.active:
            if len(entry.parts) == 1:
                simple.setdefault(_value_read(entry.parts[0].condition), []).append(entry)
            elif _LAST in entry.reads:
                self._compound_last.append(entry)
            else:
                for value in entry.reads:
                    self._compound.setdefault(value, []).append(entry)
        self._ladders: dict[str, list[_Ladder]] = {}
        for (value, _), entries in simple.items():
            self._ladders.setdefault(value, []).append(_Ladder(entries[0].parts[0].read, entries))
        self._ladders_last = self._ladders.pop(_LAST, [])
        self.filters = frozenset(counter.where for counter in self.counters)
        """What the counters of active definitions count."""
        self._hanging = [entry for entry in self.active if _may_hang(entry)]
        self._values = frozenset(self._ladders) | frozenset(self._compound)
        self._steps = tuple(self._steps_of(metric) for metric in SUMMED_METRICS)

    def _steps_of(self, metric: str | None) -> list[int]:
        """Every threshold of an unfiltered metric, ascending, in the unit of its sum."""
        steps = {
            in_sums(part.condition.metric, part.condition.at_least)
            for entry in self.active
            for part in entry.parts
            if part.condition.reads == metric
        }
        return sorted(steps)

    @property
    def counters(self) -> tuple[Counter, ...]:
        """The counters that must be kept for the filters of active definitions, each once, by key."""
        found = {
            counter.key: counter
            for entry in self.active
            for part in entry.parts
            if (counter := part.condition.counter) is not None
        }
        return tuple(found[key] for key in sorted(found))

    def newly_unlocked(self, metrics: Metrics, changed: Collection[str] | None = None) -> list[Definition]:
        """The active definitions that are met and not in `metrics.unlocked`, in the order of their bits.

        Only definitions that read a value named in `changed` (a metric, or a counter by its key) are looked at; None
        looks at all. Those that read achievements_unlocked come last and once: they see what this call unlocks, and do
        not count each other.
        """
        held = metrics.unlocked
        reached = 0
        for value in self._values if changed is None else changed:
            for ladder in self._ladders.get(value, ()):
                reached |= ladder.reached(metrics)
            for entry in self._compound.get(value, ()):
                if not (held | reached) & entry.mask and entry.is_met(metrics):
                    reached |= entry.mask
        if self._ladders_last or self._compound_last:
            reached |= self._reached_last(metrics, held | reached)
        fresh = reached & ~held
        return [self._by_bit[bit] for bit in _bits(fresh)] if fresh else []

    def _reached_last(self, metrics: Metrics, held: int) -> int:
        if held != metrics.unlocked:
            metrics = metrics._replace(unlocked=held)
        reached = 0
        for ladder in self._ladders_last:
            reached |= ladder.reached(metrics)
        for entry in self._compound_last:
            if not held & entry.mask and entry.is_met(metrics):
                reached |= entry.mask
        return reached

    def horizon(self, sums: Sequence[int]) -> tuple[int, ...]:
        """For each sum, in the order in which `Metrics` begins, the next threshold that any definition has above it.

        As long as no sum reaches it, no level moves and no counter is raised, nothing becomes true that was not.
        """
        return tuple(
            steps[place] if (place := bisect_right(steps, value)) < len(steps) else _NEVER
            for steps, value in zip(self._steps, sums, strict=True)
        )

    def lacking(self, metrics: Metrics, changed: Mapping[str, int] | None = None) -> bool:
        """Must the learner's levels and counters be read before `newly_unlocked` can be trusted?

        Only asked of metrics that are not `complete`: those of a batch, which hold the levels and counters it touched.
        `changed` gives for each value the least threshold it may have passed, in the unit of its sum.
        A definition with one condition needs no more. Of those that ask for `all` of several, one that is locked, with
        a part that may just have been met and nothing known to be missing, hangs on a part nobody has read. One that
        asks for `any` does not: the part that is not among the changed would have unlocked it when it changed.
        """
        if metrics.complete:
            return False
        return any(
            not metrics.unlocked & entry.mask
            and (changed is None or _has_moved(entry, metrics, changed))
            and _hangs(entry, metrics)
            for entry in self._hanging
        )

    def no_longer_met(self, metrics: Metrics) -> list[Definition]:
        """What a void takes back: active definitions with `revoke_if_unmet`, held, whose rule is not true any more.

        `metrics` must be complete. Those that read achievements_unlocked see the others already gone.
        """
        gone = self._unmet(metrics, last=False)
        left = metrics._replace(unlocked=metrics.unlocked & ~sum(entry.mask for entry in gone))
        gone += self._unmet(left, last=True)
        return [entry.definition for entry in sorted(gone, key=lambda entry: entry.bit)]

    def _unmet(self, metrics: Metrics, last: bool) -> list[Entry]:
        return [
            entry
            for entry in self.active
            if entry.definition.revoke_if_unmet
            and metrics.unlocked & entry.mask
            and entry.definition.rule.parts[0].metric != "manual"
            and (_LAST in entry.reads) == last
            and not entry.is_met(metrics)
        ]

    def held(self, unlocked: int) -> list[Definition]:
        """The definitions whose bit is in the mask, retired ones too, in the order of their bits."""
        return [entry.definition for entry in self.entries.values() if unlocked & entry.mask]

    def mask_of(self, codes: Iterable[str]) -> int:
        """The mask of these codes; a code that the catalogue does not have counts for nothing."""
        mask = 0
        for code in codes:
            if code in self.entries:
                mask |= self.entries[code].mask
        return mask


def _entry(definition: Definition, bit: int, countable: int) -> Entry:
    rule = definition.rule
    reads = frozenset(part.reads for part in rule.parts)
    return Entry(definition, bit, 1 << bit, reads, parts_of(rule, countable))


def _value_read(condition: Condition) -> tuple[str, str | None]:
    """Conditions that read the same value differ only in their threshold."""
    return condition.reads, condition.topic


def _may_hang(entry: Entry) -> bool:
    """Does it ask for `all` of several conditions, of which a batch may not hold one?"""
    parts = entry.definition.rule.parts
    partial = any(part.where is not None or part.metric == "skill_level" for part in parts)
    return partial and len(parts) > 1 and entry.definition.rule.needs == "all"


def _has_moved(entry: Entry, metrics: Metrics, changed: Mapping[str, int]) -> bool:
    """Is one of its conditions met, and may have not been before?"""
    return any(
        part.condition.reads in changed
        and part.is_met(metrics)
        and in_sums(part.condition.metric, part.condition.at_least) >= changed[part.condition.reads]
        for part in entry.parts
    )


def _hangs(entry: Entry, metrics: Metrics) -> bool:
    """Is every condition met or unread, and at least one not met?"""
    unmet = [part for part in entry.parts if not part.is_met(metrics)]
    return bool(unmet) and all(part.is_unread(metrics) for part in unmet)


def _bits(mask: int) -> Iterator[int]:
    while mask:
        lowest = mask & -mask
        yield lowest.bit_length() - 1
        mask ^= lowest
