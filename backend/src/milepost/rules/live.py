"""The live stream: which parts of a learner's data a commit may have changed, and from where a stream resumes.

A hint names more parts rather than fewer: a client that refetches what is unchanged gets a 304.
"""

from collections.abc import Collection

RECORDED_PARTS = ("achievements", "activities", "goals", "history", "progress", "skills", "spaces", "streak")
"""The parts that follow from activities."""
PARTS = (*RECORDED_PARTS, "me", "notifications", "planner")
"""Every part, as hints name them."""


def parts_changed(after: int, revision: int, recorded: Collection[int]) -> tuple[str, ...]:
    """The parts that may have changed since the revision `after`, up to `revision`.

    `recorded`: revisions known to be commits of activities alone. Any other commit may have changed every part.
    """
    if revision - after > len(recorded):
        return PARTS
    return RECORDED_PARTS if all(number in recorded for number in range(after + 1, revision + 1)) else PARTS
