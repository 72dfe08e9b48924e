"""The audit log, newest first, in pages."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import orjson

from milepost.db.connection import Reading

_PAGE = """
SELECT id, at, actor, action, about_learner, body::text FROM audit
WHERE ($1::bigint IS NULL OR id < $1) AND ($2::uuid IS NULL OR about_learner = $2) ORDER BY id DESC LIMIT $3
"""


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """One write of an administrator; `about_learner` is None if it concerns all learners."""

    id: int
    at: datetime
    actor: str
    action: str
    about_learner: UUID | None
    body: object


async def audit_entries(
    connection: Reading, limit: int, before: int | None, about_learner: UUID | None
) -> Sequence[AuditEntry]:
    """At most `limit` entries older than the one with the id `before`, of all learners or of one. One statement."""
    rows = await connection.fetch(_PAGE, before, about_learner, limit)
    return [
        AuditEntry(number, at, actor, action, about, orjson.loads(body))
        for number, at, actor, action, about, body in rows
    ]
