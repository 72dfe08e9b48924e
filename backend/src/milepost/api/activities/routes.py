"""Activities in and out: recording one or many, in our own shape and the platform's, and the feed."""

import base64
import binascii
from collections.abc import Callable, Sequence
from dataclasses import astuple
from datetime import UTC, date, datetime
from uuid import UUID

import orjson
from quart import Blueprint, Response

from milepost.api.achievements.serializers import unlocked_shape
from milepost.api.activities.parsing import (
    ReadItem,
    idempotency_key,
    read_activities,
    read_progress_event,
    read_recorded_event,
)
from milepost.api.activities.schemas import (
    ActivityIn,
    BatchIn,
    FeedOut,
    FeedQuery,
    NamedLearner,
    ProgressEventIn,
    RecordedEventIn,
    RecordedOut,
    VoidedOut,
    VoidQuery,
    VoidQueuedOut,
)
from milepost.api.edge.guard import caller, learner_named
from milepost.api.edge.problems import declare, problem, shown
from milepost.api.edge.request_context import Caller, header, resources
from milepost.api.http.contract import contract
from milepost.api.http.parsing import read_body, read_query, read_raw
from milepost.api.http.responses import answer
from milepost.api.streaks.serializers import instant, streak_shape
from milepost.db.transactions import reading
from milepost.errors import Invalid, NotFound
from milepost.queries.activities import FeedFilter, FeedItem, Place, feed
from milepost.services.activities import Outcome
from milepost.services.activities.void import VoidingRole
from milepost.services.progress import LearnerAfter, RecordAnswer, Sender, Sent

blueprint = Blueprint("activities", __name__)

declare(
    nothing_taken=(422, "None of the activities could be taken; `results` says why for each."),
    all_conflict=(409, "Every id is stored already with other content; `results` names the differing fields."),
    too_many_activities=(422, "More activities than fit into one request."),
    invalid_idempotency_key=(422, "The Idempotency-Key header cannot be used."),
    invalid_cursor=(422, "The cursor is not one this service gave out."),
    activity_not_found=(404, "No such activity of this learner and sender."),
    sender_required=(422, "An administrator must name the sender."),
    void_too_late=(409, "A learner may take back an activity only for some hours."),
    intake_busy=(503, "Too many activities are waiting to be written; come back after `Retry-After` seconds."),
)

_WRITING = ("learner_not_found", "learner_required", "nothing_taken", "all_conflict", "intake_busy")


@blueprint.post("/activities")
@contract(
    summary="Record activities",
    roles=("learner", "service"),
    query=NamedLearner,
    request=ActivityIn | BatchIn,
    answers=RecordedOut,
    problems=(*_WRITING, "too_many_activities", "invalid_idempotency_key"),
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
    roles=("learner", "service"),
    query=NamedLearner,
    request=ProgressEventIn,
    answers=RecordedOut,
    problems=(*_WRITING, "invalid_idempotency_key"),
    tag="activities",
)
async def record_progress_event() -> Response:
    """A task, time, milestone or interaction of a space, as the platform's spaces send it."""
    key = idempotency_key(header(b"idempotency-key"))
    return await _record([read_progress_event(await read_body(ProgressEventIn), key)])


@blueprint.post("/events")
@contract(
    summary="Record an event",
    roles=("learner", "service"),
    query=NamedLearner,
    request=RecordedEventIn,
    answers=RecordedOut,
    problems=(*_WRITING, "invalid_idempotency_key"),
    tag="activities",
)
async def record_event() -> Response:
    """What a learner did with what, as the platform's features record it. Without a timestamp it happened now."""
    key = idempotency_key(header(b"idempotency-key"))
    return await _record([read_recorded_event(await read_body(RecordedEventIn), key)])


@blueprint.get("/activities")
@contract(
    summary="The feed",
    roles=("learner", "service", "admin"),
    query=FeedQuery,
    answers=FeedOut,
    problems=("learner_not_found", "learner_required", "invalid_cursor"),
    tag="activities",
)
async def show_feed() -> Response:
    """Activities, newest day first. `next` continues exactly behind the last one, whatever has been added meanwhile."""
    asked = read_query(FeedQuery)
    learner_id = learner_named(caller(), asked.learner_id)
    wanted = FeedFilter(asked.topic, asked.object_type, asked.from_, asked.to)
    if wanted.first_day and wanted.last_day and wanted.last_day < wanted.first_day:
        raise Invalid("invalid_query", "`to` lies before `from`.")
    behind = _place(asked.cursor) if asked.cursor else None
    async with reading(resources().engine) as connection:
        rows = await feed(connection, learner_id, wanted, asked.limit + 1, behind=behind, offset=asked.offset)
    page = rows[: asked.limit]
    following = _cursor(page[-1].place) if len(rows) > len(page) else None
    return answer({"activities": [_activity_shape(row) for row in page], "next": following})


