"""Parses the bytes of a body into activities. Items are independent: an invalid item does not block the others.

Also chooses an activity's id if its sender gave none, and maps the platform's event shapes to ours.
"""

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC
from typing import NamedTuple
from uuid import NAMESPACE_URL, uuid4, uuid5

import orjson
from pydantic import TypeAdapter, ValidationError

from milepost.api.activities.schemas import ActivityIn, BatchIn, ProgressEventIn, RecordedEventIn
from milepost.api.http.parsing import parse, refused
from milepost.errors import Fault, Invalid
from milepost.rules.activities import Activity
from milepost.rules.texts import by_value, is_blank, may_fit, normal_text

_MAX_FIELDS = 64
_LARGE_SINGLE_BYTES = 262_144
_PROGRESS_EVENTS = uuid5(NAMESPACE_URL, "milepost:progress-event")
_SINGLE, _BATCH = TypeAdapter(ActivityIn), TypeAdapter(BatchIn)

_VERBS = {
    "task": ("completed", "task"),
    "time": ("practised", "session"),
    "milestone": ("reached", "milestone"),
    "interaction": ("interacted", "interaction"),
}
_MINUTES_PER_DAY = 1_440
_TEXT_LIMITS = {"topic": 100, "difficulty": 40, "path": 100, "object_id": 200}


class ReadItem(NamedTuple):
    """One item of a body: its id, the learner it names itself, and the activity or the faults that make it invalid."""

    id: str | None
    learner: str | None
    activity: Activity | None
    faults: Sequence[Fault] = ()


class ReadBatch(NamedTuple):
    """The items of a body in order. A batch may name a learner beside them; a single activity is no batch.

    `learner_pointer`: the place where an item names its learner, if it has only one.
    """

    items: Sequence[ReadItem]
    learner: str | None = None
    is_batch: bool = False
    learner_pointer: str | None = "/learner_id"


def read_activities(raw: bytes, idempotency_key: str | None, max_items: int) -> ReadBatch:
    """The items of a body in our own shape.

    Raises:
        Invalid: the body is not a JSON object of either form, is empty, or has more than `max_items` activities; or it
        is a single activity with invalid values.
    """
    if b'"activities"' not in raw:
        if len(raw) > _LARGE_SINGLE_BYTES:
            _check_fields(_lenient(raw))
        return ReadBatch([_item(parse(_SINGLE, raw), idempotency_key)])
    try:
        batch = _BATCH.validate_json(raw)
    except ValidationError as error:
        document = _lenient(raw)
        if document is None:
            raise refused(error, raw) from None
        _check_fields(document)
        if isinstance(document, dict) and "activities" not in document:
            return ReadBatch([_item(parse(_SINGLE, raw), idempotency_key)])
        return _one_by_one(document, idempotency_key, max_items, error, raw)
    _check_length(len(batch.activities), max_items)
    keys = _keys(idempotency_key, len(batch.activities))
    items = [_item(body, key) for body, key in zip(batch.activities, keys, strict=True)]
    return ReadBatch(items, batch.learner_id, is_batch=True)


def _one_by_one(
    document: object, idempotency_key: str | None, max_items: int, error: ValidationError, raw: bytes
) -> ReadBatch:
    """Parse each item on its own. The object around them must be valid."""
    bodies = document.get("activities") if isinstance(document, dict) else None
    if not isinstance(document, dict) or not isinstance(bodies, list) or not bodies:
        raise refused(error, raw)
    _check_length(len(bodies), max_items)
    frame = {**document, "activities": [{"verb": "v", "object_type": "o", "occurred_at": "2000-01-01T00:00:00Z"}]}
    learner = parse(_BATCH, _dumped(frame)).learner_id
    items = []
    for position, (body, key) in enumerate(zip(bodies, _keys(idempotency_key, len(bodies)), strict=True)):
        try:
            _check_fields(body)
            items.append(_item(parse(_SINGLE, _dumped(body)), key))
        except Invalid as unreadable:
            faults = [replace(fault, pointer=f"/activities/{position}{fault.pointer}") for fault in unreadable.faults]
            items.append(ReadItem(_text_as_sent(body, "id"), _text_as_sent(body, "learner_id"), None, faults))
    return ReadBatch(items, learner, is_batch=True)


def _text_as_sent(body: object, name: str) -> str | None:
    text = body.get(name) if isinstance(body, dict) else None
    readable = isinstance(text, str) and len(text) <= 200 and text.isprintable()
    return str(text) if readable else None


