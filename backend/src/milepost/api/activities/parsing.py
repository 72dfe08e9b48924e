"""From the bytes of a body to activities: each item stands for itself, and one that cannot be read does not block the
others.

Also where an activity's id comes from when its sender gave none, and how the seed shapes map to ours.
"""

import json
from collections.abc import Sequence
from datetime import UTC
from typing import NamedTuple
from uuid import NAMESPACE_URL, uuid4, uuid5

import orjson
from pydantic import TypeAdapter, ValidationError

from milepost.api.activities.schemas import ActivityIn, BatchIn, ProgressEventIn, RecordedEventIn
from milepost.api.http.parsing import parse, refused
from milepost.errors import Fault, Invalid
from milepost.rules.activities import Activity, normal_topic

_MAX_FIELDS = 64
_LARGE_FOR_ONE = 262_144
_PROGRESS_EVENTS = uuid5(NAMESPACE_URL, "milepost:progress-event")
_ONE, _MANY = TypeAdapter(ActivityIn), TypeAdapter(BatchIn)

_VERBS = {
    "task": ("completed", "task"),
    "time": ("practised", "session"),
    "milestone": ("reached", "milestone"),
    "interaction": ("interacted", "interaction"),
}
_MINUTES_A_DAY = 1_440
_TEXT_LIMITS = {"topic": 100, "difficulty": 40, "path": 100, "object_id": 200}


class ReadItem(NamedTuple):
    """One item of a body: the learner it names, its id, and the activity, or why it cannot be read."""

    id: str | None
    learner: str | None
    activity: Activity | None
    faults: Sequence[Fault] = ()


def read_activities(raw: bytes, idempotency_key: str | None, most: int) -> tuple[list[ReadItem], bool]:
    """The items of a body in our own shape, in order, and whether it was a list.

    Raises:
        Invalid: the body is no JSON object of either form, empty, or holds more than `most` activities; or it is a
        single activity with impossible values.
    """
    if b'"activities"' not in raw:
        if len(raw) > _LARGE_FOR_ONE:
            _check_fields(_lenient(raw))
        return [_item(parse(_ONE, raw), None, idempotency_key)], False
    try:
        batch = _MANY.validate_json(raw)
    except ValidationError as error:
        document = _lenient(raw)
        if document is None:
            raise refused(error, raw) from None
        _check_fields(document)
        if isinstance(document, dict) and "activities" not in document:
            return [_item(parse(_ONE, raw), None, idempotency_key)], False
        return _one_by_one(document, idempotency_key, most, error, raw), True
    _check_length(len(batch.activities), most)
    keys = _keys(idempotency_key, len(batch.activities))
    return [_item(one, batch.learner_id, key) for one, key in zip(batch.activities, keys, strict=True)], True


def _one_by_one(
    document: object, idempotency_key: str | None, most: int, error: ValidationError, raw: bytes
) -> list[ReadItem]:
    """Read each item alone; the frame around them must be right."""
    sent = document.get("activities") if isinstance(document, dict) else None
    if not isinstance(document, dict) or not isinstance(sent, list) or not sent:
        raise refused(error, raw)
    _check_length(len(sent), most)
    frame = {**document, "activities": [{"verb": "v", "object_type": "o", "occurred_at": "2000-01-01T00:00:00Z"}]}
    learner = parse(_MANY, _dumped(frame)).learner_id
    items = []
    for place, (one, key) in enumerate(zip(sent, _keys(idempotency_key, len(sent)), strict=True)):
        try:
            _check_fields(one)
            items.append(_item(parse(_ONE, _dumped(one)), learner, key))
        except Invalid as unreadable:
            faults = [Fault(f"/activities/{place}{fault.pointer}", fault.message) for fault in unreadable.faults]
            items.append(ReadItem(_id_as_sent(one), None, None, faults))
    return items


def _id_as_sent(one: object) -> str | None:
    given = one.get("id") if isinstance(one, dict) else None
    readable = isinstance(given, str) and len(given) <= 200 and given.isprintable()
    return str(given) if readable else None


def _lenient(raw: bytes) -> object:
    """The document even where a text holds half a surrogate pair or a number is NaN: only that item is at fault.

    None where it cannot be read at all.
    """
    try:
        document: object = json.loads(raw)
    except (ValueError, RecursionError):
        return None
    return document


