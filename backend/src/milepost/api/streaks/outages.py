"""Outages: entered as a draft with a dry run, activated by a second call, withdrawn when it was a mistake."""

from dataclasses import asdict
from typing import Literal
from uuid import UUID

from quart import Blueprint, Response

from milepost.api.edge.guard import current_caller
from milepost.api.edge.problem_codes import declare
from milepost.api.edge.request_context import resources
from milepost.api.http.contract import contract
from milepost.api.http.parsing import read_body
from milepost.api.http.responses import answer, instant
from milepost.api.streaks.outage_schemas import DraftedOut, OutageIn, OutageOut, OutagesOut
from milepost.queries.streaks.outages import Outage, outages, settling
from milepost.services.streaks.outages import change_outage, draft_outage

blueprint = Blueprint("outages", __name__)

declare(
    impossible_outage=(422, "Such an outage cannot have been; `errors` says why."),
    outage_not_found=(404, "No such outage."),
    outage_withdrawn=(409, "A withdrawn outage stays withdrawn."),
)


@blueprint.get("/admin/outages")
@contract(summary="Outages", roles=("admin",), answers=OutagesOut, tag="admin")
async def show_outages() -> Response:
    """Those entered last, newest first, and how far the newest change has got to learners."""
    app = resources()
    async with app.database.snapshot() as connection:
        found, progress = await outages(connection), await settling(connection)
    shown = None
    if progress is not None:
        shown = {"learners_done": progress.done, "finished_at": instant(progress.finished_at)}
    return answer({"outages": [_shape(outage) for outage in found], "settling": shown})


@blueprint.post("/admin/outages")
@contract(
    summary="Enter an outage",
    roles=("admin",),
    request=OutageIn,
    answers=DraftedOut,
    problems=("impossible_outage",),
    tag="admin",
)
async def draft() -> Response:
    """A draft: nothing changes yet. The answer counts what activating it would do."""
    caller, app = current_caller(), resources()
    body = await read_body(OutageIn)
    span = (body.starts_at, body.ends_at)
    async with app.database.write() as connection:
        outage, tried = await draft_outage(connection, span, body.reason, caller.subject, app.policy, app.clock.now())
    return answer({**_shape(outage), "dry_run": asdict(tried)})


@blueprint.post("/admin/outages/<uuid:outage_id>/activate")
@contract(
    summary="Activate an outage",
    roles=("admin",),
    answers=OutageOut,
    problems=("outage_not_found", "outage_withdrawn"),
    tag="admin",
)
async def activate(outage_id: UUID) -> Response:
    """Every local day it touched is excused for everybody, and readers see that at once. Again changes nothing."""
    return await _change(outage_id, "active")


@blueprint.post("/admin/outages/<uuid:outage_id>/withdraw")
@contract(
    summary="Withdraw an outage",
    roles=("admin",),
    answers=OutageOut,
    problems=("outage_not_found",),
    tag="admin",
)
async def withdraw(outage_id: UUID) -> Response:
    """Nothing is excused by it any more, which may break runs again. It stays listed. Again changes nothing."""
    return await _change(outage_id, "withdrawn")


async def _change(outage_id: UUID, state: Literal["active", "withdrawn"]) -> Response:
    caller, app = current_caller(), resources()
    async with app.database.write() as connection:
        outage = await change_outage(connection, outage_id, state, caller.subject, app.clock.now())
    return answer(_shape(outage))


def _shape(outage: Outage) -> dict[str, object]:
    return {
        "id": str(outage.id),
        "starts_at": instant(outage.starts_at),
        "ends_at": instant(outage.ends_at),
        "state": outage.state,
        "reason": outage.reason,
        "created_at": instant(outage.created_at),
    }
