"""The live stream: what a learner is told, at the moment it is committed."""

import asyncio
from datetime import UTC, datetime, timedelta

from quart import Blueprint, Response, request

from milepost.api.edge.guard import current_caller
from milepost.api.edge.problem_codes import declare
from milepost.api.edge.request_context import current, header, resources
from milepost.api.http.contract import contract
from milepost.api.http.learner_routes import refuse_departed
from milepost.api.live.events import EventStream, StreamEnd, event, opening, reset_reason
from milepost.api.live.transport import transport_of
from milepost.errors import Invalid, Unavailable
from milepost.queries.live import LiveState, LiveStream
from milepost.resources import Resources
from milepost.rules.notices.notice_id import NoticeId, notice_id

blueprint = Blueprint("live", __name__)

declare(
    too_many_streams=(429, "The learner has as many open streams as one may have; close one first."),
    invalid_last_event_id=(422, "`Last-Event-ID` is not the id of an event."),
)

EVENT_STREAM = "text/event-stream"
_HEADERS = {
    "Content-Type": EVENT_STREAM,
    "Cache-Control": "no-store, no-transform, private",
    # Proxies that collect a response before they pass it on would keep every event.
    "X-Accel-Buffering": "no",
}


@blueprint.get("/notifications/stream")
@contract(
    operation="streamNotifications",
    summary="Live notices and hints",
    roles=("learner",),
    answers=None,
    text_media=(EVENT_STREAM,),
    problems=("too_many_streams", "invalid_last_event_id", "overloaded", "shutting_down"),
    tag="notifications",
)
async def stream_notifications() -> Response:
    """Server-sent events. A client that reconnects sends the last id it got as `Last-Event-ID` and misses nothing.

    - `notice`: a notice, as the list of notices shows it. None in quiet mode.
    - `activity`: something has changed; `revision` is the learner's, `parts` what may be worth fetching again.
    - `reset`: the stream cannot resume from the id sent (`unknown_id` or `too_old`). Fetch everything again.
    - `reconnect`: the connection ends, with the reason. Connect again, with a new token after `token_expired`.

    Ids are `revision.n`, in the order of commits. Comments are heartbeats.
    """
    app, caller = resources(), current_caller()
    await refuse_departed()
    last_event_id = _last_event_id(header(b"last-event-id"))
    if request.method == "HEAD":
        return Response(b"", headers=_HEADERS)
    stream = app.live.open(caller.learner_id)
    current().on_end = lambda: app.live.leave(stream)
    first, state = await _opened(app, stream, last_event_id)
    leeway = timedelta(seconds=app.settings.token_leeway_seconds)
    end = StreamEnd(
        now=app.clock.now,
        expires_at=_expiry(caller.expires_at, leeway),
        closes_at=asyncio.get_running_loop().time() + app.settings.stream_lifetime_seconds,
    )
    body = EventStream(app.live, stream, end, transport_of(request.scope))
    response = Response(body.events(first, state, app.settings), headers=_HEADERS)
    response.timeout = None
    return response


def _last_event_id(text: str | None) -> NoticeId | None:
    """The id after which the client resumes; None: it begins now.

    Raises:
        Invalid: `invalid_last_event_id`.
    """
    if not text:
        return None
    try:
        return notice_id(text)
    except ValueError:
        raise Invalid("invalid_last_event_id", "Last-Event-ID must be an id such as 812.0.") from None


async def _opened(app: Resources, stream: LiveStream, last_event_id: NoticeId | None) -> tuple[bytes, LiveState]:
    """The first bytes of a stream, and what it has to send after them.

    Raises:
        Unavailable: the database is unreachable.
    """
    if last_event_id is not None:
        stream.position = last_event_id
        stream.hinted = last_event_id.revision - 1  # it may be the id of a notice whose hint has not been sent
    state = await app.live.read(stream)
    if state is None:
        raise Unavailable("database_unavailable", "The learner cannot be read.")
    if last_event_id is None:
        stream.position, stream.hinted = state.place, state.place.revision
        return opening(state.place), LiveState(state.place, (), more=False)
    oldest_kept_at = app.clock.now() - timedelta(days=app.settings.notices_kept_days)
    reason = reset_reason(last_event_id, state, oldest_kept_at)
    if reason is None:
        return opening(last_event_id), state
    stream.position, stream.hinted = state.place, state.place.revision
    reset = event("reset", {"revision": state.place.revision, "reason": reason}, state.place)
    return opening(state.place) + reset, LiveState(state.place, (), more=False)


def _expiry(expires_at: float, leeway: timedelta) -> datetime:
    """When a token ends. One that ends after all dates does not end."""
    try:
        return datetime.fromtimestamp(expires_at, UTC) + leeway
    except (OverflowError, ValueError, OSError):
        return datetime.max.replace(tzinfo=UTC)
