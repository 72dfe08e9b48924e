"""Shared by routes about one learner: their roles, their problems, and the learner they are about."""

from uuid import UUID

from milepost.api.edge.guard import current_caller, learner_named
from milepost.api.http.fields import NamedLearner, Role
from milepost.api.http.parsing import read_query

READ_ROLES: tuple[Role, ...] = ("learner", "service", "admin")
WRITE_ROLES: tuple[Role, ...] = ("learner", "service")
LEARNER_PROBLEMS = ("learner_not_found", "learner_required")
BODY_LEARNER_PROBLEMS = (*LEARNER_PROBLEMS, "learner_conflict")
"""For routes whose body may name the learner too."""


def requested_learner() -> UUID:
    """The learner the request is about. Raises like `learner_named`."""
    return learner_named(current_caller(), read_query(NamedLearner).learner_id)
