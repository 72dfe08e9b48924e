"""The learner's own settings; for now, its zone."""

from uuid import UUID

from quart import Blueprint, Response

from milepost.api.edge.caller import Caller
from milepost.api.edge.guard import current_caller
from milepost.api.edge.problem_codes import declare
from milepost.api.edge.request_context import resources
from milepost.api.http.conditional_get import zone_hint
from milepost.api.http.contract import contract
from milepost.api.http.parsing import read_body
from milepost.api.http.responses import answer, instant
from milepost.api.learners.schemas import MeIn, MeOut
from milepost.queries.learners.profile import zone_change_allowed_at

blueprint = Blueprint("me", __name__)

declare(zone_changed_recently=(409, "The zone was changed recently; `allowed_at` says when it may change again."))


@blueprint.get("/me")
@contract(operation="getMe", summary="About me", roles=("learner",), answers=MeOut, tag="me")
async def show_me() -> Response:
    """The caller's zone, where it comes from, and when it may change again."""
    return answer(await _me(current_caller()))


@blueprint.patch("/me")
@contract(
    operation="changeMe",
    summary="Change my zone",
    roles=("learner",),
    request=MeIn,
    answers=MeOut,
    problems=("zone_changed_recently",),
    tag="me",
)
async def change_me() -> Response:
    """Changes the zone. The first zone also applies to the whole past. Later changes apply from now on, once per 24
    hours.
    """
    caller, app = current_caller(), resources()
    body = await read_body(MeIn)
    await app.progress.change_zone(caller.learner_id, body.zone, app.clock.now())
    return answer(await _me(caller))


async def _me(caller: Caller) -> dict[str, object]:
    app = resources()
    now = app.clock.now()
    version = await app.versions.read(caller.learner_id)
    shape: dict[str, object] = {
        "learner_id": str(caller.learner_id),
        "timezone": version.zone,
        "zone_source": version.zone_source,
        "zone_change_allowed_at": await _allowed_at(caller.learner_id),
        "local_day": version.today(now).isoformat(),
    }
    hint = zone_hint(caller, version)
    return shape if hint is None else {**shape, "zone_hint": hint}


async def _allowed_at(learner_id: UUID) -> str | None:
    """When the zone may change again; None if it may change now."""
    app = resources()
    async with app.database.read() as connection:
        allowed_at = await zone_change_allowed_at(connection, learner_id, app.policy)
    return None if allowed_at is None or allowed_at <= app.clock.now() else instant(allowed_at)
