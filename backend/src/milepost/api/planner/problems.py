"""How categories, tasks and focus slots refuse."""

from milepost.api.edge.problem_codes import declare
from milepost.api.http.learner_routes import LEARNER_PROBLEMS

declare(
    category_not_found=(404, "No such category of this learner."),
    category_exists=(409, "The learner has a category of that name already."),
    category_in_use=(409, "Tasks name this category."),
    too_many_categories=(409, "The learner has as many categories as may be."),
    task_not_found=(404, "No such task of this learner."),
    too_many_tasks=(409, "The learner has as many tasks as may be."),
    task_completion=(409, "A task is completed, and that undone, by its address `/complete` alone."),
    completed_at_refused=(422, "The task cannot have been completed then."),
    slot_outside_day=(422, "A focus slot does not begin on its day."),
)

CATEGORY_PROBLEMS = (*LEARNER_PROBLEMS, "category_not_found")
TASK_PROBLEMS = (*LEARNER_PROBLEMS, "task_not_found")
