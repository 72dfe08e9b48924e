"""A learner's shares: public links to a badge or to progress."""

from uuid import UUID

from quart import Blueprint

from milepost.api.edge.guard import current_caller
from milepost.api.edge.problem_codes import declare
from milepost.api.edge.request_context import resources
from milepost.api.http.contract import contract
from milepost.api.http.learner_routes import refuse_departed
from milepost.api.http.parsing import read_body
from milepost.api.http.responses import Reply, answer
from milepost.api.sharing.schemas import ShareIn, ShareOut, ShareRevokedOut, SharesOut
from milepost.api.sharing.serializers import share_json
from milepost.queries.sharing import shares_of
from milepost.rules.sharing import SharePlan
from milepost.services.sharing.shares import create_share, revoke_share

blueprint = Blueprint("shares", __name__)

declare(
    impossible_share=(422, "This cannot be shared; `errors` says why."),
    badge_not_found=(404, "There is no such badge."),
    badge_is_locked=(409, "Only an earned badge can be shared."),
    badge_is_secret=(409, "A secret badge cannot be shared."),
    learner_is_quiet=(409, "The learner is in quiet mode, in which nothing is shared."),
    too_many_shares=(409, "The learner has as many shares as allowed; `max` says how many."),
    share_not_found=(404, "The learner has no such share."),
)


@blueprint.get("/shares")
@contract(operation="listShares", summary="My shares", roles=("learner",), answers=SharesOut, tag="sharing")
async def show_shares() -> Reply:
    """Lists all shares, also those whose link no longer works. Views appear some seconds after the page was opened."""
    app, learner_id = resources(), current_caller().learner_id
    await refuse_departed()
    async with app.database.snapshot() as connection:
        shares = await shares_of(connection, learner_id, app.catalogues, app.policy, app.clock.now())
    return answer({"shares": [share_json(share, app.settings.public_url) for share in shares]})


@blueprint.post("/shares")
@contract(
    operation="createShare",
    summary="Share a badge or progress",
    roles=("learner",),
    request=ShareIn,
    answers=ShareOut,
    problems=(
        "impossible_share",
        "badge_not_found",
        "badge_is_locked",
        "badge_is_secret",
        "learner_is_quiet",
        "too_many_shares",
    ),
    tag="sharing",
    keyed=True,
    charges="shares",
)
async def add_share() -> Reply:
    """Makes a link that cannot be guessed. The page shows what was chosen, as it is whenever the page is opened.

    Nothing is published in quiet mode: links lead nowhere while it lasts, and none can be made.
    """
    app, learner_id = resources(), current_caller().learner_id
    body = await read_body(ShareIn)
    plan = SharePlan(body.kind, body.code, tuple(body.fields), body.ends_on)
    async with app.database.write() as connection:
        share = await create_share(connection, learner_id, plan, app.policy, app.clock.now())
    return answer(share_json(share, app.settings.public_url))


@blueprint.delete("/shares/<uuid:share_id>")
@contract(
    operation="deleteShare",
    summary="Revoke a share",
    roles=("learner",),
    answers=ShareRevokedOut,
    problems=("share_not_found",),
    tag="sharing",
)
async def remove_share(share_id: UUID) -> Reply:
    """Deletes the share with its views. From now on its link leads to the same page as one that never existed."""
    app, learner_id = resources(), current_caller().learner_id
    async with app.database.write() as connection:
        await revoke_share(connection, learner_id, share_id)
    return answer({"share_id": str(share_id), "deleted": True})
