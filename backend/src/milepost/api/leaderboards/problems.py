"""The problem codes of groups."""

from milepost.api.edge.problem_codes import declare

declare(
    group_not_found=(404, "The group does not exist, or the learner is not in it."),
    group_full=(409, "The group would have too many members; `max` says how many it may have."),
    too_many_groups=(409, "A learner would be in too many groups; `learner_ids` names the learners."),
)

GROUP_PROBLEMS = ("group_not_found",)
