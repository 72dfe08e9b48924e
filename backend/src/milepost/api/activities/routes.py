"""Recording activities, in our own shape and in the platform's, and voiding them."""

from collections.abc import Sequence
from uuid import UUID

from quart import Blueprint

from milepost.api.activities.named_learners import learners_of, names_sent
from milepost.api.activities.parsing import ReadBatch, read_activities, read_progress_event, read_recorded_event
from milepost.api.activities.schemas import (
    ActivityIn,
    BatchIn,
    ProgressEventIn,
    RecordedEventIn,
    RecordedOut,
    VoidedOut,
    VoidQuery,
    VoidQueuedOut,
)
from milepost.api.activities.serializers import learner_after_json, result_json
from milepost.api.edge.caller import Caller
from milepost.api.edge.guard import current_caller, learner_named, sender_of
from milepost.api.edge.problem_codes import CATALOGUE, declare
from milepost.api.edge.problems import problem
from milepost.api.edge.rate_limits import charge
from milepost.api.edge.request_context import header, resources
from milepost.api.http.contract import contract
from milepost.api.http.fields import NamedLearner
from milepost.api.http.idempotency import idempotency_key
from milepost.api.http.learner_routes import BODY_LEARNER_PROBLEMS, READ_ROLES, WRITE_ROLES
from milepost.api.http.parsing import read_body, read_query, read_raw
from milepost.api.http.responses import Reply, answer
from milepost.errors import Invalid, NotFound
from milepost.services.activities import Outcome
from milepost.services.activities.outcome import SentActivity
from milepost.services.activities.void import VoidingRole
from milepost.services.progress import RecordAnswer

blueprint = Blueprint("activities", __name__)

declare(
    nothing_taken=(422, "No activity was accepted; `results` gives the reason for each."),
    all_conflict=(409, "Every id is already stored with different content; `results` lists the fields that differ."),
    too_many_activities=(422, "The request has too many activities."),
    activity_not_found=(404, "The learner has no such activity from this sender."),
    sender_required=(422, "An administrator must name the sender."),
    void_too_late=(409, "The time in which a learner may void an activity has passed."),
)

_INTAKE_PROBLEMS = (*BODY_LEARNER_PROBLEMS, "nothing_taken", "all_conflict", "intake_busy")


@blueprint.post("/activities")
@contract(
    operation="recordActivities",
    summary="Record activities",
    roles=WRITE_ROLES,
    query=NamedLearner,
    request=ActivityIn | BatchIn,
    answers=RecordedOut,
    problems=(*_INTAKE_PROBLEMS, "too_many_activities", "invalid_idempotency_key"),
    tag="activities",
    charges="intake",
    large_body=True,
)
async def record() -> Reply:
    """Records one activity, or `{"activities": […]}` with at most 1,000.

    Each activity has its own result: `accepted`, `duplicate` (already stored with the same content; nothing changes),
    `conflict` (the id is stored with different content), or `rejected` with a reason. Sending the same ids again is
    always safe. A quota counts activities, not requests.
    """
    raw = await read_raw()
    key = idempotency_key(header(b"idempotency-key"))
    batch = read_activities(raw, key, resources().settings.batch_limit)
    if len(batch.items) > 1:
        # The request itself has paid for the first.
        await charge("intake", len(batch.items) - 1)
    return await _record(batch)


@blueprint.post("/progress/events")
@contract(
    operation="recordProgressEvent",
    summary="Record a progress event",
    roles=WRITE_ROLES,
    query=NamedLearner,
    request=ProgressEventIn,
    answers=RecordedOut,
    problems=(*_INTAKE_PROBLEMS, "invalid_idempotency_key"),
    tag="activities",
    charges="intake",
)
async def record_progress_event() -> Reply:
    """Records a task, time, milestone or interaction of a space, in the shape that the platform's spaces send."""
    key = idempotency_key(header(b"idempotency-key"))
    return await _record(ReadBatch([read_progress_event(await read_body(ProgressEventIn), key)], learner_pointer=None))


@blueprint.post("/events")
@contract(
    operation="recordEvent",
    summary="Record an event",
    roles=WRITE_ROLES,
    query=NamedLearner,
    request=RecordedEventIn,
    answers=RecordedOut,
    problems=(*_INTAKE_PROBLEMS, "invalid_idempotency_key"),
    tag="activities",
    charges="intake",
)
async def record_event() -> Reply:
    """Records what a learner did, in the shape that the platform's features send. `timestamp` defaults to now."""
    key = idempotency_key(header(b"idempotency-key"))
    return await _record(ReadBatch([read_recorded_event(await read_body(RecordedEventIn), key)], learner_pointer=None))


