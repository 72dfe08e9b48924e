"""How many learners have each achievement: counted over all learners from time to time, with the time of the count."""

from datetime import datetime

from milepost.db.connection import Writing

_COUNT = """
INSERT INTO achievement_stats AS s (code, holders, learners, as_of)
SELECT a.code, coalesce(h.holders, 0), l.learners, $1
FROM achievements a CROSS JOIN (SELECT count(*) AS learners FROM learners WHERE activities > 0) l
LEFT JOIN (SELECT code, count(*) AS holders FROM unlocks WHERE revoked_at IS NULL GROUP BY code) h USING (code)
ON CONFLICT (code) DO UPDATE SET holders = excluded.holders, learners = excluded.learners, as_of = excluded.as_of
"""
_RAISE_REVISION = "UPDATE system_state SET global_revision = global_revision + 1"


async def count_holders(connection: Writing, now: datetime) -> None:
    """Recount every achievement, including retired ones. Does nothing without a catalogue."""
    if await connection.execute(_COUNT, now) != "INSERT 0 0":
        await connection.execute(_RAISE_REVISION)
