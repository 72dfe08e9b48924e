"""A call of the HTTP API, and a scene: what somebody does at one moment, in one or more calls."""

from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

Answer = Mapping[str, object]
"""The JSON of an answer; empty if the call was refused because something exists, has changed or is gone."""


@dataclass(frozen=True, slots=True)
class Call:
    """One call of `subject` in its role."""

    subject: str
    method: str
    path: str
    body: object = None
    role: Literal["learner", "service", "admin"] = "learner"


Script = Generator[Call, Answer, Answer]
"""Yields calls and receives the answer to each; may return one of them to the script that plays it."""


@dataclass(frozen=True, slots=True)
class Scene:
    """What happens at one moment."""

    at: datetime
    play: Callable[[], Script]


def scene(at: datetime, *calls: Call) -> Scene:
    """A scene of calls that do not depend on each other's answers."""

    def play() -> Script:
        answer: Answer = {}
        for call in calls:
            answer = yield call
        return answer

    return Scene(at, play)


def rows(answer: Answer, name: str) -> list[Answer]:
    """The list of this name in an answer; empty without one."""
    listed = answer.get(name)
    return listed if isinstance(listed, list) else []
