"""Administration of the catalogue: import and change definitions, try a rule, grant an achievement by hand."""

from collections.abc import Mapping
from dataclasses import asdict, replace
from typing import Literal

from quart import Blueprint

from milepost.api.achievements.admin_schemas import (
    CatalogueChangeOut,
    CatalogueOut,
    DefinitionIn,
    DefinitionsIn,
    GrantedOut,
    GrantIn,
    PreviewIn,
    PreviewOut,
    WrittenCatalogueOut,
)
from milepost.api.achievements.serializers import unlocked_json
from milepost.api.edge.guard import current_caller, learner_named
from milepost.api.edge.problem_codes import declare
from milepost.api.edge.request_context import resources
from milepost.api.http.contract import contract
from milepost.api.http.parsing import read_body
from milepost.api.http.responses import Reply, answer, instant
from milepost.errors import Conflict, Invalid, NotFound
from milepost.queries.achievements.catalogue import StoredDefinition, catalogue_in_force, stored_definitions
from milepost.rules.achievements.definitions import Definition, as_mapping
from milepost.rules.achievements.parser import read_definitions
from milepost.services import audit
from milepost.services.achievements.catalogue import put_definitions
from milepost.services.achievements.grant import grant
from milepost.services.achievements.preview import preview

blueprint = Blueprint("achievements_admin", __name__)

declare(
    invalid_definition=(422, "The definition is invalid; `detail` or `errors` says why."),
    achievement_not_found=(404, "There is no such achievement."),
    achievement_exists=(409, "The code is already in use; change the achievement with PUT."),
    achievement_not_active=(409, "Only an active achievement can be granted."),
)

_TAG = "admin"


@blueprint.get("/admin/achievements")
@contract(
    operation="getCatalogue", summary="Catalogue of achievements", roles=("admin",), answers=CatalogueOut, tag=_TAG
)
async def show_catalogue() -> Reply:
    """Lists every definition, including drafts and retired ones, in the order in which they were added."""
    async with resources().database.snapshot() as connection:
        stored = await stored_definitions(connection)
    shapes = [_definition_json(definition) for definition in stored.definitions]
    return answer({"revision": stored.revision, "applied": stored.is_applied, "achievements": shapes})


@blueprint.get("/admin/achievements/export")
@contract(
    operation="exportCatalogue", summary="Export the catalogue", roles=("admin",), answers=WrittenCatalogueOut, tag=_TAG
)
async def export_catalogue() -> Reply:
    """The definitions, in the form that `import` accepts."""
    async with resources().database.snapshot() as connection:
        stored = await stored_definitions(connection)
    return answer({"achievements": [stored_definition.definition for stored_definition in stored.definitions]})


@blueprint.post("/admin/achievements")
@contract(
    operation="createAchievement",
    summary="Add an achievement",
    roles=("admin",),
    request=DefinitionIn,
    answers=CatalogueChangeOut,
    problems=("invalid_definition", "achievement_exists"),
    tag=_TAG,
    keyed=True,
)
async def add_definition() -> Reply:
    """Adds a definition, by default as a draft. Learners can neither see nor earn a draft until it is activated."""
    return await _put([(await read_body(DefinitionIn)).model_dump()], "achievement.add", must_be_new=True)


@blueprint.post("/admin/achievements/import")
@contract(
    operation="importAchievements",
    summary="Import achievements",
    roles=("admin",),
    request=DefinitionsIn,
    answers=CatalogueChangeOut,
    problems=("invalid_definition",),
    tag=_TAG,
    keyed=True,
    large_body=True,
)
async def import_definitions() -> Reply:
    """Adds or changes the definitions in the body and leaves all others unchanged. Takes all definitions or none."""
    body = await read_body(DefinitionsIn)
    return await _put([definition.model_dump() for definition in body.achievements], "achievement.import")


@blueprint.put("/admin/achievements/<any_text:code>")
@contract(
    operation="replaceAchievement",
    summary="Replace an achievement",
    roles=("admin",),
    request=DefinitionIn,
    answers=CatalogueChangeOut,
    problems=("invalid_definition", "achievement_not_found"),
    tag=_TAG,
)
async def change_definition(code: str) -> Reply:
    """Replaces the whole definition. The code cannot change, because learners hold achievements by it."""
    body = await read_body(DefinitionIn)
    if body.code != code:
        raise Invalid(
            "invalid_definition", "The code in the body differs from the one in the address; a code cannot change."
        )
    await _definition(code)
    return await _put([body.model_dump()], "achievement.change")


