"""Categories of the planner."""

from uuid import UUID

from quart import Blueprint, Response

from milepost.api.edge.guard import current_caller
from milepost.api.edge.request_context import resources
from milepost.api.http.contract import contract
from milepost.api.http.fields import NamedLearner
from milepost.api.http.idempotency import new_id
from milepost.api.http.learner_routes import LEARNER_PROBLEMS, READ_ROLES, WRITE_ROLES, requested_learner
from milepost.api.http.parsing import read_body
from milepost.api.http.responses import answer, instant
from milepost.api.planner.problems import CATEGORY_PROBLEMS
from milepost.api.planner.schemas import CategoriesOut, CategoryDeletedOut, CategoryIn, CategoryOut
from milepost.queries.planner import plans
from milepost.queries.planner.plans import Category

blueprint = Blueprint("categories", __name__)


@blueprint.get("/categories")
@contract(
    operation="listCategories",
    summary="Categories",
    roles=READ_ROLES,
    query=NamedLearner,
    answers=CategoriesOut,
    problems=LEARNER_PROBLEMS,
    tag="planner",
)
async def show_categories() -> Response:
    """Lists all categories of the learner, sorted by name."""
    learner_id, app = requested_learner(), resources()
    async with app.database.read() as connection:
        categories = await plans.categories(connection, learner_id)
    return answer({"categories": [_category_json(category) for category in categories]})


@blueprint.post("/categories")
@contract(
    operation="createCategory",
    summary="Create a category",
    roles=WRITE_ROLES,
    query=NamedLearner,
    request=CategoryIn,
    answers=CategoryOut,
    problems=(*LEARNER_PROBLEMS, "category_exists", "too_many_categories", "invalid_idempotency_key"),
    tag="planner",
)
async def create_category() -> Response:
    """Creates a category. Repeating the request with the same `Idempotency-Key` answers with the same category."""
    learner_id, app = requested_learner(), resources()
    category_id, body = new_id(learner_id), await read_body(CategoryIn)
    category = await app.planner.create_category(
        learner_id, category_id, body.name, app.clock.now(), current_caller().zone_claim
    )
    return answer(_category_json(category))


@blueprint.put("/categories/<uuid:category_id>")
@contract(
    operation="replaceCategory",
    summary="Rename a category",
    roles=WRITE_ROLES,
    query=NamedLearner,
    request=CategoryIn,
    answers=CategoryOut,
    problems=(*CATEGORY_PROBLEMS, "category_exists"),
    tag="planner",
)
async def rename_category(category_id: UUID) -> Response:
    """Changes the name. The category's tasks and goals stay in it."""
    learner_id, app = requested_learner(), resources()
    body = await read_body(CategoryIn)
    return answer(
        _category_json(await app.planner.rename_category(learner_id, category_id, body.name, app.clock.now()))
    )


@blueprint.delete("/categories/<uuid:category_id>")
@contract(
    operation="deleteCategory",
    summary="Delete a category",
    roles=WRITE_ROLES,
    query=NamedLearner,
    answers=CategoryDeletedOut,
    problems=(*CATEGORY_PROBLEMS, "category_in_use"),
    tag="planner",
)
async def delete_category(category_id: UUID) -> Response:
    """Deletes a category. No task or goal may name it."""
    learner_id, app = requested_learner(), resources()
    await app.planner.delete_category(learner_id, category_id, app.clock.now())
    return answer({"category_id": str(category_id), "deleted": True})


def _category_json(category: Category) -> dict[str, object]:
    return {
        "category_id": str(category.category_id),
        "name": category.name,
        "created_at": instant(category.created_at),
    }
