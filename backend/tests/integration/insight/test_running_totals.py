"""Running totals: a job takes them after enough practice; totals made invalid by late input are retaken."""

import asyncio
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import asyncpg
import pytest
from quart.typing import TestClientProtocol as Client

from milepost.jobs.schedule import SCHEDULE
from milepost.jobs.sweeps import take_running_totals
from milepost.queries.insight.activity_summary import activity_summary, points_breakdown, practice_balance
from milepost.queries.insight.practice import practice_facts
from milepost.queries.mastery.grades import learner_grades
from milepost.resources import Resources
from milepost.rules.days.periods import last_days
from milepost.rules.insight.running_totals import MIN_CELLS
from milepost.rules.mastery.wording import EstimatedTopic
from milepost.services.projections.running_totals import take_totals_batch
from milepost.services.rebuild.check import differences
from support.builders import exercise, new_learner
from support.callers import Caller, Json, service, uuid_of
from support.clock import START, AdjustableClock
from support.query_plans import rows_read, sent_statements, statements

DAY = timedelta(days=1)
READS = ("/activities/summary", "/activities/points-distribution", "/activities/balance", "/progress/insights")


@pytest.fixture(autouse=True)
def _at_the_start(clock: AdjustableClock) -> None:
    """Every test begins at START."""


def steady(days: int, first: int = 0) -> list[dict[str, object]]:
    """An exercise a day, the newest `first` days ago, each in one of four paths."""
    return [exercise(START - ago * DAY, path=f"path-{ago % 4}", points=1) for ago in range(first, first + days)]


async def kept(resources: Resources, learner: str) -> list[str]:
    """The days of the stored totals."""
    async with resources.database.pools.intake.acquire() as connection:
        rows = await connection.fetch(
            "SELECT through FROM running_totals WHERE learner_id = $1 ORDER BY 1", UUID(uuid_of(learner))
        )
    return [row[0].isoformat() for row in rows]


async def row_of(resources: Resources, learner: str) -> tuple[Any, ...]:
    """The learner's row: the day up to which totals hold, and whether more are due."""
    async with resources.database.pools.intake.acquire() as connection:
        row = await connection.fetchrow(
            "SELECT totals_through, totals_due FROM learners WHERE learner_id = $1", UUID(uuid_of(learner))
        )
    return tuple(row)


async def answers(client: Client, learner: str) -> list[Json]:
    """The answers of every read that uses totals, over 90 days and over a year."""
    found = []
    for path in READS:
        found.append((await Caller(client, learner).get(path)).ok())
        if path != "/progress/insights":
            found.append((await Caller(client, learner).get(path, days=365)).ok())
    return found


async def totals_forgotten(resources: Resources, learner: str) -> None:
    """Delete all totals and cached answers inside the block."""
    async with resources.database.pools.intake.acquire() as connection:
        await connection.execute("DELETE FROM running_totals WHERE learner_id = $1", UUID(uuid_of(learner)))
        await connection.execute(
            "UPDATE learners SET revision = revision + 1 WHERE learner_id = $1", UUID(uuid_of(learner))
        )


def test_the_worker_takes_totals() -> None:
    assert "take_running_totals" in {job.name for job in SCHEDULE}


async def test_totals_are_taken_after_enough_practice_and_change_no_answer(
    client: Client, resources: Resources
) -> None:
    learner, teacher = new_learner(), service(client)
    await teacher.record_all(*steady(MIN_CELLS - 1, first=1), learner_id=learner)
    assert (await row_of(resources, learner))[1] is False
    await take_running_totals(resources)
    assert await kept(resources, learner) == []
    await teacher.record_all(*steady(2 * MIN_CELLS, first=MIN_CELLS), exercise(START), learner_id=learner)
    assert (await row_of(resources, learner))[1] is True
    before = await answers(client, learner)
    await take_running_totals(resources)
    days = await kept(resources, learner)
    assert len(days) == 2
    assert await row_of(resources, learner) == (date.fromisoformat(days[-1]), False)
    assert days[-1] < START.date().isoformat()
    async with resources.database.pools.intake.acquire() as connection:
        await connection.execute("UPDATE learners SET revision = revision + 1")
    assert await answers(client, learner) == before
    await totals_forgotten(resources, learner)
    assert await answers(client, learner) == before


