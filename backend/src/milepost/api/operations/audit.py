"""GET /admin/audit: the writes of administrators."""

from quart import Blueprint

from milepost.api.edge.request_context import current, resources
from milepost.api.http.contract import contract
from milepost.api.http.cursors import unknown_cursor
from milepost.api.http.parsing import read_query
from milepost.api.http.responses import Reply, answer, instant
from milepost.api.operations.schemas import AuditOut, AuditQuery
from milepost.queries.operations.audit import AuditEntry, audit_entries
from milepost.rules.learners import learner_uuid

blueprint = Blueprint("audit", __name__)


@blueprint.get("/admin/audit")
@contract(
    operation="listAuditEntries",
    summary="Audit log",
    roles=("admin",),
    query=AuditQuery,
    answers=AuditOut,
    problems=("invalid_cursor",),
    tag="admin",
)
async def show_audit() -> Reply:
    """Lists every write by an administrator, newest first. `about` restricts the list to one learner."""
    query, app = read_query(AuditQuery), resources()
    about = None if query.about is None else learner_uuid(current().state.settings.jwt_issuer, query.about)
    after_id = None if query.cursor is None else _entry_id(query.cursor)
    async with app.database.read() as connection:
        rows = await audit_entries(connection, query.limit + 1, after_id, about)
    page = rows[: query.limit]
    next_cursor = str(page[-1].id) if len(rows) > len(page) else None
    return answer({"entries": [_shape(entry) for entry in page], "next": next_cursor})


def _entry_id(cursor: str) -> int:
    """The id of the entry that a cursor marks.

    Raises:
        Invalid: `invalid_cursor`.
    """
    if not cursor.isdecimal() or len(cursor) > 18:
        raise unknown_cursor()
    return int(cursor)


def _shape(entry: AuditEntry) -> dict[str, object]:
    return {
        "at": instant(entry.at),
        "actor": entry.actor,
        "action": entry.action,
        "learner_id": None if entry.about_learner is None else str(entry.about_learner),
        "body": entry.body,
    }