def _lenient(raw: bytes) -> object:
    """The document, even if a text has a lone surrogate or a number is NaN: those faults concern only their own items.

    None if it cannot be parsed at all.
    """
    try:
        document: object = json.loads(raw)
    except (ValueError, RecursionError):
        return None
    return document


def _check_fields(document: object) -> None:
    """Refuse an object with far too many fields: naming each of half a million takes seconds."""
    if isinstance(document, dict) and len(document) > _MAX_FIELDS:
        detail = "The body has invalid values."
        raise Invalid(
            "invalid_body",
            detail,
            (Fault("", f"has more than {_MAX_FIELDS} fields", "too_many", {"max": _MAX_FIELDS}),),
        )


def _dumped(value: object) -> bytes:
    return json.dumps(value).encode()


def _check_length(length: int, max_items: int) -> None:
    if length > max_items:
        sentence = f"has {length} activities, but at most {max_items} are allowed"
        fault = Fault("/activities", sentence, "too_many", {"max": max_items, "count": length})
        raise Invalid("too_many_activities", f"A request may have at most {max_items} activities.", (fault,))


def _keys(idempotency_key: str | None, count: int) -> list[str | None]:
    return [f"{idempotency_key}:{position}" if idempotency_key else None for position in range(count)]


def _item(body: ActivityIn, key: str | None) -> ReadItem:
    return ReadItem(body.id or key or str(uuid4()), body.learner_id, body.activity())


def read_progress_event(event: ProgressEventIn, key: str | None) -> ReadItem:
    """A progress event of the platform's spaces.

    Without an id, the id is derived from content and timestamp, so that repeats are recognised. Without a timestamp,
    only an idempotency key makes repeats safe.

    Raises:
        Invalid: a text in the metadata is too long.
    """
    verb, object_type = _VERBS[event.type]
    metadata = event.metadata or {}
    activity = Activity(
        verb=verb,
        object_type=object_type,
        occurred_at=event.timestamp,
        object_id=_text(metadata, "milestoneId", "object_id") if event.type == "milestone" else None,
        topic=_text(metadata, "taskType", "topic"),
        difficulty=_text(metadata, "difficulty", "difficulty"),
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
    """An event of the platform's features. Without a timestamp it happened now.

    Raises:
        Invalid: the duration is not a whole number of seconds of at most a day, or a text in the metadata is too long.
    """
    metadata = event.metadata or {}
    activity = Activity(
        verb=event.action,
        object_type=event.object_type,
        occurred_at=event.timestamp,
        object_id=event.object_id,
        path=_text(metadata, "yogaPath", "path")
        or _text(metadata, "path", "path")
        or _text(metadata, "category", "path"),
        duration_seconds=_duration(metadata.get("duration")),
        session_id=event.session_id,
        metadata=event.metadata,
    )
    return ReadItem(event.id or key or str(uuid4()), event.learner_id, activity)


def _event_id(event: ProgressEventIn) -> str:
    if event.timestamp is None:
        return str(uuid4())
    sent, at = event.model_dump(exclude={"timestamp", "learner_id"}), event.timestamp.astimezone(UTC)
    content = {**sent, "metadata": by_value(event.metadata), "at": at}
    return str(uuid5(_PROGRESS_EVENTS, orjson.dumps(content, option=orjson.OPT_SORT_KEYS).decode()))


def _text(metadata: dict[str, object], name: str, field: str) -> str | None:
    """The value `name` of the metadata, as a value for `field`. None if it is not a text, or empty."""
    value = metadata.get(name)
    if not isinstance(value, str):
        return None
    max_characters = _TEXT_LIMITS[field]
    text = normal_text(value) if may_fit(value, max_characters) else value
    if len(text) > max_characters:
        raise Invalid("invalid_body", "The body has invalid values.", (_too_long(name, max_characters),))
    return None if is_blank(text) else text


def _too_long(name: str, max_characters: int) -> Fault:
    sentence = f"must be at most {max_characters} characters"
    return Fault(f"/metadata/{name}", sentence, "too_long", {"max": max_characters})


def _duration(seconds: object) -> int | None:
    if seconds is None:
        return None
    whole = isinstance(seconds, int | float) and not isinstance(seconds, bool) and float(seconds).is_integer()
    if not whole or not 0 <= float(str(seconds)) <= _MINUTES_PER_DAY * 60:
        sentence = "must be whole seconds from 0 to 86,400"
        fault = Fault("/metadata/duration", sentence, "out_of_range", {"min": 0, "max": _MINUTES_PER_DAY * 60})
        raise Invalid("invalid_body", "The body has invalid values.", (fault,))
    return int(float(str(seconds)))
