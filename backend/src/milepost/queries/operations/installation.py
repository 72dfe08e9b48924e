"""The state of the database itself: its schema, and the policy of its projections."""

from collections.abc import Sequence
from dataclasses import dataclass

from milepost.db.connection import Reading
from milepost.queries.operations.refills import refilling


@dataclass(frozen=True, slots=True)
class Installation:
    """`schema_revision` is None if no migration has run; `policy_fingerprint` is '' until one is recorded.

    `refilling`: the projections that are incomplete until their refill after a migration is.
    """

    schema_revision: str | None
    policy_fingerprint: str
    refilling: Sequence[str] = ()


async def installation(connection: Reading) -> Installation:
    """The installation, from single-row reads. A database without our tables has no revision; that is no error."""
    if not await connection.fetchval("SELECT to_regclass('alembic_version') IS NOT NULL"):
        return Installation(None, "")
    revision = await connection.fetchval("SELECT max(version_num) FROM alembic_version")
    if revision is None:
        return Installation(None, "")
    fingerprint = await connection.fetchval("SELECT policy_fingerprint FROM system_state")
    return Installation(str(revision), str(fingerprint or ""), await refilling(connection))
