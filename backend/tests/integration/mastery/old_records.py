"""Grades as an earlier version left them: nothing typical is decided, and no sums of mastery hold them."""

import asyncpg


async def typical_by_id(connection: asyncpg.Connection) -> dict[str, int | None]:
    """What is typical of each activity, by its id."""
    rows = await connection.fetch("SELECT id, typical_milli FROM activities WHERE verb = 'completed' OR id = 'b'")
    return {row["id"]: row["typical_milli"] for row in rows}


async def as_an_old_version(connection: asyncpg.Connection, where: str = "true") -> None:
    """Make the activities `where`, which are all of their cells and days, as an earlier version recorded them."""
    await connection.execute(
        "UPDATE activity_cells SET grade_weight = 0, weighted_grade_milli = 0, weighted_typical_milli = 0, "
        "typical_milli = 0 WHERE (learner_id, local_day) IN "
        f"(SELECT learner_id, local_day FROM activities WHERE {where})"
    )
    await connection.execute(f"UPDATE activities SET typical_milli = NULL WHERE {where}")
