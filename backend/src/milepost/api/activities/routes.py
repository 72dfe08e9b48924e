"""Activities in and out: recording one or many, in our own shape and the platform's, and the feed."""

from collections.abc import Callable, Sequence
from uuid import UUID

from quart import Blueprint, Response

from milepost.api.activities.parsing import ReadItem, read_activities, read_progress_event, read_recorded_event
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
from milepost.api.activities.serializers import _result_json, learner_after_json
from milepost.api.edge.caller import Caller
from milepost.api.edge.guard import current_caller, learner_named, sender_of
from milepost.api.edge.problem_codes import declare
from milepost.api.edge.problems import problem
from milepost.api.edge.request_context import header, resources
from milepost.api.http.contract import contract
from milepost.api.http.fields import NamedLearner
from milepost.api.http.idempotency import idempotency_key
from milepost.api.http.learner_routes import LEARNER_PROBLEMS, READ_ROLES, WRITE_ROLES
from milepost.api.http.parsing import read_body, read_query, read_raw
from milepost.api.http.responses import answer
from milepost.errors import Invalid, NotFound
from milepost.services.activities import Outcome
from milepost.services.activities.outcome import Sent
from milepost.services.activities.void import VoidingRole
from milepost.services.progress import RecordAnswer

blueprint = Blueprint("activities", __name__)

declare(
    nothing_taken=(422, "None of the activities could be taken; `results` says why for each."),
    all_conflict=(409, "Every id is stored already with other content; `results` names the differing fields."),
    too_many_activities=(422, "More activities than fit into one request."),
    activity_not_found=(404, "No such activity of this learner and sender."),
    sender_required=(422, "An administrator must name the sender."),
    void_too_late=(409, "A learner may take back an activity only for some hours."),
)

_INTAKE_PROBLEMS = (*LEARNER_PROBLEMS, "nothing_taken", "all_conflict", "intake_busy")


@blueprint.post("/activities")
@contract(
    summary="Record activities",
    roles=WRITE_ROLES,
    query=NamedLearner,
    request=ActivityIn | BatchIn,
    answers=RecordedOut,
    problems=(*_INTAKE_PROBLEMS, "too_many_activities", "invalid_idempotency_key"),
    tag="activities",
)
async def record() -> Response:
    """One activity, or `{"activities": […]}` with at most 1,000.

    Each is answered for itself: `accepted`, `duplicate` (the same id and content was stored before; nothing changes),
    `conflict` (the id is stored with other content), or `rejected` with a reason. Sending the same ids again is always
    safe.
    """
    raw = await read_raw()
    key = idempotency_key(header(b"idempotency-key"))
    items, _ = read_activities(raw, key, resources().settings.batch_limit)
    return await _record(items)


@blueprint.post("/progress/events")
@contract(
    summary="Record a progress event",
    roles=WRITE_ROLES,
    query=NamedLearner,
    request=ProgressEventIn,
    answers=RecordedOut,
    problems=(*_INTAKE_PROBLEMS, "invalid_idempotency_key"),
    tag="activities",
)
async def record_progress_event() -> Response:
    """A task, time, milestone or interaction of a space, as the platform's spaces send it."""
    key = idempotency_key(header(b"idempotency-key"))
    return await _record([read_progress_event(await read_body(ProgressEventIn), key)])


@blueprint.post("/events")
@contract(
    summary="Record an event",
    roles=WRITE_ROLES,
    query=NamedLearner,
    request=RecordedEventIn,
    answers=RecordedOut,
    problems=(*_INTAKE_PROBLEMS, "invalid_idempotency_key"),
    tag="activities",
)
async def record_event() -> Response:
    """What a learner did with what, as the platform's features record it. Without a timestamp it happened now."""
    key = idempotency_key(header(b"idempotency-key"))
    return await _record([read_recorded_event(await read_body(RecordedEventIn), key)])


