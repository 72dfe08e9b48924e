"""How much of what is due goes into one batch."""

from collections.abc import Callable, Iterable
from typing import TypeVar

T = TypeVar("T")


def take_fitting(due: Iterable[T], weight: Callable[[T], int], room: int) -> list[T]:
    """The first of `due`, as far as their weights go into `room`; one always does."""
    fitting: list[T] = []
    for one in due:
        room -= weight(one)
        if fitting and room < 0:
            break
        fitting.append(one)
    return fitting
