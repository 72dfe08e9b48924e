"""What a rebuild or a check reports while it runs."""

from collections.abc import Sequence
from typing import NamedTuple
from uuid import UUID

from milepost.services.projections.declaration import Difference


class Progress(NamedTuple):
    """How far a run is: learners `done` of about `total`, and what this batch found to differ.

    `waiting`: learners of this batch that were left out, because the worker is to rebuild them.
    """

    done: int
    total: int
    differences: Sequence[Difference] = ()
    waiting: Sequence[UUID] = ()