@blueprint.delete("/activities/<any_text:activity_id>")
@contract(
    summary="Take back an activity",
    roles=("learner", "service", "admin"),
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
    known, held = caller(), resources()
    asked = read_query(VoidQuery)
    learner_id = learner_named(known, asked.learner_id)
    sender, role = _voiding(known, asked.sender)
    administrator = known.subject if role == "admin" else None
    learner = await held.progress.void(learner_id, sender, activity_id, role, held.clock.now(), administrator)
    voided = {"id": activity_id, "sender": sender}
    if learner is None:
        return answer({**voided, "status": "queued"}, status=202)
    return answer({**voided, "status": "voided", "learner": learner_after_shape(learner)})


def _voiding(known: Caller, named: str | None) -> tuple[str, VoidingRole]:
    """Whose activity the caller takes back, and in which role: its own, or, of an administrator, the one named.

    Raises:
        Invalid: an administrator names nobody.
        NotFound: somebody else's.
    """
    if known.role == "admin":
        if named is None:
            raise Invalid("sender_required", "The role admin must name the sender.")
        return named, "admin"
    if named not in (None, known.sender):
        raise NotFound("activity_not_found", "No such activity.")
    return known.sender, "learner" if known.role == "learner" else "service"


async def _record(items: Sequence[ReadItem]) -> Response:
    """Record what could be read, and answer for every item in order."""
    known = caller()
    recorded = await _record_items(known, items)
    results = [_result_shape(item, outcome) for item, outcome in zip(items, recorded.outcomes, strict=True)]
    if recorded.learners:
        return answer({"results": results, "learners": [learner_after_shape(learner) for learner in recorded.learners]})
    return _nothing_taken(results)


def sender_of(known: Caller) -> Sender:
    """Under which name and with which rights the caller's activities are stored."""
    return Sender(known.sender, "learner" if known.role == "learner" else "service", known.zone_claim)


async def _record_items(known: Caller, items: Sequence[ReadItem]) -> RecordAnswer:
    """Hand readable items to the service under the caller's name; an outcome for each item in order.

    Raises:
        NotFound: a learner names somebody else.
    """
    held = resources()
    name_learner = _learner_by_name(known)
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
    recorded = await held.progress.record(sender_of(known), sent, held.clock.now())
    for place, outcome in zip(places, recorded.outcomes, strict=True):
        outcomes[place] = outcome
    return RecordAnswer([outcome for outcome in outcomes if outcome is not None], recorded.learners)


def _learner_by_name(known: Caller) -> Callable[[str | None], UUID]:
    """How items name their learner; one named in the query string holds for all that name nobody."""
    in_query = read_query(NamedLearner).learner_id
    found: dict[str | None, UUID] = {}

    def by_name(named: str | None) -> UUID:
        learner_id = found.get(named)
        if learner_id is None:
            learner_id = found[named] = learner_named(known, named or in_query)
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


def _result_shape(item: ReadItem, outcome: Outcome) -> dict[str, object]:
    shape: dict[str, object] = {"id": item.id, "status": outcome.status}
    if outcome.reason is not None:
        shape["reason"] = outcome.reason
    if outcome.fields:
        shape["fields"] = list(outcome.fields)
    if outcome.not_counted is not None:
        shape["not_counted"] = outcome.not_counted
    if item.faults:
        shape["errors"] = shown(item.faults)
    return shape


def learner_after_shape(learner: LearnerAfter) -> dict[str, object]:
    """A learner after a request, as `LearnerOut` declares it."""
    return {
        "learner_id": str(learner.learner_id),
        "revision": learner.revision,
        "streak": streak_shape(learner.streak),
        "level_changes": [
            {"topic": change.topic, "from": change.from_level, "to": change.to_level}
            for change in learner.level_changes
        ],
        "unlocked": unlocked_shape(learner.unlocked),
        "points": learner.points,
    }


_SHOWN = ("object_id", "space_id", "goal_id", "duration_seconds", "hints_used", "session_id", "once_key", "zone")


def _activity_shape(item: FeedItem) -> dict[str, object]:
    shape: dict[str, object] = {
        "id": item.id,
        "sender": item.sender,
        "verb": item.verb,
        "object_type": item.object_type,
        "occurred_at": instant(item.occurred_at),
        "local_day": item.local_day.isoformat(),
        "points": 0 if item.not_counted else item.points,
    }
    optional = {name: getattr(item, name) for name in (*_SHOWN, "not_counted", "metadata")}
    shape.update((name, value) for name, value in optional.items() if value is not None)
    labels = {"topic": item.topic, "path": item.path, "difficulty": item.difficulty}
    shape.update((name, value) for name, value in labels.items() if value)
    if item.value_milli is not None:
        shape["value"] = item.value_milli / 1_000
    return shape


def _cursor(place: Place) -> str:
    return base64.urlsafe_b64encode(orjson.dumps(astuple(place))).decode()


def _place(cursor: str) -> Place:
    """The place a cursor names. It only says where to go on in the caller's own feed, so it needs no signature.

    Raises:
        Invalid: not a cursor of ours.
    """
    try:
        day, occurred_at, sender, activity_id = orjson.loads(base64.urlsafe_b64decode(cursor))
        at = datetime.fromisoformat(occurred_at)
        if at.tzinfo is None:
            raise ValueError(cursor)
        # In UTC here: a year 1 with an offset is no instant the database could be asked for.
        place = Place(date.fromisoformat(day), at.astimezone(UTC), str(sender), str(activity_id))
        if "\x00" in place.sender + place.id:
            raise ValueError(cursor)
    except (binascii.Error, ValueError, TypeError, OverflowError):
        raise Invalid("invalid_cursor", "The cursor is not one this service gave out.") from None
    return place
