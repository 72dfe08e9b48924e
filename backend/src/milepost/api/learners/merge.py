"""Administration: two accounts of one person become one."""

from quart import Blueprint

from milepost.api.edge.guard import current_caller, learner_named
from milepost.api.edge.problem_codes import declare
from milepost.api.edge.request_context import current, resources
from milepost.api.http.contract import contract
from milepost.api.http.parsing import read_body
from milepost.api.http.responses import Reply, answer
from milepost.api.learners.schemas import MergedOut, MergeIn
from milepost.rules.learners import learner_uuid
from milepost.services.learners.merge import merge_learners

blueprint = Blueprint("merge", __name__)

declare(
    merge_with_itself=(422, "A learner cannot be merged into itself."),
    merge_too_large=(409, "The learners have too many activities to be merged; `max_activities` says how many."),
)


@blueprint.post("/admin/learners/<any_text:learner_id>/merge")
@contract(
    operation="mergeLearner",
    summary="Merge a learner into another",
    roles=("admin",),
    request=MergeIn,
    answers=MergedOut,
    problems=("learner_not_found", "merge_with_itself", "merge_too_large", "intake_busy"),
    tag="admin",
    keyed=True,
)
async def merge(learner_id: str) -> Reply:
    """Moves everything of the learner in the address to `into`, another account of the same person. It cannot be
    undone.

    Days are united, in the time zones of `into`; each achievement is kept once, with its earlier date. From then on
    requests for the old id get 410 `learner_merged`, with `merged_into` for services and administrators. Repeating the
    request changes nothing.
    """
    caller, app = current_caller(), resources()
    source = learner_named(caller, learner_id)
    target = learner_uuid(current().state.settings.jwt_issuer, (await read_body(MergeIn)).into)
    merged = await merge_learners(app.database, source, target, caller.subject, app.policy, app.clock.now())
    return answer({"learner_id": str(target), "former_id": str(source), "revision": merged.revision})