async def test_late_input_shows_at_once_and_totals_are_retaken(client: Client, resources: Resources) -> None:
    learner, teacher = new_learner(), service(client)
    await teacher.record_all(*steady(3 * MIN_CELLS + 2), learner_id=learner)
    await take_running_totals(resources)
    days = await kept(resources, learner)
    assert len(days) == 3
    # Current input: valid totals stay valid.
    await teacher.record_all(exercise(START, path="path-0"), learner_id=learner)
    assert await row_of(resources, learner) == (date.fromisoformat(days[2]), False)
    late = date.fromisoformat(days[1])
    ago = START.date() - late
    await teacher.record_all(exercise(START - ago, path="late", points=40), learner_id=learner)
    assert await row_of(resources, learner) == (late - DAY, True)
    answer = await answers(client, learner)
    assert {"name": "late", "points": 40} in [
        {"name": part["name"], "points": part["points"]} for part in answer[3]["by_path"]
    ]
    await take_running_totals(resources)
    assert (await row_of(resources, learner))[1] is False
    assert len(await kept(resources, learner)) == 3
    async with resources.database.pools.intake.acquire() as connection:
        assert await differences(connection, [UUID(uuid_of(learner))], resources.policy) == []
        await connection.execute("UPDATE learners SET revision = revision + 1")
    assert await answers(client, learner) == answer


async def test_voids_and_rebuilds_retake_totals(client: Client, resources: Resources) -> None:
    learner, teacher = new_learner(), service(client)
    sent = steady(2 * MIN_CELLS)
    await teacher.record_all(*sent, learner_id=learner)
    await take_running_totals(resources)
    days = await kept(resources, learner)
    (await teacher.ask("DELETE", f"/activities/{sent[-1]['id']}", query={"learner_id": learner})).ok()
    assert await kept(resources, learner) == []
    assert await row_of(resources, learner) == (None, True)
    await take_running_totals(resources)
    # One day less at the start: the first total is full a day later.
    assert await kept(resources, learner) == [(date.fromisoformat(day) + DAY).isoformat() for day in days]


async def test_a_check_names_damaged_totals(client: Client, resources: Resources) -> None:
    learner = new_learner()
    await service(client).record_all(*steady(2 * MIN_CELLS), learner_id=learner)
    await take_running_totals(resources)
    learner_id, (day,) = UUID(uuid_of(learner)), await kept(resources, learner)
    async with resources.database.pools.intake.acquire() as connection:
        assert await differences(connection, [learner_id], resources.policy) == []
        await connection.execute(
            """UPDATE running_totals SET by_path = '{"x":[1,2,3,4,5,6]}', grades_by_topic = '{}'"""
        )
        found = await differences(connection, [learner_id], resources.policy)
    assert {(one.table, one.key["through"], one.field) for one in found} == {
        ("running_totals", day, "by_path"),
        ("running_totals", day, "grades_by_topic"),
    }


async def test_one_day_may_hold_more_cells_than_one_batch(client: Client, resources: Resources) -> None:
    """Of 200 cells on two days, 80 are read at once: nothing can be taken yet, and there is no endless retry."""
    learner, teacher = new_learner(), service(client)
    busy = [exercise(START - ago * DAY, topic=f"t-{n}") for ago in (1, 2) for n in range(100)]
    await teacher.record_all(*busy, learner_id=learner)
    for _ in range(2):
        async with resources.database.write() as connection:
            await take_totals_batch(connection, 80)
    assert (await kept(resources, learner), await row_of(resources, learner)) == ([], (None, False))
    await teacher.record_all(*steady(MIN_CELLS + 40), learner_id=learner)
    await take_running_totals(resources)
    async with resources.database.pools.intake.acquire() as connection:
        assert await differences(connection, [UUID(uuid_of(learner))], resources.policy) == []


