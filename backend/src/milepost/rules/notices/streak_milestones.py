"""Which lengths of a run are milestones: 3, 7, 14, 30, 50, 100, 200, 365 days, and every further 100."""

from collections.abc import Iterator
from functools import lru_cache

FIRST_MILESTONES = (3, 7, 14, 30, 50, 100, 200, 365)
_STEP = 100


def milestones_between(before: int, after: int) -> Iterator[int]:
    """The milestones that a run passes when it grows from `before` to `after` days, ascending."""
    yield from (days for days in FIRST_MILESTONES if before < days <= after)
    start = max(before, FIRST_MILESTONES[-1]) // _STEP + 1
    yield from range(start * _STEP, after + 1, _STEP)


@lru_cache(maxsize=1_024)
def next_milestone(run: int) -> int:
    """The first milestone that a run of `run` days has not reached."""
    return next(milestones_between(run, run + FIRST_MILESTONES[-1]))
