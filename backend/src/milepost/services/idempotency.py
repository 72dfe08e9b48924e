"""Idempotency-Keys: decides whether a request is new, a repetition, or another request with a used key.

The key is claimed in the transaction of the write it belongs to. Of two requests at once, the second waits for the
first; what fails leaves no key behind.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from milepost.db.connection import Writing
from milepost.errors import Conflict

_BATCH = 1_000

_CLAIM = """
INSERT INTO idempotency_keys AS k (learner_id, sender, operation, key, request_hash, created_at)
VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT (learner_id, sender, operation, key) DO UPDATE
SET request_hash = excluded.request_hash, status = 0, answer = '', etag = NULL, created_at = excluded.created_at
WHERE k.created_at < $7 RETURNING true
"""
_KEPT = """
SELECT request_hash, status, answer, etag FROM idempotency_keys
WHERE learner_id = $1 AND sender = $2 AND operation = $3 AND key = $4
"""
_KEEP = """
UPDATE idempotency_keys SET status = $5, answer = $6, etag = $7
WHERE learner_id = $1 AND sender = $2 AND operation = $3 AND key = $4
"""
_FORGET_BEYOND = """
DELETE FROM idempotency_keys WHERE learner_id = $1 AND created_at < (
    SELECT created_at FROM idempotency_keys WHERE learner_id = $1 ORDER BY created_at DESC OFFSET $2 LIMIT 1
)
"""
_FORGET_BEFORE = """
DELETE FROM idempotency_keys WHERE (learner_id, sender, operation, key) IN (
    SELECT learner_id, sender, operation, key FROM idempotency_keys
    WHERE created_at < $1 ORDER BY created_at LIMIT $2 FOR UPDATE SKIP LOCKED
)
"""


@dataclass(frozen=True, slots=True)
class KeyedRequest:
    """A request with an Idempotency-Key. `learner_id`, `sender` and `operation` are the space of the key."""

    learner_id: UUID
    sender: str
    operation: str
    key: str
    request_hash: str

    @property
    def place(self) -> tuple[UUID, str, str, str]:
        """The key of its row."""
        return (self.learner_id, self.sender, self.operation, self.key)


@dataclass(frozen=True, slots=True)
class KeptAnswer:
    """The answer to the first request with a key."""

    status: int
    body: str
    etag: str | None


async def claim_key(connection: Writing, request: KeyedRequest, now: datetime, kept_days: int) -> KeptAnswer | None:
    """Take the key for this request; or the answer that the same request got within the last `kept_days`.

    Raises:
        Conflict: `idempotency_key_reused`, another request has used the key.
    """
    oldest = now - timedelta(days=kept_days)
    if await connection.fetchval(_CLAIM, *request.place, request.request_hash, now, oldest):
        return None
    request_hash, *answer = await connection.fetchrow(_KEPT, *request.place)
    if request_hash != request.request_hash:
        raise Conflict(
            "idempotency_key_reused",
            "The Idempotency-Key was already used for a different request; nothing was changed.",
        )
    return KeptAnswer(*answer)


async def keep_answer(connection: Writing, request: KeyedRequest, answer: KeptAnswer, max_keys: int) -> None:
    """Store the answer for repetitions, and forget the learner's oldest keys beyond `max_keys`."""
    await connection.execute(_KEEP, *request.place, answer.status, answer.body, answer.etag)
    await connection.execute(_FORGET_BEYOND, request.learner_id, max_keys - 1)


async def forget_keys_batch(connection: Writing, now: datetime, kept_days: int) -> bool:
    """Delete keys that are older than `kept_days`, the oldest first. Returns whether there may be more."""
    deleted = await connection.execute(_FORGET_BEFORE, now - timedelta(days=kept_days), _BATCH)
    return deleted == f"DELETE {_BATCH}"