async def test_a_locked_learner_is_left_to_the_next_run(
    client: Client, resources: Resources, database_url: str
) -> None:
    learner = new_learner()
    await service(client).record_all(*steady(2 * MIN_CELLS), learner_id=learner)
    writer = await asyncpg.connect(database_url)
    try:
        async with writer.transaction():
            await writer.execute("SELECT FROM learners WHERE learner_id = $1 FOR UPDATE", UUID(uuid_of(learner)))
            await asyncio.wait_for(take_running_totals(resources), 30)
            assert await kept(resources, learner) == []
    finally:
        await writer.close()
    await take_running_totals(resources)
    assert len(await kept(resources, learner)) == 1


async def test_writers_and_the_job_at_once_leave_nothing_wrong(client: Client, resources: Resources) -> None:
    learner, teacher = new_learner(), service(client)

    async def write() -> None:
        for first in range(0, 300, 10):
            await teacher.record_all(*steady(10, first=(first * 7) % 300), learner_id=learner)

    writing = asyncio.create_task(write())
    while not writing.done():
        await take_running_totals(resources)
        await asyncio.sleep(0)
    await writing
    await take_running_totals(resources)
    assert len(await kept(resources, learner)) >= 3
    async with resources.database.pools.intake.acquire() as connection:
        assert await differences(connection, [UUID(uuid_of(learner))], resources.policy) == []


async def test_totals_of_a_version_without_grades_serve_no_estimate_and_are_retaken(
    client: Client, resources: Resources
) -> None:
    learner, teacher = new_learner(), service(client)
    await teacher.record_all(*steady(2 * MIN_CELLS, first=1), learner_id=learner)
    await take_running_totals(resources)
    learner_id = UUID(uuid_of(learner))

    async def mastery() -> EstimatedTopic | None:
        async with resources.database.pools.intake.acquire() as connection:
            return (await learner_grades(connection, learner_id, START.date())).mastery("loops")

    before = await mastery()
    assert before is not None
    async with resources.database.pools.intake.acquire() as connection:
        await connection.execute("UPDATE running_totals SET grades_by_topic = NULL WHERE learner_id = $1", learner_id)
        assert await differences(connection, [learner_id], resources.policy) == []
    assert await mastery() == before
    await teacher.record_all(*steady(MIN_CELLS, first=2 * MIN_CELLS), learner_id=learner)
    longer = await mastery()
    await take_running_totals(resources)
    assert await mastery() == longer != before
    async with resources.database.pools.intake.acquire() as connection:
        without_grades = "SELECT count(*) FROM running_totals WHERE learner_id = $1 AND grades_by_topic IS NULL"
        assert await connection.fetchval(without_grades, learner_id) == 0
        assert await differences(connection, [learner_id], resources.policy) == []


async def test_how_much_is_read_does_not_grow_with_the_window(client: Client, resources: Resources) -> None:
    """Two cells a day, so at most one total's distance before and after the window."""
    learner, teacher = new_learner(), service(client)
    for start in range(0, 700, 350):
        both = [activity for ago in range(start, start + 350) for activity in steady(1, ago) + steady(1, ago + 1)]
        await teacher.record_all(*both, learner_id=learner)
    await take_running_totals(resources)
    learner_id, most = UUID(uuid_of(learner)), 2 * (MIN_CELLS + 2)
    for count in (90, 400):
        days = last_days(count, START.date())
        async with resources.database.pools.intake.acquire() as connection, statements(connection) as sent:
            await activity_summary(connection, learner_id, days)
            await points_breakdown(connection, learner_id, days)
            await practice_balance(connection, learner_id, "topic", days)
            await practice_facts(connection, learner_id, days)
            await learner_grades(connection, learner_id, START.date())
            queries = await sent_statements(sent)
            read = [await rows_read(connection, statement, "activity_cells") for statement in queries]
        # Balance reads four more weeks, for resting topics.
        room = (most, most, most + 28 * 2, most, most)
        assert all(0 < rows <= at_most for rows, at_most in zip(read, room, strict=True)), read
