"""A database of before mastery, upgraded: a job decides day by day what is typical of its grades."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from typing import TypeVar
from uuid import UUID, uuid4

import asyncpg

from milepost.db.migrations import downgrade, upgrade
from milepost.queries.mastery.grades import learner_grades
from support.snapshots import publish_all

BEFORE = "20261129_sign_in"
ADA = UUID(int=7)
NOW = datetime(2026, 3, 10, 12, tzinfo=UTC)
MONDAY = date(2026, 3, 2)
T = TypeVar("T")


async def insert(connection: asyncpg.Connection, day: date, value_milli: int, name: str) -> None:
    """Insert a graded exercise, its day and its cell as the previous release did."""
    at = datetime(day.year, day.month, day.day, 12, tzinfo=UTC)
    await connection.execute(
        "INSERT INTO activities (learner_id, sender, id, verb, object_type, object_id, topic, value_milli, points, "
        "occurred_at, local_day, utc_offset_minutes, day_ends_at, counts, sent_fields, content_hash, commit_id, "
        "received_at) "
        "VALUES ($1, 'quiz', $2, 'completed', 'exercise', 'e1', 'loops', $3, 0, $4, $5, 0, $6, 7, 0, 0, $7, $4)",
        *(ADA, name, value_milli, at, day, at + timedelta(hours=12), uuid4()),
    )
    sums = (ADA, day, value_milli)
    await connection.execute(
        "INSERT INTO activity_days (learner_id, local_day, activities, exercises, graded, grade_milli, closes_at) "
        "VALUES ($1, $2, 1, 1, 1, $3, $4)",
        *(*sums, at),
    )
    await connection.execute(
        "INSERT INTO activity_cells (learner_id, local_day, object_type, verb, topic, activities, exercises, graded, "
        "grade_milli) VALUES ($1, $2, 'exercise', 'completed', 'loops', 1, 1, 1, $3)",
        *sums,
    )


async def connected(url: str, work: Callable[[asyncpg.Connection], Awaitable[T]]) -> T:
    connection = await asyncpg.connect(url)
    try:
        return await work(connection)
    finally:
        await connection.close()


async def fill(connection: asyncpg.Connection) -> None:
    await connection.execute("INSERT INTO learners (learner_id, revision, activities) VALUES ($1, 3, 3)", ADA)
    for number, value_milli in enumerate((100_000, 0, 62_500)):
        await insert(connection, MONDAY + timedelta(days=number), value_milli, f"a{number}")


async def state(connection: asyncpg.Connection) -> tuple[bool, list[int | None], list[tuple[int, ...]]]:
    """Whether intake decides, what is typical of each grade, and the sums of each day, which has one cell."""
    typical = await connection.fetch("SELECT typical_milli FROM activities ORDER BY local_day")
    sums = "grade_weight, weighted_grade_milli, weighted_typical_milli"
    cells = await connection.fetch(f"SELECT {sums} FROM activity_cells ORDER BY local_day")
    deciding = await connection.fetchval("SELECT is_deciding FROM ease_state")
    return deciding, [row[0] for row in typical], [tuple(cell) for cell in cells]


async def shown(connection: asyncpg.Connection) -> list[str]:
    """The topics for which mastery is shown."""
    grades = await learner_grades(connection, ADA, NOW.date())
    return [topic for topic in grades.topics if grades.mastery(topic) is not None]


def run(work: Coroutine[object, object, T]) -> T:
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, work).result()


def test_R23_grades_of_before_mastery_are_brought_up_by_the_job(empty_url: str) -> None:
    """The second day knows the first: L0 = ln(8/3), topic ln(29/12) − ln(7/3), exercise ln(3.1/.9) − ln(7/3)."""
    with ThreadPoolExecutor(1) as thread:
        thread.submit(upgrade, empty_url).result()
        assert run(connected(empty_url, state)) == (True, [], []), "a new installation decides at once"
        thread.submit(downgrade, empty_url, BEFORE).result()
        run(connected(empty_url, fill))
        thread.submit(upgrade, empty_url).result()
    assert run(connected(empty_url, state)) == (False, [None] * 3, [(0, 0, 0)] * 3)
    assert run(connected(empty_url, shown)) == []
    run(publish_all(empty_url, NOW))
    deciding, typical, days = run(connected(empty_url, state))
    assert deciding
    first, second, third = typical
    assert (first, second) == (70_000, 80_304)
    assert third is not None
    assert days == [(1, 100_000, 70_000), (1, 0, 80_304), (6, 375_000, 6 * third)]
    assert 50_000 < third < 55_000
    assert run(connected(empty_url, shown)) == ["loops"]
