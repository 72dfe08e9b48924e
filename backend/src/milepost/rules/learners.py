"""Learner identity: maps a token's subject, or a name in a body, query or path, to the learner's UUID."""

import re
from functools import lru_cache
from uuid import NAMESPACE_URL, UUID, uuid5

_UUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")

_MADE_VERSION = 5

LEARNER_SENDER = "learner"
"""The sender of what a learner's own client sends."""

SENDER = "milepost"
"""The sender of activities that the service itself records."""

RESERVED_SENDERS = frozenset({LEARNER_SENDER, SENDER})
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


@lru_cache(maxsize=65_536)
def is_made_id(name: str) -> bool:
    """Whether a name has the form of the ids that `learner_uuid` makes: a UUID of version 5.

    Such a name belongs to nobody's token: an issuer that lets people choose their subject would else let them choose
    whose learner they are (decision 47).
    """
    return _UUID.fullmatch(name) is not None and UUID(name).version == _MADE_VERSION


@lru_cache(maxsize=1_024)
def operator_uuid(issuer: str, subject: str) -> UUID:
    """The id of a service or an administrator. No learner has it, not even one with the same subject."""
    return uuid5(uuid5(uuid5(NAMESPACE_URL, issuer), "services and administrators"), subject)
