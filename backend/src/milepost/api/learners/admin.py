"""Administration of one learner: its zone history, and restored streak days."""

from collections.abc import Sequence
from datetime import date

from quart import Blueprint

from milepost.api.edge.guard import current_caller, learner_named
from milepost.api.edge.problem_codes import declare
from milepost.api.edge.request_context import resources
from milepost.api.http.contract import contract
from milepost.api.http.parsing import read_body
from milepost.api.http.responses import Reply, answer, instant
from milepost.api.learners.schemas import ZonesIn, ZonesOut
from milepost.api.streaks.pauses_and_repair import learner_json, span_json
from milepost.api.streaks.schemas import RestorationIn, RestoredOut
from milepost.errors import Fault, Invalid
from milepost.rules.days.calendar import ZonePeriod
from milepost.services import audit
from milepost.services.learners.zones import import_zones
from milepost.services.streaks.repair import RestoreRequest, restore_streak

blueprint = Blueprint("learners_admin", __name__)

declare(
    impossible_zones=(422, "The periods are not a valid zone history; `errors` names the first invalid one."),
    impossible_restoration=(422, "These days cannot be restored; `errors` says why."),
    nothing_to_restore=(409, "No run has broken, and the request names no days."),
)


@blueprint.put("/admin/learners/<any_text:learner_id>/zones")
@contract(
    operation="importZones",
    summary="Import a learner's zone history",
    roles=("admin",),
    request=ZonesIn,
    answers=ZonesOut,
    problems=("learner_not_found", "impossible_zones"),
    tag="admin",
)
async def put_zones(learner_id: str) -> Reply:
    """Replaces the learner's whole zone history, oldest first, and reassigns the local day of every activity.

    The first zone also applies before its period. Instants must be ascending and not in the future.
    """
    caller, app = current_caller(), resources()
    learner, now = learner_named(caller, learner_id), app.clock.now()
    periods = [ZonePeriod(period.valid_from, period.zone) for period in (await read_body(ZonesIn)).root]
    async with app.database.write() as connection:
        imported = await import_zones(connection, learner, periods, app.policy, now)
        body = {"zones": _shape(periods), "replaced": _shape(imported.replaced)}
        await audit.note(connection, caller.subject, "zones.import", body, now, learner)
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


@blueprint.post("/admin/learners/<any_text:learner_id>/restore-streak")
@contract(
    operation="restoreStreak",
    summary="Restore days of a learner's streak",
    roles=("admin",),
    request=RestorationIn,
    answers=RestoredOut,
    problems=("learner_not_found", "impossible_restoration", "nothing_to_restore"),
    tag="admin",
    keyed=True,
)
async def restore(learner_id: str) -> Reply:
    """Excuses the days from the first to the last, up to the learner's today. Without days, excuses the gap that broke
    the newest run, however long it is and however long ago.
    """
    caller, app = current_caller(), resources()
    learner, now = learner_named(caller, learner_id), app.clock.now()
    body = await read_body(RestorationIn)
    restoration = RestoreRequest(_days(body), body.reason, caller.subject)
    async with app.database.write() as connection:
        restored = await restore_streak(connection, learner, restoration, app.policy, now)
        spans = [span_json(span) for span in restored.spans]
        await audit.note(
            connection, caller.subject, "streak.restore", {"days": spans, "reason": body.reason}, now, learner
        )
    return answer({"learner_id": str(learner), "restored": spans, **learner_json(restored.learner)})


def _days(body: RestorationIn) -> tuple[date, date] | None:
    """The days in the body, or None if there are none.

    Raises:
        Invalid: `impossible_restoration`, the body has only one of the two days.
    """
    if body.first_day is None and body.last_day is None:
        return None
    if body.first_day is None or body.last_day is None:
        missing = "/first_day" if body.first_day is None else "/last_day"
        raise Invalid("impossible_restoration", "Give both days or none.", (Fault(missing, "is required", "missing"),))
    return body.first_day, body.last_day


def _shape(periods: Sequence[ZonePeriod]) -> list[dict[str, object]]:
    return [{"valid_from": instant(period.valid_from), "zone": period.name} for period in periods]
