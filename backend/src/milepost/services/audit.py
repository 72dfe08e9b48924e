"""The audit log: every write of an administrator adds a row in its own transaction. Rows never change."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

import orjson

from milepost.db.connection import Writing

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
