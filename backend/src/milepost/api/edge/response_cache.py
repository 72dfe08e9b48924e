"""Answers kept in the process: valid exactly as long as their validator is, bounded in number."""

from collections import OrderedDict
from uuid import UUID


class AnswerCache:
    """The answers last given, by learner and address, bounded; the one used longest ago goes first."""

    def __init__(self, entries: int) -> None:
        self._entries = entries
        self._kept: OrderedDict[tuple[UUID, bytes], tuple[str, bytes]] = OrderedDict()
        self.hits = 0
        self.misses = 0

    def recall(self, key: tuple[UUID, bytes], validator: str) -> bytes | None:
        """The body kept for this address, if it is still true."""
        kept = self._kept.get(key)
        if kept is None or kept[0] != validator:
            self.misses += 1
            return None
        self._kept.move_to_end(key)
        self.hits += 1
        return kept[1]

    def keep(self, key: tuple[UUID, bytes], validator: str, body: bytes) -> None:
        """Remember a body."""
        self._kept[key] = (validator, body)
        self._kept.move_to_end(key)
        while len(self._kept) > self._entries:
            self._kept.popitem(last=False)
