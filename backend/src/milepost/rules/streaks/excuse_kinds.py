"""Why a day cannot break a streak, and which reason stands when a day has several. Does not know days."""

from enum import StrEnum


class ExcusedKind(StrEnum):
    """Reasons, strongest first. `impossible`: the date did not exist for the learner, so nobody could meet it."""

    impossible = "impossible"
    restore = "restore"
    repair = "repair"
    outage = "outage"
    travel = "travel"
    pause = "pause"


_RANK = {kind: rank for rank, kind in enumerate(ExcusedKind)}


def stronger(held: ExcusedKind | None, other: ExcusedKind) -> ExcusedKind:
    """The reason that stands; `held` is None where a day has none yet."""
    return other if held is None or _RANK[other] < _RANK[held] else held
