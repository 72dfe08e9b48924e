"""How spaces, composite goals and milestones refuse."""

from milepost.api.edge.problem_codes import declare
from milepost.api.http.learner_routes import LEARNER_PROBLEMS

declare(
    space_not_found=(404, "No such space of this learner."),
    space_exists=(409, "The learner has another space of that id."),
    too_many_spaces=(409, "The learner has as many spaces as may be."),
    composite_goal_not_found=(404, "No such composite goal of this learner."),
    composite_goal_exists=(409, "The learner has another composite goal of that id."),
    too_many_composite_goals=(409, "The learner has as many composite goals as may be."),
    milestone_not_found=(404, "No such milestone of this learner."),
    milestone_exists=(409, "The learner has another milestone of that id."),
    too_many_milestones=(409, "The learner has as many milestones as may be."),
)

SPACE_PROBLEMS = (*LEARNER_PROBLEMS, "space_not_found")
COMPOSITE_GOAL_PROBLEMS = (*LEARNER_PROBLEMS, "composite_goal_not_found")
MILESTONE_PROBLEMS = (*LEARNER_PROBLEMS, "milestone_not_found")
OWNER_PROBLEMS = ("space_not_found", "composite_goal_not_found", "too_many_milestones")
"""Of a milestone that names what it belongs to."""
