"""The learners that a transaction changes, noted while it runs and announced once it is committed."""

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from uuid import UUID

_CHANGED: ContextVar[set[UUID] | None] = ContextVar("milepost_changed", default=None)


def note_changed(learners: Collection[UUID]) -> None:
    """Note that the running transaction may change these learners. Outside `noted_changes` nothing is noted."""
    changed = _CHANGED.get()
    if changed is not None:
        changed.update(learners)


@contextmanager
def noted_changes() -> Iterator[set[UUID]]:
    """The learners that are noted inside the block."""
    changed: set[UUID] = set()
    token = _CHANGED.set(changed)
    try:
        yield changed
    finally:
        _CHANGED.reset(token)