@blueprint.delete("/activities/<any_text:activity_id>")
@contract(
    summary="Take back an activity",
    roles=READ_ROLES,
    query=VoidQuery,
    answers={200: VoidedOut, 202: VoidQueuedOut},
    problems=("learner_not_found", "learner_required", "sender_required", "activity_not_found", "void_too_late"),
    tag="activities",
)
async def void(activity_id: str) -> Response:
    """Nothing is counted from it any more, and it leaves the feed; what it unlocked stays. Its id stays taken.

    A `once_key` it held passes to the earliest activity left that names it. Taking back again changes nothing.
    202: of a learner with this many activities a job makes everything counted anew, soon; until then reads of progress
    still count it, and say so with the header `Milepost-Pending: rebuild`.
    """
    caller, app = current_caller(), resources()
    query = read_query(VoidQuery)
    learner_id = learner_named(caller, query.learner_id)
    sender, role = _voiding(caller, query.sender)
    administrator = caller.subject if role == "admin" else None
    learner = await app.progress.void(learner_id, sender, activity_id, role, app.clock.now(), administrator)
    voided = {"id": activity_id, "sender": sender}
    if learner is None:
        return answer({**voided, "status": "queued"}, status=202)
    return answer({**voided, "status": "voided", "learner": learner_after_json(learner)})


def _voiding(caller: Caller, named: str | None) -> tuple[str, VoidingRole]:
    """Whose activity the caller takes back, and in which role: its own, or, of an administrator, the one named.

    Raises:
        Invalid: an administrator names nobody.
        NotFound: somebody else's.
    """
    if caller.role == "admin":
        if named is None:
            raise Invalid("sender_required", "The role admin must name the sender.")
        return named, "admin"
    if named not in (None, caller.sender):
        raise NotFound("activity_not_found", "No such activity.")
    return caller.sender, "learner" if caller.role == "learner" else "service"


async def _record(items: Sequence[ReadItem]) -> Response:
    """Record what could be read, and answer for every item in order."""
    caller = current_caller()
    recorded = await _record_items(caller, items)
    results = [_result_json(item, outcome) for item, outcome in zip(items, recorded.outcomes, strict=True)]
    if recorded.learners:
        return answer({"results": results, "learners": [learner_after_json(learner) for learner in recorded.learners]})
    return _nothing_taken(results)


async def _record_items(caller: Caller, items: Sequence[ReadItem]) -> RecordAnswer:
    """Hand readable items to the service under the caller's name; an outcome for each item in order.

    Raises:
        NotFound: a learner names somebody else.
    """
    app = resources()
    name_learner = _learner_by_name(caller)
    outcomes: list[Outcome | None] = [None] * len(items)
    sent: list[Sent] = []
    places: list[int] = []
    for place, item in enumerate(items):
        if item.activity is None or item.id is None:
            outcomes[place] = Outcome(item.id or "", "rejected", UUID(int=0), reason="invalid")
            continue
        try:
            learner_id = name_learner(item.learner)
        except Invalid:
            outcomes[place] = Outcome(item.id, "rejected", UUID(int=0), reason="learner_required")
            continue
        sent.append(Sent(learner_id, item.id, item.activity))
        places.append(place)
    recorded = await app.progress.record(sender_of(caller), sent, app.clock.now())
    for place, outcome in zip(places, recorded.outcomes, strict=True):
        outcomes[place] = outcome
    return RecordAnswer([outcome for outcome in outcomes if outcome is not None], recorded.learners)


def _learner_by_name(caller: Caller) -> Callable[[str | None], UUID]:
    """How items name their learner; one named in the query string holds for all that name nobody."""
    in_query = read_query(NamedLearner).learner_id
    found: dict[str | None, UUID] = {}

    def by_name(named: str | None) -> UUID:
        learner_id = found.get(named)
        if learner_id is None:
            learner_id = found[named] = learner_named(caller, named or in_query)
        return learner_id

    return by_name


def _nothing_taken(results: Sequence[dict[str, object]]) -> Response:
    if all(result["status"] == "conflict" for result in results):
        detail = "Every id is stored already with other content; nothing was changed."
        return problem(409, "all_conflict", detail, results=results)
    reasons = {str(result.get("reason")) for result in results}
    code = reasons.pop() if len(reasons) == 1 else "nothing_taken"
    if code == "learner_required":
        return problem(422, code, "The role service must name the learner.", results=results)
    return problem(422, "nothing_taken", "None of the activities could be taken; nothing was changed.", results=results)
