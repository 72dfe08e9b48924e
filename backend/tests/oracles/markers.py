"""Where a text still is: in any column of any table, and in any key or value of Redis."""

import asyncpg
from redis.asyncio import Redis

_COLUMNS = """
SELECT c.relname, a.attname FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' AND a.attnum > 0 AND NOT a.attisdropped
ORDER BY 1, 2
"""


async def places_of(connection: asyncpg.Connection, redis: Redis, *texts: str) -> set[str]:
    """The places that contain one of these texts: `table.column`, or `redis` and the key."""
    places = set()
    for table, column in await connection.fetch(_COLUMNS):
        patterns = [f"%{text}%" for text in texts]
        query = f'SELECT EXISTS (SELECT FROM {table} WHERE "{column}"::text LIKE ANY($1::text[]))'
        if await connection.fetchval(query, patterns):
            places.add(f"{table}.{column}")
    async for key in redis.scan_iter():
        name, kind = key.decode(), (await redis.type(key)).decode()
        content = name + repr(await _content(redis, name, kind))
        if any(text in content for text in texts):
            places.add(f"redis {name}")
    return places


async def _content(redis: Redis, key: str, kind: str) -> object:
    match kind:
        case "string":
            return await redis.get(key)
        case "hash":
            return await redis.hgetall(key)  # type: ignore[misc] # redis types one method for two kinds of clients
        case "set":
            return await redis.smembers(key)  # type: ignore[misc] # likewise
        case "zset":
            return await redis.zrange(key, 0, -1, withscores=True)
        case "list":
            return await redis.lrange(key, 0, -1)  # type: ignore[misc] # likewise
        case "stream":
            return await redis.xrange(key)
    raise AssertionError(f"{key!r} is a {kind}")
