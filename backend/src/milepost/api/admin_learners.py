"""What administrators do to one learner: where it has lived."""

from collections.abc import Sequence

from quart import Blueprint, Response

from milepost.api.contract import contract
from milepost.api.exchange import resources
from milepost.api.guard import caller, learner_named
from milepost.api.problems import declare
from milepost.api.reading import read_body
from milepost.api.responses import answer
from milepost.api.schemas.admin import ZonesIn, ZonesOut
from milepost.api.streak_shape import instant
from milepost.db.connections import unit_of_work
from milepost.rules.calendar import ZonePeriod
from milepost.services import audit
from milepost.services.zones import import_zones

blueprint = Blueprint("admin_learners", __name__)

declare(impossible_zones=(422, "The periods make no zone history; `errors` names the first that is misplaced."))


@blueprint.put("/admin/learners/<any_text:learner_id>/zones")
@contract(
    summary="Import where a learner has lived",
    roles=("admin",),
    request=ZonesIn,
    answers=ZonesOut,
    problems=("learner_not_found", "impossible_zones"),
    tag="admin",
)
async def put_zones(learner_id: str) -> Response:
    """The whole history, oldest first; it replaces what was known, and every day is assigned anew.

    Before the first period its zone holds too. Instants must ascend and not lie ahead of now.
    """
    known, held = caller(), resources()
    learner, now = learner_named(known, learner_id), held.clock.now()
    periods = [ZonePeriod(one.valid_from, one.zone) for one in (await read_body(ZonesIn)).root]
    async with unit_of_work(held.engine) as work:
        imported = await import_zones(work.raw, learner, periods, held.policy, now)
        body = {"zones": _shape(periods), "replaced": _shape(imported.replaced)}
        await audit.note(work.raw, known.subject, "zones.import", body, now, learner)
    return answer(
        {
            "learner_id": str(learner),
            "timezone": periods[-1].name,
            "zone_source": "admin",
            "revision": imported.revision,
            "activities_moved": imported.moved,
            "zones": _shape(periods),
        }
    )


def _shape(periods: Sequence[ZonePeriod]) -> list[dict[str, object]]:
    return [{"valid_from": instant(period.valid_from), "zone": period.name} for period in periods]
