"""A database of before goals had versions, upgraded: every period stands as it stood, and goals go on from there."""

import asyncio
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import asyncpg

from milepost.db.migrations import downgrade, upgrade
from milepost.queries.goals.goals import goals
from milepost.queries.goals.progress import goal_history
from milepost.rules.days.periods import Days
from milepost.rules.goals import GoalVersion

BEFORE = "20261128_spelling"
ADA = UUID(int=7)
DAY = timedelta(days=1)


def march(day: int) -> date:
    """A day of March 2026; the 2nd is a Monday."""
    return date(2026, 3, day)


async def insert_goal(
    connection: asyncpg.Connection,
    period: str,
    target: int,
    created_on: date,
    open_from: date,
    archived_at: datetime | None = None,
) -> UUID:
    """Insert a goal as the previous release did."""
    goal_id, at = uuid4(), datetime(2026, 3, 1, tzinfo=UTC)
    await connection.execute(
        "INSERT INTO goals (learner_id, goal_id, name, target_type, time_period, target_value, created_on, created_at, "
        "updated_at, archived_at, open_from, closes_at) VALUES ($1, $2, 'x', 'points', $3, $4, $5, $6, $6, $7, $8, $6)",
        *(ADA, goal_id, period, target, created_on, at, archived_at, open_from),
    )
    return goal_id


async def insert_period(
    connection: asyncpg.Connection, goal_id: UUID, days: Days, target: int, achieved: int, *, closed: bool = True
) -> None:
    """Insert the row of a period as the previous release did."""
    at = datetime(2026, 3, 30, tzinfo=UTC)
    met_at, closed_at = at if achieved >= target else None, at if closed else None
    await connection.execute(
        "INSERT INTO goal_periods (learner_id, goal_id, period_start, period_end, target, achieved, percent, met_at, "
        "closed_at, taken_at) VALUES ($1, $2, $3, $4, $5, $6, 0, $7, $8, $9)",
        *(ADA, goal_id, days.first, days.last, target, achieved, met_at, closed_at, at),
    )


async def fill(url: str) -> dict[str, UUID]:
    """Goals of every history, by name."""
    connection = await asyncpg.connect(url)
    try:
        await connection.execute("INSERT INTO learners (learner_id, zone) VALUES ($1, 'Asia/Tokyo')", ADA)
        await connection.execute(
            "INSERT INTO learner_zones (learner_id, valid_from, zone, source, created_at) "
            "VALUES ($1, '-infinity', 'Asia/Tokyo', 'claim', now())",
            ADA,
        )
        changed = await insert_goal(connection, "daily", 50, march(2), march(7))
        for day, target in ((2, 90), (3, 90), (4, 60), (5, 60), (6, 90)):
            await insert_period(connection, changed, Days(march(day), march(day)), target, 70)
        await insert_period(connection, changed, Days(march(7), march(7)), 90, 70, closed=False)
        revived = await insert_goal(connection, "daily", 10, march(2), march(9))
        for day in (2, 3, 6):
            await insert_period(connection, revived, Days(march(day), march(day)), 10, 0)
        archived_at = datetime(2026, 3, 12, 20, tzinfo=UTC)  # the 13th in Tokyo
        archived = await insert_goal(connection, "weekly", 20, march(4), march(9), archived_at)
        await insert_period(connection, archived, Days(march(2), march(8)), 30, 30)
        return {
            "changed": changed,
            "revived": revived,
            "archived": archived,
            "new": await insert_goal(connection, "monthly", 5, march(4), march(1)),
            "archived at once": await insert_goal(
                connection, "daily", 5, march(4), march(4), datetime(2026, 3, 4, 3, tzinfo=UTC)
            ),
        }
    finally:
        await connection.close()


EXPECTED = {
    "changed": [(2, 90, False), (4, 60, False), (6, 90, False), (7, 50, False)],
    "revived": [(2, 10, False), (4, 10, True), (6, 10, False), (7, 10, True), (9, 10, False)],
    "archived": [(4, 30, False), (9, 20, False), (13, 20, True)],
    "new": [(4, 5, False)],
    "archived at once": [(4, 5, True)],
}


async def versions(url: str, goal_ids: dict[str, UUID]) -> dict[str, list[tuple[int, int, bool]]]:
    """The versions of each goal: the day of March, the target, whether it is archived."""
    connection = await asyncpg.connect(url)
    try:
        rows = await connection.fetch("SELECT goal_id, from_day, target, archived FROM goal_versions ORDER BY 1, 2")
    finally:
        await connection.close()
    names = {goal_id: name for name, goal_id in goal_ids.items()}
    found: dict[str, list[tuple[int, int, bool]]] = {name: [] for name in goal_ids}
    for row in rows:
        found[names[row["goal_id"]]].append((row["from_day"].day, row["target"], row["archived"]))
    return found


async def test_goals_keep_their_history(empty_url: str) -> None:
    await asyncio.to_thread(upgrade, empty_url, BEFORE)
    goal_ids = await fill(empty_url)
    await asyncio.to_thread(upgrade, empty_url, "head")
    assert await versions(empty_url, goal_ids) == EXPECTED
    await asyncio.to_thread(downgrade, empty_url, BEFORE)
    await asyncio.to_thread(upgrade, empty_url, "head")
    assert await versions(empty_url, goal_ids) == EXPECTED


async def test_every_period_stands_as_it_stood(empty_url: str) -> None:
    await asyncio.to_thread(upgrade, empty_url, BEFORE)
    goal_ids = await fill(empty_url)
    await asyncio.to_thread(upgrade, empty_url, "head")
    connection = await asyncpg.connect(empty_url)
    try:
        listed = [*await goals(connection, ADA), *await goals(connection, ADA, archived=True)]
        by_id = {row.goal.goal_id: row for row in listed}
        shown: dict[str, list[Any]] = {}
        for name, goal_id in goal_ids.items():
            row = by_id[goal_id]
            periods = await goal_history(connection, ADA, row, march(14), 9, march(9))
            shown[name] = [
                (period.progress.days.first.day, period.progress.target, period.progress.status)
                for period in reversed(periods)
            ]
        assert by_id[goal_ids["archived"]].goal.versions[-1] == GoalVersion(march(13), 20, is_archived=True)
    finally:
        await connection.close()
    assert shown["changed"] == [
        (2, 90, "missed"),
        (3, 90, "missed"),
        (4, 60, "achieved"),
        (5, 60, "achieved"),
        (6, 90, "missed"),
        (7, 50, "missed"),  # not closed yet
        (8, 50, "missed"),
        (9, 50, "missed"),
    ]
    assert [(day, status) for day, _, status in shown["revived"]] == [
        (2, "missed"),
        (3, "missed"),
        (4, "not_applicable"),
        (5, "not_applicable"),
        (6, "missed"),
        (7, "not_applicable"),
        (8, "not_applicable"),
        (9, "missed"),
    ]
    assert shown["archived"] == [(2, 30, "achieved"), (9, 20, "not_applicable")]
    assert shown["new"] == [(1, 5, "not_started")]
    assert {status for *_, status in shown["archived at once"]} == {"not_applicable"}