@blueprint.delete("/activities/<any_text:activity_id>")
@contract(
    operation="voidActivity",
    summary="Void an activity",
    roles=READ_ROLES,
    query=VoidQuery,
    answers={200: VoidedOut, 202: VoidQueuedOut},
    problems=("learner_not_found", "learner_required", "sender_required", "activity_not_found", "void_too_late"),
    tag="activities",
    charges="intake",
)
async def void(activity_id: str) -> Reply:
    """The activity no longer counts and leaves the feed. Achievements it unlocked stay, and its id cannot be used
    again.

    If it held a `once_key`, the key passes to the earliest remaining activity that names it. Repeating the request
    changes nothing. 202: the learner has so many activities that a job will recount them soon. Until then, reads of
    progress still count the activity and send the header `Milepost-Pending: rebuild`.
    """
    caller, app = current_caller(), resources()
    query = read_query(VoidQuery)
    learner_id = learner_named(caller, query.learner_id)
    sender, role = _sender_and_role(caller, query.sender)
    administrator = caller.subject if role == "admin" else None
    learner = await app.progress.void(learner_id, sender, activity_id, role, app.clock.now(), administrator)
    voided = {"id": activity_id, "sender": sender}
    if learner is None:
        return answer({**voided, "status": "queued"}, status=202)
    return answer({**voided, "status": "voided", "learner": learner_after_json(learner)})


def _sender_and_role(caller: Caller, named: str | None) -> tuple[str, VoidingRole]:
    """The sender whose activity the caller voids, and the caller's role. Only an administrator may name another sender.

    Raises:
        Invalid: an administrator names no sender.
        NotFound: another caller names a sender other than itself.
    """
    if caller.role == "admin":
        if named is None:
            raise Invalid("sender_required", "The role admin must name the sender.")
        return named, "admin"
    if named not in (None, caller.sender):
        raise NotFound("activity_not_found", "The learner has no such activity from this sender.")
    return caller.sender, "learner" if caller.role == "learner" else "service"


async def _record(batch: ReadBatch) -> Reply:
    """Record the valid items, and answer with a result for every item, in order."""
    caller = current_caller()
    recorded = await _record_items(caller, batch)
    names = names_sent(caller, batch, read_query(NamedLearner).learner_id)
    rows = list(zip(batch.items, recorded.outcomes, names, strict=True))
    results = [result_json(item, outcome, name) for item, outcome, name in rows]
    if not recorded.learners:
        return _nothing_taken(results)
    sent_as: dict[UUID, dict[str, None]] = {}
    for _, outcome, name in rows:
        if name is not None:
            sent_as.setdefault(outcome.learner_id, {})[name] = None
    learners = [learner_after_json(learner, [*sent_as.get(learner.learner_id, ())]) for learner in recorded.learners]
    return answer({"results": results, "learners": learners})


async def _record_items(caller: Caller, batch: ReadBatch) -> RecordAnswer:
    """Record the valid items for the caller. Returns an outcome for every item, in order.

    Raises:
        NotFound, Invalid: see `learners_of`.
    """
    app = resources()
    outcomes: list[Outcome | None] = [None] * len(batch.items)
    submissions: list[SentActivity] = []
    positions: list[int] = []
    learners = learners_of(caller, batch, read_query(NamedLearner).learner_id)
    for position, (item, learner) in enumerate(zip(batch.items, learners, strict=True)):
        if item.activity is None or item.id is None:
            outcomes[position] = Outcome(item.id or "", "rejected", UUID(int=0), reason="invalid")
        elif isinstance(learner, UUID):
            submissions.append(SentActivity(learner, item.id, item.activity))
            positions.append(position)
        else:
            outcomes[position] = Outcome(item.id, "rejected", UUID(int=0), reason=learner)
    recorded = await app.progress.record(sender_of(caller), submissions, app.clock.now())
    for position, outcome in zip(positions, recorded.outcomes, strict=True):
        outcomes[position] = outcome
        if caller.role == "learner":
            outcome.merged_into = None
    return RecordAnswer([outcome for outcome in outcomes if outcome is not None], recorded.learners)


def _nothing_taken(results: Sequence[dict[str, object]]) -> Reply:
    if all(result["status"] == "conflict" for result in results):
        detail = "Every id is already stored with different content; nothing was changed."
        return problem(409, "all_conflict", detail, results=results)
    reasons = {str(result.get("reason")) for result in results}
    code = reasons.pop() if len(reasons) == 1 else "nothing_taken"
    if code == "learner_required":
        return problem(422, code, "The role service must name the learner.", results=results)
    if code == "learner_not_found":
        return problem(404, code, "There is no such learner.", results=results)
    if code in ("learner_erased", "learner_merged"):
        return problem(410, code, CATALOGUE[code][1], results=results)
    return problem(422, "nothing_taken", "No activity was accepted; nothing was changed.", results=results)
