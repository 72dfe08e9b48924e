"""The undeclared kinds of activities that senders have used."""

from collections.abc import Sequence

from milepost.db.connection import Reading, Record

MAX_KINDS = 1_000
"""Kinds in the table. Others are only in the total."""

_SEEN = """
SELECT object_type, verb, activities, last_sender, last_seen_at FROM unknown_kinds
ORDER BY last_seen_at DESC, object_type, verb LIMIT $1
"""


async def unknown_kinds_seen(connection: Reading) -> Sequence[Record]:
    """Those seen, the latest first."""
    return await connection.fetch(_SEEN, MAX_KINDS)
