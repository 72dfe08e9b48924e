"""The audit log: every write of an administrator adds a row in its own transaction.

Rows never change, except that those about an erased learner forget the learner and their content.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

import orjson

from milepost.db.connection import Writing

# The row stays: that somebody did something. About whom and what, it says no more.
_FORGET = """
WITH forgotten AS (
    UPDATE audit SET about_learner = NULL, body = '{"erased": true}' WHERE about_learner = ANY($1::uuid[])
    RETURNING actor
)
SELECT DISTINCT actor FROM forgotten ORDER BY actor
"""
_MOVE = "UPDATE audit SET about_learner = $2 WHERE about_learner = $1"
_NOTE = "INSERT INTO audit (at, actor, action, about_learner, body) VALUES ($1, $2, $3, $4, $5::jsonb)"


async def note(
    connection: Writing,
    actor: str,
    action: str,
    body: Mapping[str, object],
    now: datetime,
    about_learner: UUID | None = None,
) -> None:
    """Record that `actor`, the subject of an administrator's token, did `action` at `now`.

    `action` is a subject and a verb: `zones.import`, `outage.activate`. `body` holds the request and whatever it
    replaced.
    """
    content = orjson.dumps(body, option=orjson.OPT_UTC_Z).decode()
    await connection.execute(_NOTE, now, actor, action, about_learner, content)


async def forget_learners(connection: Writing, learners: Sequence[UUID]) -> list[str]:
    """Forget what rows about these learners say. Returns who did it: the subjects of the administrators."""
    return [row[0] for row in await connection.fetch(_FORGET, learners)]


async def move_learner(connection: Writing, source: UUID, target: UUID) -> None:
    """Let the rows about `source` be about `target`, into which it is merged: they are forgotten with it."""
    await connection.execute(_MOVE, source, target)
