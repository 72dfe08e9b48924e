"""A learner's notices: the list, and which of them have been seen."""

from quart import Blueprint

from milepost.api.edge.guard import current_caller, learner_named
from milepost.api.edge.quiet import hides_gains
from milepost.api.edge.request_context import resources
from milepost.api.http.contract import contract
from milepost.api.http.cursors import unknown_cursor
from milepost.api.http.learner_routes import LEARNER_PROBLEMS, refuse_departed
from milepost.api.http.parsing import read_body, read_query
from milepost.api.http.responses import Reply, answer
from milepost.api.notices.schemas import NoticesOut, NoticesQuery, SeenIn, SeenOut
from milepost.api.notices.serializers import notice_shape
from milepost.queries.notices import is_quiet, notices_before, unread_notices
from milepost.rules.notices.notice_id import LAST, NoticeId, notice_id
from milepost.services.notices import mark_seen

blueprint = Blueprint("notices", __name__)


@blueprint.get("/notifications")
@contract(
    operation="listNotifications",
    summary="Notices",
    roles=("learner", "admin"),
    query=NoticesQuery,
    answers=NoticesOut,
    problems=(*LEARNER_PROBLEMS, "invalid_cursor"),
    tag="notifications",
)
async def show_notices() -> Reply:
    """Lists notices, newest first. `unread` counts all unread ones, at most 1,000."""
    query = read_query(NoticesQuery)
    caller = current_caller()
    learner_id = learner_named(caller, query.learner_id)
    await refuse_departed()
    before = LAST if query.cursor is None else _place(query.cursor)
    async with resources().database.snapshot() as connection:
        if hides_gains(caller, is_quiet=await is_quiet(connection, learner_id)):
            return answer({"quiet": True, "unread": 0, "notifications": [], "next": None})
        rows = await notices_before(
            connection, learner_id, query.limit + 1, before=before, is_unread=query.unread == "true"
        )
        unread = await unread_notices(connection, learner_id)
    page = rows[: query.limit]
    return answer(
        {
            "quiet": False,
            "unread": unread,
            "notifications": [notice_shape(row) for row in page],
            "next": str(page[-1].id) if len(rows) > len(page) else None,
        }
    )


@blueprint.post("/notifications/seen")
@contract(
    operation="markNotificationsSeen",
    summary="Mark notices as seen",
    roles=("learner",),
    request=SeenIn,
    answers=SeenOut,
    tag="notifications",
    keyed=True,
)
async def mark_notices_seen() -> Reply:
    """Marks the caller's notices as seen: all up to an id, or single ones. Repeating it changes nothing.

    Ids that are not the caller's, or no longer exist, are ignored: a notice may have been deleted after its time, or a
    digest replaced by a newer one.
    """
    body, app, learner_id = await read_body(SeenIn), resources(), current_caller().learner_id
    await refuse_departed()
    ids = None if body.ids is None else [notice_id(text) for text in body.ids]
    up_to = None if body.up_to is None else notice_id(body.up_to)
    async with app.database.write() as connection:
        marked = await mark_seen(connection, learner_id, app.clock.now(), up_to=up_to, ids=ids)
        return answer({"marked": marked, "unread": await unread_notices(connection, learner_id)})


def _place(cursor: str) -> NoticeId:
    """The place that a cursor marks: the id of the last notice of a page.

    Raises:
        Invalid: `invalid_cursor`.
    """
    try:
        return notice_id(cursor)
    except ValueError:
        raise unknown_cursor() from None
