"""A database of before categories had an order, upgraded: they keep the order that lists had, by name."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from uuid import UUID, uuid4

import asyncpg

from milepost.db.migrations import downgrade, upgrade
from milepost.queries.planner.plans import categories

BEFORE = "20261128_keys"
ADA = UUID(int=7)


async def insert(url: str, *names: str) -> None:
    """Insert categories as the previous release does."""
    connection = await asyncpg.connect(url)
    try:
        for name in names:
            await connection.execute(
                "INSERT INTO categories (learner_id, category_id, name, created_at) VALUES ($1, $2, $3, now())",
                *(ADA, uuid4(), name),
            )
    finally:
        await connection.close()


async def listed(url: str) -> list[tuple[str, int, str]]:
    """Name, position and colour of each category, in their order."""
    connection = await asyncpg.connect(url)
    try:
        return [(item.name, item.position, item.color) for item in await categories(connection, ADA)]
    finally:
        await connection.close()


def test_R23_categories_keep_the_order_of_the_previous_schema(empty_url: str) -> None:
    with ThreadPoolExecutor(1) as thread:
        thread.submit(upgrade, empty_url).result()
        thread.submit(downgrade, empty_url, BEFORE).result()
        asyncio.run(insert(empty_url, "Work", "Art", "Maths"))
        thread.submit(upgrade, empty_url).result()
    asyncio.run(insert(empty_url, "Biology"))  # the previous release still runs
    assert asyncio.run(listed(empty_url)) == [
        ("Art", 0, "petrol"),
        ("Biology", 1, "copper"),
        ("Maths", 2, "indigo"),
        ("Work", 3, "plum"),
    ]
