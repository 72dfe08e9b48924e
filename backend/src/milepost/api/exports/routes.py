"""Exports: a learner's exercises as CSV, or everything kept of a learner as JSON, streamed.

An export that breaks in the middle ends without its last chunk, so that nobody takes it for whole.
"""

from quart import Blueprint, Response, request

from milepost.api.edge.guard import current_caller, learner_named
from milepost.api.edge.problem_codes import declare
from milepost.api.edge.request_context import resources
from milepost.api.exports.schemas import ExportOut, ExportQuery
from milepost.api.http.contract import contract
from milepost.api.http.learner_routes import READ_ROLES
from milepost.api.http.parsing import read_query
from milepost.queries.exports.contents import EverythingAsJson, ExercisesAsCsv

blueprint = Blueprint("exports", __name__)

declare(exports_busy=(503, "As many exports as may be are under way; come back after `Retry-After` seconds."))

_CSV = "text/csv; charset=utf-8; header=present"
_JSON = "application/json"


@blueprint.get("/progress/export")
@contract(
    summary="Export a learner's records",
    roles=READ_ROLES,
    query=ExportQuery,
    answers=ExportOut,
    text_media=("text/csv",),
    problems=("learner_not_found", "learner_required", "exports_busy"),
    tag="progress",
)
async def export() -> Response:
    """`json`: everything kept of the learner, table by table. `csv`: the exercises, oldest first (RFC 4180); a text
    that a spreadsheet would take for a formula has a `'` before it.

    One snapshot, streamed in chunks; an answer without its last chunk is not whole.
    """
    query = read_query(ExportQuery)
    learner_id = learner_named(current_caller(), query.learner_id)
    is_csv = query.format == "csv"
    name = "exercises.csv" if is_csv else "milepost.json"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    content_type = _CSV if is_csv else _JSON
    if request.method == "HEAD":
        return Response(b"", headers=headers, content_type=content_type)
    writing = ExercisesAsCsv(learner_id) if is_csv else EverythingAsJson(learner_id)
    response = Response(await resources().exports.begin(writing), headers=headers, content_type=content_type)
    response.timeout = None
    return response
