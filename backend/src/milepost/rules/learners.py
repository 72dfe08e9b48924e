"""Who a learner is: one function from a token's subject, or a name in a body, query or path, to the learner's UUID."""

import re
from functools import lru_cache
from uuid import NAMESPACE_URL, UUID, uuid5

_UUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")

RESERVED_SENDERS = frozenset({"learner", "milepost"})
"""Senders the service itself gives out; no token may carry one as its subject."""


@lru_cache(maxsize=65_536)
def learner_uuid(issuer: str, subject: str) -> UUID:
    """The UUID of a learner: a hyphenated UUID as it is (in either case), anything else uuid5 of issuer and subject.

    `issuer` is the configured token issuer, so that the same subject of two platforms is two learners (RFC 9562, 5.5).
    """
    if _UUID.fullmatch(subject):
        return UUID(subject)
    return uuid5(uuid5(NAMESPACE_URL, issuer), subject)


SENDER = "milepost"
"""Whom activities come from that the service writes itself. No token may bear this name."""
