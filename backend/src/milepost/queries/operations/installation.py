"""What state the database itself is in: its schema, and the policy its projections were made with."""

from dataclasses import dataclass

from milepost.db.connection import Reading


@dataclass(frozen=True, slots=True)
class Installation:
    """`schema_revision` is None where no migration has run; `policy_fingerprint` is '' until one is recorded."""

    schema_revision: str | None
    policy_fingerprint: str


async def installation(connection: Reading) -> Installation:
    """Single-row reads. A database without our tables is an installation without a revision, not an error."""
    if not await connection.fetchval("SELECT to_regclass('alembic_version') IS NOT NULL"):
        return Installation(None, "")
    revision = await connection.fetchval("SELECT max(version_num) FROM alembic_version")
    if revision is None:
        return Installation(None, "")
    fingerprint = await connection.fetchval("SELECT policy_fingerprint FROM system_state")
    return Installation(str(revision), str(fingerprint or ""))
