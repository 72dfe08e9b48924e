"""Outages: entered as a draft with a dry run, activated by a second call, and withdrawn if they were a mistake."""

from dataclasses import asdict
from typing import Literal
from uuid import UUID

from quart import Blueprint

from milepost.api.edge.guard import current_caller
from milepost.api.edge.problem_codes import declare
from milepost.api.edge.request_context import resources
from milepost.api.http.contract import contract
from milepost.api.http.parsing import read_body
from milepost.api.http.responses import Reply, answer, instant
from milepost.api.streaks.outage_schemas import DraftedOut, OutageIn, OutageOut, OutagesOut
from milepost.queries.streaks.outages import Outage, outage_progress, outages
from milepost.services.streaks.outages import change_outage, draft_outage

blueprint = Blueprint("outages", __name__)

declare(
    impossible_outage=(422, "The outage is not possible; `errors` says why."),
    outage_not_found=(404, "No such outage."),
    outage_withdrawn=(409, "A withdrawn outage cannot be activated again."),
)


@blueprint.get("/admin/outages")
@contract(operation="listOutages", summary="Outages", roles=("admin",), answers=OutagesOut, tag="admin")
async def show_outages() -> Reply:
    """Lists the 200 newest outages, newest first, and how far the newest change has been applied to learners."""
    app = resources()
    async with app.database.snapshot() as connection:
        newest, progress = await outages(connection), await outage_progress(connection)
    shown = None
    if progress is not None:
        shown = {"learners_done": progress.done, "finished_at": instant(progress.finished_at)}
    return answer({"outages": [_shape(outage) for outage in newest], "settling": shown})


@blueprint.post("/admin/outages")
@contract(
    operation="createOutage",
    summary="Enter an outage",
    roles=("admin",),
    request=OutageIn,
    answers=DraftedOut,
    problems=("impossible_outage",),
    tag="admin",
    keyed=True,
)
async def draft() -> Reply:
    """Enters a draft, which changes nothing yet. The response counts what activating it would do."""
    caller, app = current_caller(), resources()
    body = await read_body(OutageIn)
    span = (body.starts_at, body.ends_at)
    async with app.database.write() as connection:
        outage, tried = await draft_outage(connection, span, body.reason, caller.subject, app.policy, app.clock.now())
    return answer({**_shape(outage), "dry_run": asdict(tried)})


@blueprint.post("/admin/outages/<uuid:outage_id>/activate")
@contract(
    operation="activateOutage",
    summary="Activate an outage",
    roles=("admin",),
    answers=OutageOut,
    problems=("outage_not_found", "outage_withdrawn"),
    tag="admin",
    keyed=True,
)
async def activate(outage_id: UUID) -> Reply:
    """Excuses every local day that the outage touched, for all learners. Reads show this at once. Repeating the call
    changes nothing.
    """
    return await _change(outage_id, "active")


@blueprint.post("/admin/outages/<uuid:outage_id>/withdraw")
@contract(
    operation="withdrawOutage",
    summary="Withdraw an outage",
    roles=("admin",),
    answers=OutageOut,
    problems=("outage_not_found",),
    tag="admin",
    keyed=True,
)
async def withdraw(outage_id: UUID) -> Reply:
    """The outage no longer excuses any day, which may break runs again. It stays listed. Repeating the call changes
    nothing.
    """
    return await _change(outage_id, "withdrawn")


async def _change(outage_id: UUID, state: Literal["active", "withdrawn"]) -> Reply:
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
