"""Publishing eases without a worker."""

from datetime import datetime

import asyncpg

from milepost.services.mastery.nightly import publish_eases_batch
from milepost.settings import load_policy


async def publish_all(database_url: str, now: datetime) -> None:
    """Publish at `now` from every grade received more than a minute before."""
    connection = await asyncpg.connect(database_url)
    try:
        is_left = True
        while is_left:
            async with connection.transaction():
                is_left = await publish_eases_batch(connection, load_policy(), now)
    finally:
        await connection.close()
