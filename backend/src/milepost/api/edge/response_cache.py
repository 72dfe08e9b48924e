"""The in-process response cache. An entry is valid as long as its validator; the number of entries is limited."""

from collections import OrderedDict
from collections.abc import Callable
from uuid import UUID

from milepost.metrics import Metrics


class AnswerCache:
    """The most recent responses by learner and address. Evicts the least recently used entry first."""

    def __init__(self, entries: int, metrics: Metrics) -> None:
        self._entries = entries
        self._bodies: OrderedDict[tuple[UUID, bytes], tuple[str, bytes]] = OrderedDict()
        self._hits = metrics.cache_hits.labels("answers")
        self._misses = metrics.cache_misses.labels("answers")

    def recall(self, key: tuple[UUID, bytes], validator: str) -> bytes | None:
        """The body cached for this address, if its validator still matches."""
        entry = self._bodies.get(key)
        if entry is None or entry[0] != validator:
            self._misses.inc()
            return None
        self._bodies.move_to_end(key)
        self._hits.inc()
        return entry[1]

    def keep(self, key: tuple[UUID, bytes], validator: str, body: bytes) -> None:
        """Cache a body."""
        self._bodies[key] = (validator, body)
        self._bodies.move_to_end(key)
        while len(self._bodies) > self._entries:
            self._bodies.popitem(last=False)

    def forget(self, has_departed: Callable[[UUID], bool]) -> None:
        """Forget the answers of learners who have left."""
        departed = {learner_id for learner_id in {key[0] for key in self._bodies} if has_departed(learner_id)}
        for key in [key for key in self._bodies if key[0] in departed]:
            del self._bodies[key]
