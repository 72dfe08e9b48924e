"""Learner identity: maps a token's subject, or a name in a body, query or path, to the learner's UUID."""

import re
from functools import lru_cache
from uuid import NAMESPACE_URL, UUID, uuid5

_UUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")

RESERVED_SENDERS = frozenset({"learner", "milepost"})
"""Senders that the service itself assigns; no token may have one as its subject."""


@lru_cache(maxsize=65_536)
def learner_uuid(issuer: str, subject: str) -> UUID:
    """The UUID of a learner: the subject itself if it is a hyphenated UUID (in either case), else a uuid5.

    The uuid5 is of the configured token issuer and the subject, so that the same subject on two platforms is two
    learners (RFC 9562, 5.5).
    """
    if _UUID.fullmatch(subject):
        return UUID(subject)
    return uuid5(uuid5(NAMESPACE_URL, issuer), subject)


SENDER = "milepost"
"""The sender of activities that the service itself records. No token may have it as its subject."""
