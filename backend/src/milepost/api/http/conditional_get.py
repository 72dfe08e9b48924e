"""What a read was true for. While that has not changed a reader is told so (304), or gets the same bytes again.

The validator is a hash over everything an answer depends on, the learner's date among it; so nothing is ever
invalidated and nothing is stale, also at midnight. Kept bodies never contain "now". An answer that still
counts what was taken back says so in a header.
"""

import hashlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import date
from uuid import UUID

import orjson
from quart import Response, request

from milepost import __version__
from milepost.api.edge.caller import Caller
from milepost.api.edge.request_context import current, header, resources
from milepost.api.http.responses import answer
from milepost.queries.learners.version import LearnerVersion

Build = Callable[[LearnerVersion, date], Awaitable[object]]


async def conditional(caller: Caller, learner_id: UUID, build: Build) -> Response:
    """The answer `build` makes from a standing and the learner's date, or 304, or the one made before.

    Raises:
        Unavailable: the database is out of reach.
    """
    app = resources()
    version = await app.versions.read(learner_id)
    today = version.today(app.clock.now())
    address: bytes = request.scope["path"].encode() + b"?" + request.scope["query_string"]
    hint = zone_hint(caller, version)
    validator = _validator(version, today, address, hint, app.policy.edition)
    etag = f'"{validator}"'
    headers = _headers(version, etag)
    if etag in (header(b"if-none-match") or ""):
        return Response(b"", 304, headers)
    answers = current().state.answers
    key = (learner_id, address)
    body = answers.recall(key, validator)
    if body is None:
        body = orjson.dumps(await build(version, today), option=orjson.OPT_UTC_Z)
        answers.keep(key, validator, body)
    return answer(body, headers=headers)


@dataclass(frozen=True, slots=True)
class Keeping:
    """How an answer is kept for all processes: its kind, what names it on a learner's date, and for how long."""

    kind: str
    name: Callable[[date], str]
    seconds: int


async def conditional_shared(caller: Caller, learner_id: UUID, keeping: Keeping, build: Build) -> Response:
    """As `conditional`, but what was made before is kept in Redis for all processes, under a key with its validator.

    `Last-Updated` says when it was made.

    Raises:
        Unavailable: the database is out of reach. Without Redis it is made each time.
    """
    app = resources()
    now = app.clock.now()
    version = await app.versions.read(learner_id)
    today = version.today(now)
    key = f"analytics:{keeping.kind}:{learner_id}:{keeping.name(today)}"
    validator = _validator(version, today, key.encode(), zone_hint(caller, version), app.policy.edition)
    etag = f'"{validator}"'
    headers = _headers(version, etag)
    if etag in (header(b"if-none-match") or ""):
        return Response(b"", 304, headers)
    kept = await app.shared_cache.recall(keeping.kind, f"{key}:{validator}")
    if kept is None:
        body = orjson.dumps(await build(version, today), option=orjson.OPT_UTC_Z)
        made_at = now.isoformat(timespec="seconds").replace("+00:00", "Z").encode()
        kept = made_at + b"\n" + body
        await app.shared_cache.keep(f"{key}:{validator}", kept, keeping.seconds)
    made_at, _, body = kept.partition(b"\n")
    return answer(body, headers={**headers, "Last-Updated": made_at.decode()})


def zone_hint(caller: Caller, version: LearnerVersion) -> str | None:
    """The zone the caller's token names while ours is only assumed: worth a PATCH /me."""
    return caller.zone_claim if version.zone_source == "assumed" else None


def _headers(version: LearnerVersion, etag: str) -> dict[str, str]:
    """The validator, and whether a job has yet to count the learner anew."""
    return {"ETag": etag, "Milepost-Pending": "rebuild"} if version.rebuild_due else {"ETag": etag}


def _validator(version: LearnerVersion, today: date, address: bytes, hint: str | None, edition: str) -> str:
    depends_on = (
        f"{version.learner_id} {version.revision} {version.global_revision} {today} {version.zone} {hint} "
        f"{__version__} {edition} "
    )
    return hashlib.blake2b(depends_on.encode() + address, digest_size=12).hexdigest()
