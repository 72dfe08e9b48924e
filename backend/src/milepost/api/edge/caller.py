"""The caller, as a verified token describes it."""

from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Caller:
    """The caller, in the role this request is served under.

    `role` is the strongest of the token's roles that the route allows. Activities are stored under `sender`: `learner`,
    or the subject of a service or an administrator, whose `learner_id` is the id of no learner. `zone_claim` is set
    only for learners, and only if the zone is known.
    """

    subject: str
    learner_id: UUID
    roles: frozenset[str]
    role: str
    sender: str
    zone_claim: str | None
    name: str | None
    expires_at: float
