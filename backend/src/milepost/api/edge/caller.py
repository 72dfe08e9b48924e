"""Who is calling: what a verified token says."""

from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Caller:
    """Who calls, in the one role this route is served under.

    `role` is the strongest of the token's roles that the route allows. `sender` is what activities are stored under:
    `learner`, or the subject of a service or an administrator. `zone_claim` is set for the role learner alone, and only
    when it is a zone we know.
    """

    subject: str
    learner_id: UUID
    roles: frozenset[str]
    role: str
    sender: str
    zone_claim: str | None
    name: str | None
