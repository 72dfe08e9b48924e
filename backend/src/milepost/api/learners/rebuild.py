"""POST /admin/learners/{id}/rebuild: one learner's projections, refilled from the log."""

import json
from typing import Literal

from pydantic import Field
from quart import Blueprint

from milepost.api.edge.guard import current_caller, learner_named
from milepost.api.edge.request_context import resources
from milepost.api.http.contract import contract
from milepost.api.http.fields import Answer, UuidText
from milepost.api.http.responses import JsonObject, Reply, answer
from milepost.services import audit
from milepost.services.projections.declaration import Difference
from milepost.services.rebuild.on_request import rebuild_on_request

blueprint = Blueprint("learner_rebuild", __name__)

MAX_DIFFERENCES_SHOWN = 200


class DifferenceOut(Answer):
    """A stored field that was not what the log gives, or a whole row that was missing or one too many."""

    table: str = Field(description="The table of the row.")
    key: dict[str, str] = Field(description="The columns that name the row beside the learner.")
    field: str | None = Field(description="The column; null if the whole row was missing or one too many.")
    stored: str | None = Field(description="The value before, as JSON; null if the row was missing.")
    by_log: str | None = Field(description="The value that the log gives, as JSON; null if it gives no such row.")


class LearnerRebuiltOut(Answer):
    """The learner was rebuilt."""

    learner_id: UuidText
    status: Literal["rebuilt"]
    revision: int
    differences_found: int = Field(description="Differences from the log, which the rebuild removed.")
    differences: list[DifferenceOut] = Field(description="The first 200 of them.")


class RebuildQueuedOut(Answer):
    """The learner has so many activities that a job rebuilds it soon."""

    learner_id: UuidText
    status: Literal["queued"]
    revision: int


@blueprint.post("/admin/learners/<any_text:learner_id>/rebuild")
@contract(
    operation="rebuildLearner",
    summary="Rebuild a learner",
    roles=("admin",),
    answers={200: LearnerRebuiltOut, 202: RebuildQueuedOut},
    problems=("learner_not_found",),
    tag="admin",
    keyed=True,
)
async def rebuild_learner(learner_id: str) -> Reply:
    """Refills everything that follows from a learner's activities and plans, and shows what was different. No
    achievement is taken back.

    202: the learner has so many activities that a job rebuilds it soon. Until then, reads of progress send the header
    `Milepost-Pending: rebuild`.
    """
    caller, app = current_caller(), resources()
    learner, now = learner_named(caller, learner_id), app.clock.now()
    async with app.database.write() as connection:
        rebuilt = await rebuild_on_request(connection, learner, app.policy, now)
        status = "queued" if rebuilt.differences is None else "rebuilt"
        # Not the differences themselves: the audit holds nothing that a learner did.
        body = {"status": status, "differences": len(rebuilt.differences or ())}
        await audit.note(connection, caller.subject, "learner.rebuild", body, now, learner)
    shape: JsonObject = {"learner_id": str(learner), "status": status, "revision": rebuilt.revision}
    if rebuilt.differences is None:
        return answer(shape, status=202)
    shown = [_shape(difference) for difference in rebuilt.differences[:MAX_DIFFERENCES_SHOWN]]
    return answer({**shape, "differences_found": len(rebuilt.differences), "differences": shown})


def _shape(difference: Difference) -> JsonObject:
    is_row = difference.field is None
    return {
        "table": difference.table,
        "key": {name: str(value) for name, value in difference.key.items()},
        "field": difference.field,
        "stored": None if is_row and difference.stored is None else _as_json(difference.stored),
        "by_log": None if is_row and difference.by_log is None else _as_json(difference.by_log),
    }


def _as_json(value: object) -> str:
    """A value as JSON text, also whole numbers of any size: the mask of unlocks is one."""
    return json.dumps(value, default=str, ensure_ascii=False)
