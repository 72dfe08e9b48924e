"""A learner about itself: where it lives, for now."""

from uuid import UUID

from quart import Blueprint, Response

from milepost.api.edge.caller import Caller
from milepost.api.edge.guard import caller
from milepost.api.edge.problem_codes import declare
from milepost.api.edge.request_context import resources
from milepost.api.http.conditional_get import zone_hint
from milepost.api.http.contract import contract
from milepost.api.http.parsing import read_body
from milepost.api.http.responses import answer, instant
from milepost.api.learners.schemas import MeIn, MeOut
from milepost.db.transactions import hot_reading
from milepost.queries.learners.profile import zone_change_allowed_at

blueprint = Blueprint("me", __name__)

declare(
    zone_changed_recently=(409, "The zone was changed a short while ago; the sentence says when it may change again.")
)


@blueprint.get("/me")
@contract(summary="About me", roles=("learner",), answers=MeOut, tag="me")
async def show_me() -> Response:
    """Where the caller's days begin and end, who said so, and when that may change again."""
    return answer(await _me(caller()))


@blueprint.patch("/me")
@contract(
    summary="Change my zone",
    roles=("learner",),
    request=MeIn,
    answers=MeOut,
    problems=("zone_changed_recently",),
    tag="me",
)
async def change_me() -> Response:
    """The first zone ever named holds for the whole past; a later one from now on, once in 24 hours."""
    known, held = caller(), resources()
    wanted = await read_body(MeIn)
    await held.progress.change_zone(known.learner_id, wanted.zone, held.clock.now())
    return answer(await _me(known))


async def _me(known: Caller) -> dict[str, object]:
    held = resources()
    now = held.clock.now()
    standing = await held.standings.read(known.learner_id)
    shape: dict[str, object] = {
        "learner_id": str(known.learner_id),
        "timezone": standing.zone,
        "zone_source": standing.zone_source,
        "zone_change_allowed_at": await _allowed_at(known.learner_id),
        "local_day": standing.today(now).isoformat(),
    }
    hint = zone_hint(known, standing)
    return shape if hint is None else {**shape, "zone_hint": hint}


async def _allowed_at(learner_id: UUID) -> str | None:
    """When the zone may change again; None when it may now."""
    held = resources()
    async with hot_reading(held.hot_pool, held.settings) as connection:
        allowed_at = await zone_change_allowed_at(connection, learner_id, held.policy)
    return None if allowed_at is None or allowed_at <= held.clock.now() else instant(allowed_at)
