"""The database role that the service runs with: it reads and writes rows, and can change no schema.

The owner of the schema migrates, and then gives this role what it needs. A statement that gets into the service from
outside can therefore drop, alter or create nothing.
"""

from urllib.parse import unquote, urlsplit

import asyncpg

_EXISTS = "SELECT EXISTS (SELECT FROM pg_roles WHERE rolname = $1)"
_ATTRIBUTES = "LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS"
_GRANTS = (
    "REVOKE CREATE ON SCHEMA public FROM PUBLIC",
    "REVOKE ALL ON ALL TABLES IN SCHEMA public FROM {role}",
    "REVOKE CREATE ON SCHEMA public FROM {role}",
    "GRANT USAGE ON SCHEMA public TO {role}",
    "GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {role}",
    "GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO {role}",
    "REVOKE INSERT, UPDATE, DELETE ON alembic_version FROM {role}",
)
_TEMPORARY = "REVOKE CREATE, TEMPORARY ON DATABASE {database} FROM PUBLIC"


class RoleFault(Exception):
    """The role of the service cannot be prepared; the message is that of the server."""


def role_of(database_url: str) -> str:
    """The role in an address; empty if it names none."""
    return unquote(urlsplit(database_url).username or "")


async def prepare_service_role(owner_url: str, service_url: str) -> None:
    """Give the role of `service_url` the rows of the migrated schema, and nothing else. It is created if it is missing.

    An existing role keeps its password. The roles of the two addresses differ.

    Raises:
        RoleFault: the owner may not grant, or the role is missing and the owner may not create roles.
    """
    owner = await asyncpg.connect(owner_url)
    try:
        await _prepare(owner, service_url)
    except asyncpg.PostgresError as refused:
        raise RoleFault(str(refused)) from refused
    finally:
        await owner.close()


async def _prepare(owner: asyncpg.Connection, service_url: str) -> None:
    role, password = role_of(service_url), unquote(urlsplit(service_url).password or "")
    async with owner.transaction():
        # Grants that meet in the same row of the catalogue would fail.
        await owner.execute("SELECT pg_advisory_xact_lock(hashtext('milepost-service-role'))")
        quoted = await owner.fetchval("SELECT quote_ident($1)", role)
        if not await owner.fetchval(_EXISTS, role):
            secret = await owner.fetchval("SELECT quote_literal($1)", password)
            await owner.execute(f"CREATE ROLE {quoted} {_ATTRIBUTES}{f' PASSWORD {secret}' if password else ''}")
        for grant in _GRANTS:
            await owner.execute(grant.format(role=quoted))
        database = await owner.fetchval("SELECT quote_ident(current_database())")
        await owner.execute(_TEMPORARY.format(database=database))
        await owner.execute(f"GRANT CONNECT ON DATABASE {database} TO {quoted}")
