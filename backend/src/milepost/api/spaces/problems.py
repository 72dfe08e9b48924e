"""The problem codes of spaces, composite goals and milestones."""

from milepost.api.edge.problem_codes import declare
from milepost.api.http.learner_routes import LEARNER_PROBLEMS

declare(
    space_not_found=(404, "The learner has no such space."),
    space_exists=(409, "The learner already has a different space with this id."),
    too_many_spaces=(409, "The learner has reached the maximum number of spaces."),
    composite_goal_not_found=(404, "The learner has no such composite goal."),
    composite_goal_exists=(409, "The learner already has a different composite goal with this id."),
    too_many_composite_goals=(409, "The learner has reached the maximum number of composite goals."),
    milestone_not_found=(404, "The learner has no such milestone."),
    milestone_exists=(409, "The learner already has a different milestone with this id."),
    too_many_milestones=(409, "The learner has reached the maximum number of milestones."),
)

SPACE_PROBLEMS = (*LEARNER_PROBLEMS, "space_not_found")
COMPOSITE_GOAL_PROBLEMS = (*LEARNER_PROBLEMS, "composite_goal_not_found")
MILESTONE_PROBLEMS = (*LEARNER_PROBLEMS, "milestone_not_found")
OWNER_PROBLEMS = ("space_not_found", "composite_goal_not_found", "too_many_milestones")
"""The problems of a request that names the owner of a milestone."""
