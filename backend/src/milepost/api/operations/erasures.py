"""GET /admin/erasures: how many learners have been erased."""

from pydantic import Field
from quart import Blueprint

from milepost.api.edge.request_context import resources
from milepost.api.http.contract import contract
from milepost.api.http.fields import Answer, Instant
from milepost.api.http.responses import Reply, answer, instant
from milepost.queries.operations.erasures import erasures

blueprint = Blueprint("erasures", __name__)


class ErasuresOut(Answer):
    """The erasures of this installation."""

    erased_learners: int = Field(description="How many learners were erased. Only a digest of each id is kept.")
    newest_at: Instant | None = Field(description="When the newest erasure was; null without one.")


@blueprint.get("/admin/erasures")
@contract(operation="getErasures", summary="Erased learners", roles=("admin",), answers=ErasuresOut, tag="admin")
async def show_erasures() -> Reply:
    """Counts the learners who were erased. Nothing says who they were."""
    async with resources().database.read() as connection:
        known = await erasures(connection)
    return answer({"erased_learners": known.learners, "newest_at": instant(known.newest_at)})
