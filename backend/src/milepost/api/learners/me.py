"""The learner's own settings: zone, quiet mode, display name, boards, digest."""

from quart import Blueprint

from milepost.api.edge.caller import Caller
from milepost.api.edge.guard import current_caller
from milepost.api.edge.problem_codes import declare
from milepost.api.edge.request_context import resources
from milepost.api.http.conditional_get import zone_hint
from milepost.api.http.contract import contract
from milepost.api.http.parsing import read_body
from milepost.api.http.responses import JsonObject, Reply, answer, instant
from milepost.api.learners.schemas import MAX_DISPLAY_NAME_CHARACTERS, MeIn, MeOut
from milepost.queries.learners.profile import Profile, profile, zone_change_allowed_at
from milepost.rules.texts import display_name_in
from milepost.services.learners.profile import ProfileChanges

blueprint = Blueprint("me", __name__)

declare(
    zone_changed_recently=(409, "The zone was changed recently; `allowed_at` says when it may change again."),
    too_many_zone_changes=(409, "The learner has the maximum number of zones, `max`, one after the other."),
)


@blueprint.get("/me")
@contract(operation="getMe", summary="About me", roles=("learner",), answers=MeOut, tag="me")
async def show_me() -> Reply:
    """The caller's settings, where its zone comes from, and when the zone may change again."""
    return answer(await _me(current_caller()))


@blueprint.patch("/me")
@contract(
    operation="changeMe",
    summary="Change my settings",
    roles=("learner",),
    request=MeIn,
    answers=MeOut,
    problems=("zone_changed_recently", "too_many_zone_changes"),
    tag="me",
)
async def change_me() -> Reply:
    """Changes the settings in the body, all of them or none; the others stay as they are.

    The first zone also applies to the whole past. Later changes apply from now on, once per 24 hours.

    In quiet mode everything is still recorded, but answers leave out streaks, achievements and level changes, and there
    are no notices. Afterwards everything is shown as it is; notices are not made up for.
    """
    caller, app = current_caller(), resources()
    body = await read_body(MeIn)
    zone = body.zone if "zone" in body.model_fields_set else None
    await app.progress.change_me(caller.learner_id, app.clock.now(), zone, _changes(body))
    return answer(await _me(caller))


def _changes(body: MeIn) -> ProfileChanges:
    """The choices in the body; null is the default."""
    changes: ProfileChanges = {}
    if "quiet" in body.model_fields_set:
        changes["quiet"] = bool(body.quiet)
    if "display_name" in body.model_fields_set:
        changes["display_name"] = body.display_name
    if "boards" in body.model_fields_set:
        changes["boards"] = bool(body.boards)
    if "digest_weekday" in body.model_fields_set:
        changes["digest_weekday"] = body.digest_weekday
    return changes


async def _me(caller: Caller) -> JsonObject:
    app = resources()
    now = app.clock.now()
    version = await app.versions.read(caller.learner_id)
    async with app.database.snapshot() as connection:
        chosen = await profile(connection, caller.learner_id)
        allowed_at = await zone_change_allowed_at(connection, caller.learner_id, app.policy)
    shape: JsonObject = {
        "learner_id": str(caller.learner_id),
        "timezone": version.zone,
        "zone_source": version.zone_source,
        "zone_change_allowed_at": None if allowed_at is None or allowed_at <= now else instant(allowed_at),
        "local_day": version.today(now).isoformat(),
        "quiet": chosen.quiet,
        "display_name": chosen.display_name,
        "boards": chosen.boards,
        "digest_weekday": chosen.digest_weekday,
    }
    hints = {"zone_hint": zone_hint(caller, version), "display_name_hint": _display_name_hint(caller, chosen)}
    return {**shape, **{name: hint for name, hint in hints.items() if hint is not None}}


def _display_name_hint(caller: Caller, chosen: Profile) -> str | None:
    """The name in the caller's token, if it can be the display name, while none is chosen."""
    if chosen.display_name is not None or caller.name is None:
        return None
    return display_name_in(caller.name, MAX_DISPLAY_NAME_CHARACTERS)
