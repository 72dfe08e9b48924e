"""Shared by routes about one learner: their roles, their problems, the learner they are about, whether there is one,
and their answers.
"""

from uuid import UUID

from milepost.api.edge.guard import current_caller, learner_named
from milepost.api.edge.quiet import hides_gains
from milepost.api.edge.request_context import current, resources
from milepost.api.http.fields import NamedLearner, Role
from milepost.api.http.parsing import read_query
from milepost.api.http.responses import JsonObject, Reply, answer
from milepost.errors import NotFound
from milepost.queries.learners.version import LearnerVersion

READ_ROLES: tuple[Role, ...] = ("learner", "service", "admin")
WRITE_ROLES: tuple[Role, ...] = ("learner", "service")
LEARNER_PROBLEMS = ("learner_not_found", "learner_required")
BODY_LEARNER_PROBLEMS = (*LEARNER_PROBLEMS, "learner_conflict")
"""For routes whose body may name the learner too."""


def requested_learner() -> UUID:
    """The learner the request is about. Raises like `learner_named`."""
    return learner_named(current_caller(), read_query(NamedLearner).learner_id)


def learner_answer(shape: JsonObject, *, is_quiet: bool) -> Reply:
    """The answer of a write about one learner, in the form that the caller may see. `is_quiet`: that learner's mode."""
    form = current().quiet_form
    if form is None or not hides_gains(current_caller(), is_quiet=is_quiet):
        return answer(shape)
    return answer(form.of(shape))


def require_known(version: LearnerVersion) -> None:
    """Refuse a learner without any data: an administrator may have misspelled the id.

    Raises:
        NotFound: `learner_not_found`.
    """
    if not version.is_known:
        raise unknown_learner()


async def refuse_unknown_to_admins(query: type[NamedLearner]) -> None:
    """Refuse a request of an administrator about a learner without any data, whom the query string names.

    Raises:
        NotFound: `learner_not_found`.
        Invalid: `invalid_query`, `learner_required`.
        LearnersGone: the learner has left.
        Unavailable: the database is unreachable.
    """
    caller = current_caller()
    if caller.role == "admin":
        require_known(await resources().versions.read(learner_named(caller, read_query(query).learner_id)))


def unknown_learner() -> NotFound:
    """The error for a learner without any data."""
    return NotFound("learner_not_found", "There is no such learner.")


async def refuse_departed() -> None:
    """Refuse a request about a learner who has left. For routes that read neither a version nor take a lock.

    Raises:
        LearnersGone: the learner has left.
        Unavailable: the database is unreachable.
    """
    learner_id = current().learner_id
    if learner_id is not None:
        await resources().versions.read(learner_id)
