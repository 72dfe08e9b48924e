"""What a learner may take along, and how a learner leaves: all data as a file, and erasure."""

from uuid import UUID

from quart import Blueprint, Response

from milepost.api.edge.guard import current_caller, learner_named
from milepost.api.edge.problem_codes import declare
from milepost.api.edge.request_context import resources
from milepost.api.exports.routes import sent_file
from milepost.api.exports.schemas import ExportOut
from milepost.api.http.contract import contract
from milepost.api.http.parsing import read_body
from milepost.api.http.responses import JSON, Reply, answer
from milepost.api.learners.schemas import ErasedOut, ErasureIn
from milepost.errors import Fault, Invalid
from milepost.queries.exports.contents import EverythingAsJson
from milepost.services.learners.erasure import erase_known_learner, erase_learner

blueprint = Blueprint("leaving", __name__)

declare(erasure_not_confirmed=(422, "`confirm` is not the subject of the token; nothing was erased."))


@blueprint.get("/me/data")
@contract(
    operation="getMyData",
    summary="Everything stored about me",
    roles=("learner",),
    answers=ExportOut,
    problems=(
        "exports_busy",
        "too_many_exports",
    ),
    tag="me",
    charges="exports",
)
async def my_data() -> Response:
    """All data of the caller as a file, table by table: the answer of `/progress/export?format=json`.

    Streamed from one database snapshot. A response without its last chunk is incomplete.
    """
    learner_id = current_caller().learner_id
    return await sent_file("milepost.json", JSON, EverythingAsJson(learner_id))


@blueprint.delete("/me")
@contract(
    operation="eraseMe",
    summary="Erase me",
    roles=("learner",),
    request=ErasureIn,
    answers={200: ErasedOut, 202: ErasedOut},
    problems=("erasure_not_confirmed", "intake_busy"),
    tag="me",
)
async def erase_me() -> Reply:
    """Erases the caller. It cannot be undone. `confirm` repeats the subject of the token, so that no
    request does it by mistake.

    From this answer on every request about the learner gets 410 `learner_erased`, also a repeated one. 202: the
    learner had so many activities that deleting all of them takes a little longer.
    """
    caller, app = current_caller(), resources()
    if (await read_body(ErasureIn)).confirm != caller.subject:
        fault = Fault("/confirm", "must be the subject of the token", "conflicting")
        raise Invalid("erasure_not_confirmed", "The erasure is not confirmed; nothing was erased.", (fault,))
    is_complete = await erase_learner(app.database, caller.learner_id, app.settings.jwt_issuer, app.clock.now())
    return await _erased(caller.learner_id, is_complete=is_complete)


@blueprint.delete("/admin/learners/<any_text:learner_id>")
@contract(
    operation="eraseLearner",
    summary="Erase a learner",
    roles=("admin",),
    answers={200: ErasedOut, 202: ErasedOut},
    problems=("learner_not_found", "intake_busy"),
    tag="admin",
)
async def erase(learner_id: str) -> Reply:
    """Erases a learner, as `DELETE /me` does. The audit log says that a learner was erased, and not whom."""
    caller, app = current_caller(), resources()
    learner = learner_named(caller, learner_id)
    is_complete = await erase_known_learner(
        app.database, learner, caller.subject, app.settings.jwt_issuer, app.clock.now()
    )
    return await _erased(learner, is_complete=is_complete)


async def _erased(learner_id: UUID, *, is_complete: bool) -> Reply:
    """The answer, after the caches have forgotten the learner. Other processes' forget it by themselves."""
    app = resources()
    for forget in app.departures.forgetters:
        forget(lambda learner: learner == learner_id)
    await app.shared_cache.forget_learner(learner_id)
    if is_complete:
        return answer({"status": "erased"})
    return answer({"status": "erasing"}, status=202)
