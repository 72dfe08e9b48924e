"""Refusals and failures on the wire: RFC 9457 problem details with a stable `code`.

Maps domain errors to statuses, which the domain does not know. An unexpected failure shows the client only its
`request_id`; the details are in the log.
"""

from collections.abc import Iterable, Mapping
from http import HTTPStatus

import orjson
import structlog
from pydantic import BaseModel, ConfigDict, Field
from quart import Quart
from werkzeug.exceptions import HTTPException

from milepost.api.edge.problem_codes import CATALOGUE, MAX_FAULTS, MEDIA_TYPE, EdgeRefusal
from milepost.api.edge.request_context import current
from milepost.api.http.responses import Reply
from milepost.db.failures import DatabaseUnavailable, fault_kind
from milepost.errors import (
    Conflict,
    Fault,
    FaultCode,
    Invalid,
    LearnersGone,
    MilepostError,
    NotFound,
    Refused,
    Unavailable,
)

log = structlog.get_logger(__name__)

_BY_CLASS: tuple[tuple[type[MilepostError], int], ...] = (
    (NotFound, 404),
    (Conflict, 409),
    (Unavailable, 503),
    (Invalid, 422),
)

_FRAMEWORK_CODES = {
    400: "bad_request",
    404: "not_found",
    405: "method_not_allowed",
    408: "body_timeout",
    413: "body_too_large",
    415: "media_type",
    500: "internal_error",
}


class ProblemFault(BaseModel):
    """One invalid value."""

    model_config = ConfigDict(extra="forbid")

    pointer: str = Field(description="JSON pointer (RFC 6901) into the request; empty for the whole document.")
    message: str
    code: FaultCode = Field(description="What is wrong, for programs.")
    values: dict[str, object] = Field(
        description='The numbers and words of the sentence, by name: `{"max": 100}` with `too_long`.'
    )


class Problem(BaseModel):
    """Problem details (RFC 9457)."""

    model_config = ConfigDict(extra="allow")

    type: str = Field(description="Always `about:blank`; `code` identifies the problem.")
    title: str
    status: int
    detail: str = Field(description="A sentence for people.")
    code: str = Field(description="Stable, for programs.")
    request_id: str = Field(description="Identifies the request in the log.")
    errors: list[ProblemFault] = Field(default_factory=list, description="The invalid values, each with its place.")


def problem(
    status: int, code: str, detail: str, *, headers: Mapping[str, str] | None = None, **members: object
) -> Reply:
    """A problem response. `members` are extension members: instants end in `Z`, and None values are left out."""
    context = current()
    context.code = code
    body: dict[str, object] = {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
        "code": code,
        "request_id": context.request_id,
    }
    body.update((name, value) for name, value in members.items() if value is not None)
    content = orjson.dumps(body, option=orjson.OPT_UTC_Z)
    return Reply(content, status, {"Content-Type": MEDIA_TYPE, **(headers or {})})


def shown(faults: Iterable[Fault]) -> list[dict[str, object]]:
    """The first `MAX_FAULTS` faults, as responses show them."""
    return [
        {"pointer": fault.pointer, "message": fault.message, "code": fault.code, "values": dict(fault.values)}
        for fault in [*faults][:MAX_FAULTS]
    ]


def status_of(error: MilepostError) -> int:
    """The status of a domain error: that of its code if declared, else that of its class, else 422."""
    if error.code in CATALOGUE:
        return CATALOGUE[error.code][0]
    return next((status for kind, status in _BY_CLASS if isinstance(error, kind)), 422)


async def _domain(error: MilepostError) -> Reply:
    headers = {"Retry-After": str(error.retry_after_seconds)} if isinstance(error, Unavailable) else {}
    faults = shown(error.faults) if isinstance(error, Invalid) and error.faults else None
    members = error.members if isinstance(error, Refused) and _may_know(error) else {}
    return problem(status_of(error), error.code, error.detail, headers=headers, errors=faults, **members)


def _may_know(error: Refused) -> bool:
    """Whether the caller may know the members of an error. Where merged learners went is not for other learners."""
    caller = current().caller
    return not isinstance(error, LearnersGone) or (caller is not None and caller.role != "learner")


async def _edge(error: EdgeRefusal) -> Reply:
    return problem(error.status, error.code, error.detail, headers=error.headers, **error.members)


async def framework_problem(error: HTTPException) -> Reply:
    """Refusals by Quart and Werkzeug. Keeps their headers (such as Allow) and drops their HTML."""
    if error.code is None or error.code == 500:
        return await _unexpected(error)
    headers = {name: value for name, value in error.get_headers() if name.lower() != "content-type"}
    code = _FRAMEWORK_CODES.get(error.code, HTTPStatus(error.code).name.lower())
    detail = CATALOGUE[code][1] if code in CATALOGUE else HTTPStatus(error.code).description or "Not possible."
    return problem(error.code, code, detail, headers=headers)


async def _unexpected(error: Exception) -> Reply:
    """Any unexpected error. The request's log line has the traceback.

    An error of the database that was not recognised where it happened is still no fault of ours.
    """
    kind = fault_kind(error)
    if kind is not None and kind != "read_only":
        log.warning("database_fault_at_the_edge", error=repr(error))
        return await _domain(DatabaseUnavailable(kind))
    current().fault = error
    return problem(500, "internal_error", CATALOGUE["internal_error"][1])


async def problem_of(error: Exception) -> Reply:
    """The problem that answers an error."""
    if isinstance(error, MilepostError):
        return await _domain(error)
    if isinstance(error, EdgeRefusal):
        return await _edge(error)
    if isinstance(error, HTTPException):
        return await framework_problem(error)
    return await _unexpected(error)


def register(app: Quart) -> None:
    """Make this the only way `app` answers an error."""
    app.register_error_handler(HTTPException, problem_of)
    app.register_error_handler(Exception, problem_of)
