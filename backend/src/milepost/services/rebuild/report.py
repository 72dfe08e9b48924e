"""The progress that a rebuild or a check reports while it runs."""

from collections.abc import Sequence
from typing import NamedTuple
from uuid import UUID

from milepost.services.projections.declaration import Difference


class BatchReport(NamedTuple):
    """Progress of a run: learners `done` of about `total`, and the differences of this batch.

    `waiting`: learners of this batch that were skipped, because the worker will rebuild them.
    """

    done: int
    total: int
    differences: Sequence[Difference] = ()
    waiting: Sequence[UUID] = ()
