"""The demo's own sign-in, as `milepost run` hands it to its API: who can be chosen, and how a token is made.

A production process never holds one, so what needs it answers 404 there.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class DemoLearner:
    """A learner to choose. `description`: what there is to see."""

    learner_id: str
    name: str
    description: str


@dataclass(frozen=True, slots=True)
class DemoSignIn:
    """`mint`: a token for a subject and a role, made at an instant, and its end."""

    learners: Sequence[DemoLearner]
    administrator: str
    mint: Callable[[str, str, datetime], tuple[str, datetime]]
