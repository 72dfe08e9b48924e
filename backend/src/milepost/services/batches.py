"""The size of a batch, limited by the weight of its items."""

from collections.abc import Callable, Iterable
from typing import TypeVar

T = TypeVar("T")


def take_fitting(due: Iterable[T], weight: Callable[[T], int], capacity: int) -> list[T]:
    """The leading items of `due` whose weights together fit into `capacity`; always at least one."""
    fitting: list[T] = []
    for item in due:
        capacity -= weight(item)
        if fitting and capacity < 0:
            break
        fitting.append(item)
    return fitting
