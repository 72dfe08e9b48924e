"""How Alembic connects: one asyncpg connection, one transaction for each migration, locks waited for only briefly."""

import asyncio

from alembic import context
from sqlalchemy import Connection, pool, text
from sqlalchemy.ext.asyncio import create_async_engine

from milepost.db.migrations import sqlalchemy_url
from milepost.db.tables import metadata


def _run(connection: Connection) -> None:
    # Two processes may start at once: the second waits here and then finds nothing left to do.
    connection.execute(text("SELECT pg_advisory_lock(hashtext('milepost-migrations'))"))
    connection.execute(text("SET lock_timeout = '5s'"))
    connection.commit()
    context.configure(
        connection=connection, target_metadata=metadata, transaction_per_migration=True, compare_server_default=True
    )
    with context.begin_transaction():
        context.run_migrations()


async def _connect() -> None:
    engine = create_async_engine(sqlalchemy_url(context.config.attributes["database_url"]), poolclass=pool.NullPool)
    try:
        async with engine.connect() as connection:
            await connection.run_sync(_run)
    finally:
        await engine.dispose()


asyncio.run(_connect())
