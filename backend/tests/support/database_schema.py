"""The schema of a database, and how it differs from the models."""

import asyncio
from concurrent.futures import ThreadPoolExecutor

import asyncpg
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, MetaData
from sqlalchemy.ext.asyncio import create_async_engine

from milepost.db.migrations import downgrade, sqlalchemy_url, upgrade
from milepost.db.tables import metadata
from oracles.comparison import run_apart

_EVERYTHING = """
SELECT table_name, column_name, data_type, is_nullable, column_default FROM information_schema.columns
WHERE table_schema = 'public' UNION ALL
SELECT tablename, indexname, indexdef, '', '' FROM pg_indexes WHERE schemaname = 'public' UNION ALL
SELECT c.relname, k.conname, pg_get_constraintdef(k.oid), '', ''
FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid
WHERE c.relnamespace = 'public'::regnamespace UNION ALL
SELECT c.relname, coalesce(a.attname, ''), d.description, array_to_string(c.reloptions, ','), '' FROM pg_class c
LEFT JOIN pg_description d ON d.objoid = c.oid LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = d.objsubid
WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r'
"""


async def migrate_again(url: str, revision: str) -> None:
    """Bring a database down to a revision and up again, as an upgrade from the release that had it."""
    await asyncio.to_thread(_down_and_up, url, revision)


def _down_and_up(url: str, revision: str) -> None:
    # Alembic runs a loop of its own, which needs a thread without one.
    with ThreadPoolExecutor(1) as thread:
        thread.submit(downgrade, url, revision).result()
        thread.submit(upgrade, url).result()


def schema(url: str) -> set[tuple[object, ...]]:
    """Columns, indexes, constraints, comments and options of all tables."""

    async def read() -> set[tuple[object, ...]]:
        connection = await asyncpg.connect(url)
        try:
            return {tuple(row) for row in await connection.fetch(_EVERYTHING)}
        finally:
            await connection.close()

    return run_apart(read())


def differences(url: str, models: MetaData = metadata) -> list[object]:
    """The operations a migration would need to bring the database to the models."""

    def compare(connection: Connection) -> list[object]:
        context = MigrationContext.configure(connection, opts={"compare_server_default": True})
        return list(compare_metadata(context, models))

    async def compare_database() -> list[object]:
        engine = create_async_engine(sqlalchemy_url(url))
        try:
            async with engine.connect() as connection:
                return await connection.run_sync(compare)
        finally:
            await engine.dispose()

    return run_apart(compare_database())
