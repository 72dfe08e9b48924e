"""The reasons that excuse a day, and which of several reasons applies. This module does not know days."""

from enum import StrEnum


class ExcusedKind(StrEnum):
    """Reasons, strongest first. `impossible`: the date did not exist for the learner, who could not meet it."""

    impossible = "impossible"
    restore = "restore"
    repair = "repair"
    outage = "outage"
    travel = "travel"
    pause = "pause"


_RANK = {kind: rank for rank, kind in enumerate(ExcusedKind)}


def stronger(kind: ExcusedKind | None, other: ExcusedKind) -> ExcusedKind:
    """The reason that applies; `kind` is None if the day has none yet."""
    return other if kind is None or _RANK[other] < _RANK[kind] else kind
