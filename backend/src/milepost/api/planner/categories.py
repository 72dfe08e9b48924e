"""Categories of the planner."""

from uuid import UUID, uuid4

from quart import Blueprint

from milepost.api.edge.guard import current_caller, learner_named
from milepost.api.edge.request_context import resources
from milepost.api.http.conditional_get import conditional_item
from milepost.api.http.contract import contract
from milepost.api.http.fields import NamedLearner
from milepost.api.http.items import Item, item_answer, tagged
from milepost.api.http.learner_routes import (
    LEARNER_PROBLEMS,
    READ_ROLES,
    WRITE_ROLES,
    refuse_departed,
    requested_learner,
)
from milepost.api.http.merge_patch import read_patch
from milepost.api.http.parsing import read_body, read_query
from milepost.api.http.responses import JsonObject, Reply, answer, instant
from milepost.api.planner.problems import CATEGORY_PROBLEMS
from milepost.api.planner.schemas import CategoriesOut, CategoryDeletedOut, CategoryIn, CategoryOut, DeleteCategoryQuery
from milepost.db.connection import Reading
from milepost.errors import NotFound
from milepost.queries.planner import plans
from milepost.queries.planner.plans import Category
from milepost.rules.planner.planner_days import UNCATEGORISED
from milepost.services.planner.categories import CategoryPlan

blueprint = Blueprint("categories", __name__)


async def _load(connection: Reading, learner_id: UUID, category_id: str) -> JsonObject:
    # A category's position is its place among all of them.
    for category in await plans.categories(connection, learner_id):
        if category.category_id == UUID(category_id):
            return _category_json(category)
    raise NotFound("category_not_found", "The learner has no such category.")


CATEGORY = Item(_load)


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
async def show_categories() -> Reply:
    """Lists all categories of the learner, in the learner's order."""
    learner_id, app = requested_learner(), resources()
    await refuse_departed()
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
    problems=(*LEARNER_PROBLEMS, "category_exists", "too_many_categories"),
    tag="planner",
    keyed=True,
)
async def create_category() -> Reply:
    """Creates a category, after the others unless `position` says where."""
    learner_id, app = requested_learner(), resources()
    body = await read_body(CategoryIn)
    category = await app.planner.create_category(
        learner_id, uuid4(), _plan(body), app.clock.now(), current_caller().zone_claim
    )
    return item_answer(_category_json(category))


@blueprint.get("/categories/<uuid:category_id>")
@contract(
    operation="getCategory",
    summary="A category",
    roles=READ_ROLES,
    query=NamedLearner,
    answers=CategoryOut,
    problems=CATEGORY_PROBLEMS,
    tag="planner",
)
async def show_category(category_id: UUID) -> Reply:
    """One category."""
    learner_id, app = requested_learner(), resources()

    async def load() -> JsonObject:
        async with app.database.read() as connection:
            return await _load(connection, learner_id, str(category_id))

    return await conditional_item(learner_id, load)


@blueprint.put("/categories/<uuid:category_id>")
@contract(
    operation="replaceCategory",
    summary="Change a category",
    roles=WRITE_ROLES,
    query=NamedLearner,
    request=CategoryIn,
    answers=CategoryOut,
    problems=(*CATEGORY_PROBLEMS, "category_exists"),
    tag="planner",
    item=CATEGORY,
)
async def replace_category(category_id: UUID) -> Reply:
    """Changes the name, and the colour and position if they are given. The category's tasks and goals stay in it."""
    return await _replace(category_id, await read_body(CategoryIn))


@blueprint.patch("/categories/<uuid:category_id>")
@contract(
    operation="changeCategory",
    summary="Change fields of a category",
    roles=WRITE_ROLES,
    query=NamedLearner,
    request=CategoryIn,
    answers=CategoryOut,
    problems=(*CATEGORY_PROBLEMS, "category_exists"),
    tag="planner",
    item=CATEGORY,
    patches=True,
)
async def change_category(category_id: UUID) -> Reply:
    """Changes the fields that are sent."""
    return await _replace(category_id, await read_patch(CategoryIn))


@blueprint.delete("/categories/<uuid:category_id>")
@contract(
    operation="deleteCategory",
    summary="Delete a category",
    roles=WRITE_ROLES,
    query=DeleteCategoryQuery,
    answers=CategoryDeletedOut,
    problems=CATEGORY_PROBLEMS,
    tag="planner",
    item=CATEGORY,
)
async def delete_category(category_id: UUID) -> Reply:
    """Deletes a category and moves its tasks to another one, or leaves them uncategorised. Goals on it are archived and
    keep their history: they would count something else from now on.
    """
    query, app = read_query(DeleteCategoryQuery), resources()
    learner_id = learner_named(current_caller(), query.learner_id)
    move_to = None if query.move_to == UNCATEGORISED else UUID(query.move_to)
    deleted = await app.planner.delete_category(learner_id, category_id, move_to, app.clock.now())
    return answer(
        {
            "category_id": str(category_id),
            "deleted": True,
            "moved_to": UNCATEGORISED if deleted.moved_to is None else str(deleted.moved_to),
            "moved_tasks_count": deleted.tasks,
            "archived_goal_ids": [str(goal_id) for goal_id in deleted.archived_goals],
        }
    )


def _plan(body: CategoryIn) -> CategoryPlan:
    return CategoryPlan(body.name, body.color, body.position)


async def _replace(category_id: UUID, body: CategoryIn) -> Reply:
    learner_id, app = requested_learner(), resources()
    category = await app.planner.change_category(learner_id, category_id, _plan(body), app.clock.now())
    return item_answer(_category_json(category))


def _category_json(category: Category) -> JsonObject:
    return tagged(
        {
            "category_id": str(category.category_id),
            "name": category.name,
            "color": category.color,
            "position": category.position,
            "created_at": instant(category.created_at),
        }
    )
