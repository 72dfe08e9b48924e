"""Streamed exports: a learner's exercises as CSV, or all of a learner's data as JSON.

If an export fails midway, it ends without its last chunk, so that clients can see that it is incomplete.
"""

from uuid import UUID

from quart import Blueprint, Response, request

from milepost.api.edge.guard import current_caller, learner_named
from milepost.api.edge.problem_codes import declare
from milepost.api.edge.request_context import current, resources
from milepost.api.exports.body import ExportBody
from milepost.api.exports.schemas import CsvQuery, ExportOut, ExportQuery
from milepost.api.http.contract import contract
from milepost.api.http.learner_routes import READ_ROLES, refuse_departed
from milepost.api.http.parsing import read_query
from milepost.api.http.windows import conflicting, invalid_window, window_of
from milepost.api.live.transport import transport_of
from milepost.queries.exports.contents import BYTE_ORDER_MARK, EverythingAsJson, ExercisesAsCsv, ExportFormat

blueprint = Blueprint("exports", __name__)

declare(
    exports_busy=(503, "Too many exports are running; try again after `Retry-After` seconds."),
    too_many_exports=(429, "The caller has as many running exports as one may have; wait until one has ended."),
)

CSV = "text/csv; charset=utf-8; header=present"
_JSON = "application/json"


@blueprint.get("/progress/export")
@contract(
    operation="exportLearner",
    summary="Export a learner's data",
    roles=READ_ROLES,
    query=ExportQuery,
    answers=ExportOut,
    text_media=("text/csv",),
    problems=("learner_not_found", "learner_required", "exports_busy", "too_many_exports"),
    tag="progress",
    charges="exports",
)
async def export() -> Response:
    """`json`: all data of the learner, table by table. `csv`: the exercises, oldest first (RFC 4180). A `'` precedes
    text that a spreadsheet would read as a formula.

    Streamed from one database snapshot. A response without its last chunk is incomplete.
    """
    query = read_query(ExportQuery)
    learner_id = learner_named(current_caller(), query.learner_id)
    if query.format == "csv":
        return await _exercises(query, learner_id)
    named = [name for name, day in (("from", query.from_), ("to", query.to)) if day is not None]
    if named:
        raise invalid_window(fault for name in named for fault in conflicting(name, "format"))
    return await sent_file("milepost.json", _JSON, EverythingAsJson(learner_id))


@blueprint.get("/progress/export.csv")
@contract(
    operation="exportExercises",
    summary="Export a learner's exercises",
    roles=READ_ROLES,
    query=CsvQuery,
    answers=None,
    text_media=("text/csv",),
    problems=("learner_not_found", "learner_required", "exports_busy", "too_many_exports"),
    tag="progress",
    charges="exports",
)
async def export_exercises() -> Response:
    """The file that `/progress/export?format=csv` answers, at an address of its own."""
    query = read_query(CsvQuery)
    learner_id = learner_named(current_caller(), query.learner_id)
    return await _exercises(query, learner_id)


async def _exercises(query: CsvQuery, learner_id: UUID) -> Response:
    window = window_of(query)
    writing = ExercisesAsCsv(learner_id, mark(query.bom), window.first, window.last)
    return await sent_file("exercises.csv", CSV, writing)


def mark(bom: str) -> bytes:
    """The bytes with which a file begins."""
    return BYTE_ORDER_MARK if bom == "1" else b""


async def sent_file(name: str, content_type: str, writing: ExportFormat) -> Response:
    """A streamed file of the learner of the request. HEAD has its headers and starts nothing.

    Raises:
        LearnersGone: the learner has left.
        LookupError: the contract of the route does not charge exports, which is a programming error.
        Unavailable: `exports_busy`, `too_many_exports`, or the database is unreachable.
    """
    await refuse_departed()
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    if request.method == "HEAD":
        return Response(b"", headers=headers, content_type=content_type)
    usage = current().usage
    if usage is None or usage.quota.policy != "exports":
        raise LookupError("a route that sends a file must charge exports")
    app, caller = resources(), current_caller()
    name = str(caller.learner_id) if caller.role == "learner" else f"{caller.role}/{caller.subject}"
    export = await app.exports.begin(writing, name)
    body = ExportBody(export, transport_of(request.scope), app.settings.export_limit_seconds)
    response = Response(body, headers=headers, content_type=content_type)
    response.timeout = None
    return response
