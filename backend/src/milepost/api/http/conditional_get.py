"""Conditional GET: while nothing that a response depends on has changed, answer 304 or with the cached bytes.

The validator is a hash over everything a response depends on, including the learner's date. So no entry is ever
invalidated and none is stale, not even at midnight. Cached bodies never contain "now". A response that still counts
voided activities says so in a header. One about a learner in quiet mode has its quiet form.
"""

import hashlib
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import date
from uuid import UUID

import orjson

from milepost import __version__
from milepost.api.edge.caller import Caller
from milepost.api.edge.quiet import hides_gains
from milepost.api.edge.request_context import current, header, resources
from milepost.api.http.responses import JsonObject, Reply, answer, not_modified
from milepost.errors import LearnersGone
from milepost.queries.learners.version import LearnerVersion

Build = Callable[[LearnerVersion, date], Awaitable[object]]
"""Makes a response from the learner's version and date. The version is quiet if the caller is to get the quiet form."""

_ANY = "*"
_TAGS = re.compile(r'(W/)?("[^"]*")')


async def conditional(caller: Caller, learner_id: UUID, build: Build) -> Reply:
    """The response that `build` makes from the learner's version and date; or the cached one, or 304.

    Raises:
        Unavailable: the database is unreachable.
    """
    app = resources()
    version = _seen_by(caller, await app.versions.read(learner_id))
    today = version.today(app.clock.now())
    context = current()
    address = context.path.encode() + b"?" + context.query_string
    hint = zone_hint(caller, version)
    validator = _validator(version, today, address, hint, app.policy.edition)
    etag = f'"{validator}"'
    headers = _headers(version, etag)
    condition = header(b"if-none-match")
    if names(condition, etag):
        return not_modified(headers)
    answers = context.state.answers
    key = (learner_id, address)
    body = answers.recall(key, validator)
    if body is None:
        body = orjson.dumps(await _shape(build, version, today), option=orjson.OPT_UTC_Z)
        if version.departures == app.versions.departures:
            # Otherwise the caches may have been told already to forget this learner.
            answers.keep(key, validator, body)
    if accepts_any(condition):
        return not_modified(headers)
    return answer(body, headers=headers)


async def conditional_item(learner_id: UUID, load: Callable[[], Awaitable[JsonObject]]) -> Reply:
    """A single resource (`items.tagged`), or 304 while the client has its current state.

    Its validator is the one that `If-Match` compares, so it says nothing of the learner's other data.

    Raises:
        Unavailable: the database is unreachable.
    """
    version = await resources().versions.read(learner_id)
    shape = await load()
    etag = str(shape["etag"])
    condition, headers = header(b"if-none-match"), _headers(version, etag)
    if names(condition, etag) or accepts_any(condition):
        return not_modified(headers)
    return answer(shape, headers=headers)


@dataclass(frozen=True, slots=True)
class SharedEntry:
    """How a response is cached for all processes: its kind, its name on a given local date, and its lifetime."""

    kind: str
    name: Callable[[date], str]
    lifetime_seconds: int


async def conditional_shared(caller: Caller, learner_id: UUID, entry: SharedEntry, build: Build) -> Reply:
    """Like `conditional`, but caches responses in Redis for all processes, under a key that includes the validator.

    `Last-Updated` says when the response was made. Without Redis, every request makes its response.

    Raises:
        Unavailable: the database is unreachable.
    """
    app = resources()
    now = app.clock.now()
    version = _seen_by(caller, await app.versions.read(learner_id))
    today = version.today(now)
    key = f"analytics:{entry.kind}:{learner_id}:{entry.name(today)}"
    validator = _validator(version, today, key.encode(), zone_hint(caller, version), app.policy.edition)
    etag = f'"{validator}"'
    headers = _headers(version, etag)
    condition = header(b"if-none-match")
    if names(condition, etag):
        return not_modified(headers)
    cached = await app.shared_cache.recall(entry.kind, f"{key}:{validator}")
    if cached is None:
        body = orjson.dumps(await _shape(build, version, today), option=orjson.OPT_UTC_Z)
        made_at = now.isoformat(timespec="seconds").replace("+00:00", "Z").encode()
        cached = made_at + b"\n" + body
        await _keep_shared(learner_id, f"{key}:{validator}", cached, entry.lifetime_seconds)
    if accepts_any(condition):
        return not_modified(headers)
    made_at, _, body = cached.partition(b"\n")
    return answer(body, headers={**headers, "Last-Updated": made_at.decode()})


def _seen_by(caller: Caller, version: LearnerVersion) -> LearnerVersion:
    """The version as the caller sees it: never quiet to an administrator."""
    if hides_gains(caller, is_quiet=version.is_quiet) == version.is_quiet:
        return version
    return replace(version, is_quiet=False)


async def _shape(build: Build, version: LearnerVersion, today: date) -> object:
    """The response that `build` makes, in its quiet form if the version is quiet."""
    form = current().quiet_form if version.is_quiet else None
    if form is None:
        return await build(version, today)
    return form.of({} if form.is_constant else await build(version, today))


async def _keep_shared(learner_id: UUID, key: str, value: bytes, seconds: int) -> None:
    """Keep an answer in the shared cache, unless its learner left while it was made.

    Who erases a learner deletes the answers after the commit, so one of the two sees the other.

    Raises:
        LearnersGone: the learner has left.
    """
    app = resources()
    await app.shared_cache.keep(key, value, seconds)
    try:
        await app.versions.read(learner_id)
    except LearnersGone:
        await app.shared_cache.forget(key)
        raise


def zone_hint(caller: Caller, version: LearnerVersion) -> str | None:
    """The zone in the caller's token, while ours is only assumed. The client should then send PATCH /me."""
    return caller.zone_claim if version.zone_source == "assumed" else None


def names(condition: str | None, etag: str) -> bool:
    """Whether an If-None-Match lists the tag. Weak comparison: `W/` makes no difference."""
    return condition is not None and etag in condition and any(tag == etag for _, tag in tags_in(condition))


def accepts_any(condition: str | None) -> bool:
    """Whether a condition is `*`, which matches any response. Only building it tells whether there is one."""
    return condition is not None and condition.strip() == _ANY


def tags_in(condition: str) -> list[tuple[str, str]]:
    """The tags of an If-Match or If-None-Match, each as (`W/` or nothing, the tag with its quotes)."""
    return _TAGS.findall(condition)


def _headers(version: LearnerVersion, etag: str) -> dict[str, str]:
    """The ETag, and `Milepost-Pending` while a job has yet to rebuild the learner."""
    return {"ETag": etag, "Milepost-Pending": "rebuild"} if version.rebuild_due else {"ETag": etag}


def _validator(version: LearnerVersion, today: date, address: bytes, hint: str | None, edition: str) -> str:
    inputs = (
        f"{version.learner_id} {version.revision} {version.global_revision} {today} {version.zone} {hint} "
        f"{version.is_quiet} {__version__} {edition} "
    )
    return hashlib.blake2b(inputs.encode() + address, digest_size=12).hexdigest()
