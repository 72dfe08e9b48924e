"""The feed: a learner's activities, newest first, page by page."""

from dataclasses import astuple
from datetime import date

from quart import Blueprint

from milepost.api.activities.schemas import (
    FeedOut,
    FeedQuery,
)
from milepost.api.edge.guard import current_caller, learner_named
from milepost.api.edge.request_context import resources
from milepost.api.http.contract import contract
from milepost.api.http.cursors import instant_in_cursor, read_cursor, write_cursor
from milepost.api.http.learner_routes import READ_ROLES
from milepost.api.http.parsing import read_query
from milepost.api.http.responses import Reply, answer, instant
from milepost.api.http.windows import filter_json, window_of
from milepost.queries.activities import FeedFilter, FeedItem, FeedPosition, feed

blueprint = Blueprint("feed", __name__)


@blueprint.get("/activities")
@contract(
    operation="listActivities",
    summary="Activity feed",
    roles=READ_ROLES,
    query=FeedQuery,
    answers=FeedOut,
    problems=("learner_not_found", "learner_required", "invalid_cursor"),
    tag="activities",
)
async def show_feed() -> Reply:
    """Lists activities, newest day first. `next` continues right after the last one shown, even if activities were
    added meanwhile.
    """
    query = read_query(FeedQuery)
    learner_id = learner_named(current_caller(), query.learner_id)
    window = window_of(query)
    feed_filter = FeedFilter(query.topic, query.object_type, window.first, window.last)
    after = _place(query.cursor) if query.cursor else None
    app = resources()
    today = (await app.versions.read(learner_id)).today(app.clock.now())
    async with app.database.read() as connection:
        rows = await feed(connection, learner_id, feed_filter, query.limit + 1, after=after, offset=query.offset)
    page = rows[: query.limit]
    next_cursor = write_cursor(astuple(page[-1].position)) if len(rows) > len(page) else None
    return answer(
        {
            **filter_json(window.first, window.last, today),
            "activities": [_activity_json(row) for row in page],
            "next": next_cursor,
        }
    )


_OPTIONAL_FIELDS = (
    "object_id",
    "space_id",
    "goal_id",
    "duration_seconds",
    "hints_used",
    "session_id",
    "once_key",
    "zone",
)


def _activity_json(item: FeedItem) -> dict[str, object]:
    shape: dict[str, object] = {
        "id": item.id,
        "sender": item.sender,
        "verb": item.verb,
        "object_type": item.object_type,
        "occurred_at": instant(item.occurred_at),
        "local_day": item.local_day.isoformat(),
        "points": item.points,
    }
    optional = {name: getattr(item, name) for name in (*_OPTIONAL_FIELDS, "not_counted", "counted_seconds", "metadata")}
    shape.update((name, value) for name, value in optional.items() if value is not None)
    labels = {"topic": item.topic, "path": item.path, "difficulty": item.difficulty}
    shape.update((name, value) for name, value in labels.items() if value)
    if item.value_milli is not None:
        shape["value"] = item.value_milli / 1_000
    return shape


def _place(cursor: str) -> FeedPosition:
    return read_cursor(cursor, lambda values: _place_from(*values))


def _place_from(day: str, occurred_at: str, sender: str, activity_id: str) -> FeedPosition:
    return FeedPosition(date.fromisoformat(day), instant_in_cursor(occurred_at), sender, activity_id)
