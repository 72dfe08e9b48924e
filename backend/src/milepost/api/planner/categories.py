"""Categories of plans; and what all routes of the planner share: whom they are about, ids that a retry finds."""

from uuid import UUID, uuid4, uuid5

from quart import Blueprint, Response, request

from milepost.api.activities.parsing import idempotency_key
from milepost.api.activities.schemas import NamedLearner
from milepost.api.edge.guard import caller, learner_named
from milepost.api.edge.problems import declare
from milepost.api.edge.request_context import header, resources
from milepost.api.http.contract import contract
from milepost.api.http.fields import Role
from milepost.api.http.parsing import read_body, read_query
from milepost.api.http.responses import answer
from milepost.api.planner.schemas import CategoriesOut, CategoryDeletedOut, CategoryIn, CategoryOut
from milepost.api.streaks.serializers import instant
from milepost.db.transactions import hot_reading
from milepost.queries.planner import plans
from milepost.queries.planner.plans import Category

blueprint = Blueprint("categories", __name__)

declare(
    category_not_found=(404, "No such category of this learner."),
    category_exists=(409, "The learner has a category of that name already."),
    category_in_use=(409, "Tasks name this category."),
    too_many_categories=(409, "The learner has as many categories as may be."),
)

READING: tuple[Role, ...] = ("learner", "service", "admin")
WRITING: tuple[Role, ...] = ("learner", "service")
ABOUT_A_LEARNER = ("learner_not_found", "learner_required")


@blueprint.get("/categories")
@contract(
    summary="Categories",
    roles=READING,
    query=NamedLearner,
    answers=CategoriesOut,
    problems=ABOUT_A_LEARNER,
    tag="planner",
)
async def show_categories() -> Response:
    """Every category of the learner, by name."""
    learner_id, held = the_learner(), resources()
    async with hot_reading(held.hot_pool, held.settings) as connection:
        found = await plans.categories(connection, learner_id)
    return answer({"categories": [_category_shape(one) for one in found]})


@blueprint.post("/categories")
@contract(
    summary="Make a category",
    roles=WRITING,
    query=NamedLearner,
    request=CategoryIn,
    answers=CategoryOut,
    problems=(*ABOUT_A_LEARNER, "category_exists", "too_many_categories", "invalid_idempotency_key"),
    tag="planner",
)
async def create_category() -> Response:
    """The same `Idempotency-Key` again answers with the category made then."""
    learner_id, held = the_learner(), resources()
    category_id, wanted = new_id(learner_id), await read_body(CategoryIn)
    made = await held.planner.create_category(
        learner_id, category_id, wanted.name, held.clock.now(), caller().zone_claim
    )
    return answer(_category_shape(made))


@blueprint.put("/categories/<uuid:category_id>")
@contract(
    summary="Rename a category",
    roles=WRITING,
    query=NamedLearner,
    request=CategoryIn,
    answers=CategoryOut,
    problems=(*ABOUT_A_LEARNER, "category_not_found", "category_exists"),
    tag="planner",
)
async def rename_category(category_id: UUID) -> Response:
    """Everything planned under it keeps it."""
    learner_id, held = the_learner(), resources()
    wanted = await read_body(CategoryIn)
    return answer(
        _category_shape(await held.planner.rename_category(learner_id, category_id, wanted.name, held.clock.now()))
    )


@blueprint.delete("/categories/<uuid:category_id>")
@contract(
    summary="Delete a category",
    roles=WRITING,
    query=NamedLearner,
    answers=CategoryDeletedOut,
    problems=(*ABOUT_A_LEARNER, "category_not_found", "category_in_use"),
    tag="planner",
)
async def delete_category(category_id: UUID) -> Response:
    """Possible while no task names it."""
    learner_id, held = the_learner(), resources()
    await held.planner.delete_category(learner_id, category_id, held.clock.now())
    return answer({"category_id": str(category_id), "deleted": True})


def the_learner() -> UUID:
    """The learner the request is about; errors as `learner_named`."""
    return learner_named(caller(), read_query(NamedLearner).learner_id)


def new_id(learner_id: UUID) -> UUID:
    """A new id; for an Idempotency-Key always the same one.

    Raises:
        Invalid: `invalid_idempotency_key`.
    """
    key = idempotency_key(header(b"idempotency-key"))
    return uuid4() if key is None else uuid5(learner_id, f"{request.path}:{key}")


def _category_shape(one: Category) -> dict[str, object]:
    return {"category_id": str(one.category_id), "name": one.name, "created_at": instant(one.created_at)}
