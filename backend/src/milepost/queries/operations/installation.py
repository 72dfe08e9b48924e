"""What state the database itself is in: its schema, and the policy its projections were made with."""

from dataclasses import dataclass

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection


@dataclass(frozen=True, slots=True)
class Installation:
    """`schema_revision` is None where no migration has run; `policy_fingerprint` is '' until one is recorded."""

    schema_revision: str | None
    policy_fingerprint: str


async def installation(connection: AsyncConnection) -> Installation:
    """Two single-row reads. A database without our tables is an installation without a revision, not an error."""
    there = await connection.scalar(text("SELECT to_regclass('alembic_version') IS NOT NULL"))
    if not there:
        return Installation(None, "")
    revision = await connection.scalar(text("SELECT max(version_num) FROM alembic_version"))
    if revision is None:
        return Installation(None, "")
    fingerprint = await connection.scalar(text("SELECT policy_fingerprint FROM system_state"))
    return Installation(str(revision), str(fingerprint or ""))
