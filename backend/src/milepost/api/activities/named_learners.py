"""Which learner each activity of a request is about. One that names somebody else does not block the others."""

from collections.abc import Sequence
from dataclasses import replace
from uuid import UUID

from milepost.api.activities.parsing import ReadBatch
from milepost.api.edge.caller import Caller
from milepost.api.edge.guard import learner_named
from milepost.errors import Fault, Invalid, NotFound, Refused


def learners_of(caller: Caller, batch: ReadBatch, in_query: str | None) -> Sequence[UUID | str]:
    """The learner of each item, or the reason to reject the item. Items without an activity are `invalid`.

    Raises:
        NotFound: `learner_not_found`, a learner names another learner in the query string, beside a batch, or in a
            single activity.
        Invalid: `learner_conflict`, with the places that name another learner than the query string or the batch.
    """
    around = (batch.learner, in_query)
    if any(around):
        learner_named(caller, *around, place="/learner_id")
    learners: dict[str | None, UUID | Refused] = {}
    faults: list[Fault] = []
    answers: list[UUID | str] = []
    for position, item in enumerate(batch.items):
        if item.activity is None:
            answers.append("invalid")
            continue
        learner = learners.get(item.learner)
        if learner is None:
            learner = learners[item.learner] = _learner_or_refusal(caller, batch.learner_pointer, item.learner, *around)
        if not batch.is_batch and isinstance(learner, Refused) and learner.code != "learner_required":
            raise learner
        if isinstance(learner, Invalid):
            faults += [replace(fault, pointer=f"/activities/{position}{fault.pointer}") for fault in learner.faults]
        answers.append(learner if isinstance(learner, UUID) else learner.code)
    if faults:
        raise Invalid("learner_conflict", "The request names more than one learner.", tuple(faults))
    return answers


def names_sent(caller: Caller, batch: ReadBatch, in_query: str | None) -> Sequence[str | None]:
    """The learner of each item as a service named it in a batch, so that it can match the answer; otherwise None."""
    if caller.role != "service" or not batch.is_batch:
        return [None] * len(batch.items)
    around = batch.learner or in_query
    return [item.learner or around for item in batch.items]


def _learner_or_refusal(caller: Caller, place: str | None, *names: str | None) -> UUID | Refused:
    """Like `learner_named`, but returns the refusal because it concerns only this item."""
    try:
        return learner_named(caller, *names, place=place)
    except (Invalid, NotFound) as refusal:
        return refusal
