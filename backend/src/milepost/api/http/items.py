"""Single resources and their validators: which state of a resource a client has read, and whether it is still current.

The validator of a resource is a hash of its representation. Figures that follow from activities are hashed apart: a
client that changes a title does not care that the progress has moved meanwhile.
"""

import hashlib
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from uuid import UUID

import orjson

from milepost.api.edge.problem_codes import declare
from milepost.api.edge.request_context import header
from milepost.api.http.conditional_get import accepts_any, names, tags_in
from milepost.api.http.responses import JsonObject, Reply, answer
from milepost.db.connection import Reading, Writing
from milepost.db.learner_row import lock_learners
from milepost.errors import Conflict, NotFound

declare(precondition_failed=(412, "The resource has changed since it was read; `etag` is its current validator."))


@dataclass(frozen=True, slots=True)
class Item:
    """A kind of resource that learners change. `load` gives its representation (`tagged`), by its id in the address.

    `load` raises `NotFound` if the learner has none. `is_created_by_put`: PUT then creates it.
    """

    load: Callable[[Reading, UUID, str], Awaitable[JsonObject]]
    is_created_by_put: bool = False


@dataclass(frozen=True, slots=True)
class Conditions:
    """The conditions of a write: `If-Match`, and `If-None-Match` for resources that PUT creates."""

    match: str | None
    none_match: str | None

    def are_met_by(self, etag: str | None) -> bool:
        """Whether the resource may be written; `etag` is its validator, None if there is no such resource.

        `If-Match` compares strongly, so a weak validator never matches; `If-None-Match` compares weakly (RFC 9110).
        """
        if self.match is not None and (etag is None or not _matches(self.match, etag)):
            return False
        if self.none_match is None or etag is None:
            return True
        return not (accepts_any(self.none_match) or names(self.none_match, etag))


def sent_conditions(*, creates: bool) -> Conditions | None:
    """The conditions of the current request; None if it has none. `creates`: it may create its resource."""
    match, none_match = header(b"if-match"), header(b"if-none-match") if creates else None
    return None if match is None and none_match is None else Conditions(match, none_match)


async def load_locked(connection: Writing, item: Item, learner_id: UUID, item_id: str) -> JsonObject:
    """The representation of the resource under the learner's lock.

    Raises:
        NotFound: the learner has no such resource. An unknown learner gets no row.
    """
    await item.load(connection, learner_id, item_id)
    await lock_learners(connection, [learner_id])
    return await item.load(connection, learner_id, item_id)


async def load_or_none(connection: Writing, item: Item, learner_id: UUID, item_id: str) -> JsonObject | None:
    """The representation of a resource that PUT may create, under the learner's lock; None if there is none."""
    await lock_learners(connection, [learner_id])
    try:
        return await item.load(connection, learner_id, item_id)
    except NotFound:
        return None


def require_met(conditions: Conditions | None, shape: JsonObject | None) -> None:
    """Check the conditions of a write against the resource.

    Raises:
        Conflict: `precondition_failed`, with the current validator.
    """
    etag = None if shape is None else str(shape["etag"])
    if conditions is not None and not conditions.are_met_by(etag):
        detail = "The resource has changed since it was read, or exists already; nothing was changed."
        raise Conflict("precondition_failed", detail, {"etag": etag})


def tagged(shape: JsonObject, derived: Iterable[str] = ()) -> JsonObject:
    """The representation with its validator as `etag`. `derived` are the members that follow from activities."""
    figures = {name: shape[name] for name in derived}
    settings = {name: value for name, value in shape.items() if name not in figures}
    tag = f"{_hash(settings)}-{_hash(figures)}" if figures else _hash(settings)
    return {**shape, "etag": f'"{tag}"'}


def item_answer(shape: JsonObject) -> Reply:
    """The representation of a resource, with its validator."""
    return answer(shape, headers={"ETag": str(shape["etag"])})


def _hash(value: JsonObject) -> str:
    return hashlib.blake2b(orjson.dumps(value, option=orjson.OPT_UTC_Z), digest_size=9).hexdigest()


def _settings_of(tag: str) -> str:
    """The part of a validator that covers what clients write."""
    return tag.strip('"').partition("-")[0]


def _matches(condition: str, etag: str) -> bool:
    if accepts_any(condition):
        return True
    return any(not weak and _settings_of(tag) == _settings_of(etag) for weak, tag in tags_in(condition))