@blueprint.post("/admin/achievements/<any_text:code>/activate")
@contract(
    operation="activateAchievement",
    summary="Activate an achievement",
    roles=("admin",),
    answers=CatalogueChangeOut,
    problems=("achievement_not_found", "invalid_definition"),
    tag=_TAG,
    keyed=True,
)
async def activate(code: str) -> Reply:
    """Activates the achievement. Learners who already meet its rule receive it soon, without a separate notice."""
    return await _set_state(code, "active")


@blueprint.post("/admin/achievements/<any_text:code>/retire")
@contract(
    operation="retireAchievement",
    summary="Retire an achievement",
    roles=("admin",),
    answers=CatalogueChangeOut,
    problems=("achievement_not_found", "invalid_definition"),
    tag=_TAG,
    keyed=True,
)
async def retire(code: str) -> Reply:
    """The achievement can no longer be earned. Learners who hold it keep it."""
    return await _set_state(code, "retired")


@blueprint.post("/admin/achievements/<any_text:code>/dry-run")
@contract(
    operation="previewAchievement",
    summary="Preview who would get an achievement",
    roles=("admin",),
    request=PreviewIn,
    answers=PreviewOut,
    problems=("achievement_not_found", "invalid_definition"),
    tag=_TAG,
)
async def dry_run(code: str) -> Reply:
    """Counts the learners who would get the achievement now, by its own rule or by the rule in the body. Changes
    nothing.
    """
    body, app = await read_body(PreviewIn), resources()
    definition = await _definition(code)
    if body.rule is not None:
        levels = [level.name for level in app.policy.skills.levels]
        parsed = read_definitions([as_mapping(definition) | {"rule": body.rule}], levels)
        if parsed.faults:
            raise Invalid("invalid_definition", parsed.faults[0].message)
        definition = parsed.definitions[0]
    async with app.database.snapshot() as connection:
        counts = await preview(connection, code, definition.rule, app.policy)
    return answer(
        {
            "learners": counts.learners,
            "looked_at": counts.looked_at,
            "holders": counts.holders,
            "would_unlock": counts.would_unlock,
            "estimated_total": round(counts.would_unlock * counts.learners / counts.looked_at)
            if counts.looked_at
            else 0,
            "sample": [str(learner_id) for learner_id in counts.named],
        }
    )


@blueprint.post("/admin/achievements/<any_text:code>/grant")
@contract(
    operation="grantAchievement",
    summary="Grant an achievement",
    roles=("admin",),
    request=GrantIn,
    answers=GrantedOut,
    problems=("achievement_not_found", "achievement_not_active", "learner_not_found"),
    tag=_TAG,
    keyed=True,
)
async def grant_achievement(code: str) -> Reply:
    """Grants the achievement, whatever its rule says. Achievements with the metric `manual` can only be granted.
    Repeating the request changes nothing.
    """
    caller, app = current_caller(), resources()
    body, now = await read_body(GrantIn), app.clock.now()
    learner_id = learner_named(caller, body.learner_id)
    async with app.database.write() as connection:
        granted = await grant(connection, learner_id, code, app.policy, now)
        granting = {"code": code, "reason": body.reason, "unlocked": unlocked_json(granted.unlocked)}
        await audit.note(connection, caller.subject, "achievement.grant", granting, now, learner_id)
    return answer(
        {
            "learner_id": str(learner_id),
            "revision": granted.revision,
            "unlocked": unlocked_json(granted.unlocked),
        }
    )


async def _definition(code: str) -> Definition:
    """The current definition.

    Raises:
        NotFound: `achievement_not_found`.
    """
    app = resources()
    async with app.database.snapshot() as connection:
        entry = (await catalogue_in_force(connection, app.policy)).catalogue.entries.get(code)
    if entry is None:
        raise NotFound("achievement_not_found", "There is no such achievement.")
    return entry.definition


async def _set_state(code: str, state: Literal["active", "retired"]) -> Reply:
    definition = replace(await _definition(code), state=state)
    return await _put([as_mapping(definition)], f"achievement.{'activate' if state == 'active' else 'retire'}")


async def _put(entries: list[Mapping[str, object]], action: str, *, must_be_new: bool = False) -> Reply:
    caller, app = current_caller(), resources()
    now = app.clock.now()
    async with app.database.write() as connection:
        change = await put_definitions(connection, entries, app.policy, now)
        if must_be_new and not change.added:
            raise Conflict("achievement_exists", "The code is already in use; change the achievement with PUT.")
        await audit.note(connection, caller.subject, action, {"achievements": entries, **asdict(change)}, now)
    return answer(asdict(change))


def _definition_json(stored: StoredDefinition) -> dict[str, object]:
    return {
        **stored.definition,
        "origin": stored.origin,
        "changed_at": instant(stored.changed_at),
        "holders": stored.holders,
    }
