"""GET /admin/kinds: the table of kinds in force, and the undeclared kinds that senders have used."""

from dataclasses import asdict

from quart import Blueprint

from milepost.api.edge.request_context import resources
from milepost.api.http.contract import contract
from milepost.api.http.responses import Reply, answer, instant
from milepost.api.operations.schemas import KindsOut
from milepost.queries.operations.kinds import unknown_kinds_seen

blueprint = Blueprint("kinds", __name__)


@blueprint.get("/admin/kinds")
@contract(operation="listKinds", summary="Kinds of activities", roles=("admin",), answers=KindsOut, tag="admin")
async def show_kinds() -> Reply:
    """The table of kinds in force, and the kinds in use that only its last row fits, such as a misspelled verb.

    Counts include refused and repeated activities. Other processes add theirs after some seconds.
    """
    app = resources()
    await app.progress.unknown_kinds.flush()
    async with app.database.read() as connection:
        unknown = await unknown_kinds_seen(connection)
    return answer(
        {
            "kinds": [asdict(kind) for kind in app.policy.activities.kinds],
            "unknown_kinds": app.policy.activities.unknown_kinds,
            "unknown": [{**dict(row), "last_seen_at": instant(row["last_seen_at"])} for row in unknown],
        }
    )
