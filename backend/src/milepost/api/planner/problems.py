"""The problem codes of categories, tasks and focus slots."""

from milepost.api.edge.problem_codes import declare
from milepost.api.http.learner_routes import LEARNER_PROBLEMS

declare(
    category_not_found=(404, "The learner has no such category."),
    category_exists=(409, "The learner already has a category with this name."),
    too_many_categories=(409, "The learner has reached the maximum number of categories."),
    task_not_found=(404, "The learner has no such task."),
    too_many_tasks=(409, "The learner has reached the maximum number of tasks."),
    too_many_slots=(
        409,
        "Too many slots would begin on one date in UTC, `day`, or too many in all; `max` says how many there may be.",
    ),
    too_many_due_tasks=(
        409,
        "Too many tasks would be due on one day; `day` and `max` say which and how many.",
    ),
    too_many_completed_tasks=(
        409,
        "Too many tasks would be completed on one date in UTC; `day` and `max` say which and how many.",
    ),
    too_many_focus_days=(409, "The learner has the maximum number of days with focus slots, `max`."),
    task_completion=(409, "Use `/tasks/{task_id}/complete` to complete a task or to undo its completion."),
    completed_at_refused=(422, "The task cannot have been completed at this time."),
    slot_outside_day=(422, "A focus slot must begin on its calendar day."),
)

CATEGORY_PROBLEMS = (*LEARNER_PROBLEMS, "category_not_found")
TASK_PROBLEMS = (*LEARNER_PROBLEMS, "task_not_found")
