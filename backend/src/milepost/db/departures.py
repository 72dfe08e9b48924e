"""Learners who have left: who they are, and how the database remembers them.

An erased learner leaves only a digest of its id, a merged one its id among the former ids of another learner. Neither
has a row in `learners`, so only learners without one have to be looked for. While an erased learner has one, because
rows are still to be deleted, `erasing_at` says so.

Every departure raises `system_state.departures`, so processes notice that there is something to forget.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from uuid import UUID

from milepost.db.connection import Reading, Writing
from milepost.errors import Departed

_AMONG = """
SELECT k.learner_id, CASE WHEN e.digest IS NULL THEN f.learner_id END
FROM unnest($1::uuid[], $2::bytea[]) AS k(learner_id, digest)
LEFT JOIN erased e ON e.digest = k.digest LEFT JOIN former_ids f ON f.former_id = k.learner_id
WHERE e.digest IS NOT NULL OR f.former_id IS NOT NULL
"""
_COUNT = "UPDATE system_state SET departures = departures + 1 RETURNING departures"
_REMEMBER = """
INSERT INTO erased AS e (digest, erased_at, departure)
SELECT digest, erased_at, $3 FROM unnest($1::bytea[], $2::timestamptz[]) AS k(digest, erased_at)
ON CONFLICT (digest) DO UPDATE SET departure = excluded.departure, erased_at = least(e.erased_at, excluded.erased_at)
"""
_SINCE = """
SELECT digest, NULL::uuid FROM erased WHERE departure > $1
UNION ALL SELECT NULL, former_id FROM former_ids WHERE departure > $1
"""


async def departed_among(connection: Reading, learners: Sequence[UUID]) -> list[Departed]:
    """Those of `learners` who have left. One statement, which has to begin after their locks were taken."""
    digests = [connection.erasure_digest(learner_id) for learner_id in learners]
    return [Departed(*row) for row in await connection.fetch(_AMONG, learners, digests)]


async def count_departure(connection: Writing) -> int:
    """The number of a new departure. Others wait for the caller's commit, so this comes last in its transaction."""
    number: int = await connection.fetchval(_COUNT)
    return number


async def remember_erased(connection: Writing, learners: Collection[UUID], now: datetime) -> None:
    """Remember that these learners are erased."""
    await remember_digests(connection, {connection.erasure_digest(learner_id): now for learner_id in learners})


async def remember_digests(connection: Writing, erased: Mapping[bytes, datetime]) -> None:
    """Remember learners by their digests, with the instants at which they were erased."""
    number = await count_departure(connection)
    await connection.execute(_REMEMBER, list(erased), list(erased.values()), number)


async def departures_since(connection: Reading, number: int) -> tuple[set[bytes], set[UUID]]:
    """The digests of those erased and the ids of those merged after the departure of that number."""
    rows = await connection.fetch(_SINCE, number)
    return {digest for digest, _ in rows if digest is not None}, {former for _, former in rows if former is not None}