def _check_fields(document: object) -> None:
    """Refuse an object with far more fields than there are: to name each of half a million takes seconds."""
    if isinstance(document, dict) and len(document) > _MAX_FIELDS:
        detail = "Values in the body are impossible."
        raise Invalid("invalid_body", detail, (Fault("", f"has more than {_MAX_FIELDS} fields"),))


def _dumped(value: object) -> bytes:
    return json.dumps(value).encode()


def _check_length(length: int, most: int) -> None:
    if length > most:
        fault = Fault("/activities", f"holds {length} activities, at most {most} are possible")
        raise Invalid("too_many_activities", f"At most {most} activities fit into one request.", (fault,))


def _keys(idempotency_key: str | None, count: int) -> list[str | None]:
    return [f"{idempotency_key}:{place}" if idempotency_key else None for place in range(count)]


def _item(one: ActivityIn, learner: str | None, key: str | None) -> ReadItem:
    return ReadItem(one.id or key or str(uuid4()), one.learner_id or learner, one.activity())


def read_progress_event(event: ProgressEventIn, key: str | None) -> ReadItem:
    """A progress event of the platform's spaces.

    Without an id, its content and timestamp are one: a repeat is recognised. Without a timestamp only a key makes it
    safe.

    Raises:
        Invalid: time of more than a day.
    """
    verb, object_type = _VERBS[event.type]
    known = event.metadata or {}
    activity = Activity(
        verb=verb,
        object_type=object_type,
        occurred_at=event.timestamp,
        object_id=_text(known, "milestoneId", "object_id") if event.type == "milestone" else None,
        topic=_text(known, "taskType", "topic"),
        difficulty=_text(known, "difficulty", "difficulty"),
        space_id=event.space_id,
        goal_id=event.goal_id,
        metadata=event.metadata,
    )
    if event.type == "time":
        activity.duration_seconds = round(event.value * 60)
    elif event.type != "milestone":
        activity.value_milli = round(event.value * 1_000)
    return ReadItem(event.id or key or _event_id(event), event.learner_id, activity)


def read_recorded_event(event: RecordedEventIn, key: str | None) -> ReadItem:
    """An event of the platform's features; without a timestamp it happened now.

    Raises:
        Invalid: a duration that is no whole number of seconds within a day.
    """
    known = event.metadata or {}
    activity = Activity(
        verb=event.action,
        object_type=event.object_type,
        occurred_at=event.timestamp,
        object_id=event.object_id,
        path=_text(known, "yogaPath", "path") or _text(known, "path", "path") or _text(known, "category", "path"),
        duration_seconds=_duration(known.get("duration")),
        session_id=event.session_id,
        metadata=event.metadata,
    )
    return ReadItem(event.id or key or str(uuid4()), event.learner_id, activity)


def _event_id(event: ProgressEventIn) -> str:
    if event.timestamp is None:
        return str(uuid4())
    content = {**event.model_dump(exclude={"timestamp", "learner_id"}), "at": event.timestamp.astimezone(UTC)}
    return str(uuid5(_PROGRESS_EVENTS, orjson.dumps(content, option=orjson.OPT_SORT_KEYS).decode()))


def _text(known: dict[str, object], name: str, becomes: str) -> str | None:
    """A text out of the metadata; what is no text, or empty, says nothing."""
    value = known.get(name)
    if not isinstance(value, str):
        return None
    kept = normal_topic(value) if becomes == "topic" else value.strip()
    longest = _TEXT_LIMITS[becomes]
    if len(kept) > longest:
        raise Invalid("invalid_body", "Values in the body are impossible.", (_too_long(name, longest),))
    return kept or None


def _too_long(name: str, longest: int) -> Fault:
    return Fault(f"/metadata/{name}", f"must have at most {longest} characters")


def _duration(given: object) -> int | None:
    if given is None:
        return None
    whole = isinstance(given, int | float) and not isinstance(given, bool) and float(given).is_integer()
    if not whole or not 0 <= float(str(given)) <= _MINUTES_A_DAY * 60:
        fault = Fault("/metadata/duration", "must be whole seconds, 0 to 86,400")
        raise Invalid("invalid_body", "Values in the body are impossible.", (fault,))
    return int(float(str(given)))
