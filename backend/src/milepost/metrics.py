"""What a process counts about itself, for `/metrics`.

With several processes, prometheus_client keeps the counts in files of one folder and adds them up. It looks for the
folder when it is imported, so the folder must be named before.
"""

import os

from prometheus_client import CollectorRegistry, Counter, disable_created_metrics
from prometheus_client.multiprocess import MultiProcessCollector

FOLDER_VARIABLE = "PROMETHEUS_MULTIPROC_DIR"
"""The environment variable that names the folder."""

disable_created_metrics()  # type: ignore[no-untyped-call] # it has no types


class Metrics:
    """The counters of one application."""

    def __init__(self) -> None:
        self._own = CollectorRegistry()
        self.cache_hits = Counter(
            "milepost_cache_hits", "Responses served from the cache.", ["cache"], registry=self._own
        )
        self.cache_misses = Counter(
            "milepost_cache_misses", "Responses that had to be computed.", ["cache"], registry=self._own
        )
        self.unknown_kinds = Counter(
            "milepost_unknown_kinds", "Activities of undeclared kinds, taken or refused.", registry=self._own
        )
        self.shared_cache_faults = Counter("milepost_shared_cache_faults", "Failed calls to Redis.", registry=self._own)
        self.rate_limited = Counter(
            "milepost_rate_limited",
            "Requests that were refused because a quota was used up.",
            ["policy"],
            registry=self._own,
        )

    def of_all_processes(self) -> CollectorRegistry:
        """The counters of all processes that share a socket with this one; its own if it is alone."""
        if FOLDER_VARIABLE not in os.environ:
            return self._own
        together = CollectorRegistry()
        MultiProcessCollector(together)  # type: ignore[no-untyped-call] # registers itself
        return together

    def value(self, name: str, **labels: str) -> float:
        """What this process has counted, by the name and the labels in `/metrics`; 0 for what it never counted."""
        return self._own.get_sample_value(name, labels) or 0.0
