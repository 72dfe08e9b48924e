"""What tests of insights, predictions and recommendations record and read."""

from collections.abc import Awaitable, Callable
from datetime import timedelta

from support.builders import exercise
from support.callers import Caller
from support.clock import START

INSIGHTS, PREDICTIONS = "/progress/insights", "/progress/predictions"
RECOMMENDATIONS = "/progress/recommendations"

OnlyEntry = Callable[[dict[str, object]], Awaitable[None]]
"""Makes this the only achievement that can be earned."""


async def texts(caller: Caller, path: str, **query: object) -> dict[str, str]:
    """The sentences, by kind."""
    body = (await caller.get(path, **query)).ok()
    return {sentence["kind"]: sentence["text"] for sentence in body[path.rpartition("/")[2]]}


def steady(days: int, **fields: object) -> list[dict[str, object]]:
    """An exercise on each of the last `days` days up to yesterday, and two today."""
    nothing: dict[str, object] = {"topic": None, "value": 100, "hints_used": 0, "duration_seconds": 125, "points": 7}
    days_back = [0, *range(days + 1)]
    return [exercise(START - back * timedelta(days=1), **(nothing | fields)) for back in days_back]
