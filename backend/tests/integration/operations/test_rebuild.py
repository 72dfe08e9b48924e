"""`milepost rebuild`: differences from the log are listed and corrected, without disturbing anything else."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import asyncpg
import pytest

from milepost import cli
from milepost.db.log.projections import EXEMPT, STREAK_COLUMNS, SUMMED
from milepost.db.tables import metadata
from milepost.resources import Resources, open_resources
from milepost.rules.activities import Activity
from milepost.rules.learners import learner_uuid
from milepost.services.activities.outcome import Sender, SentActivity
from milepost.services.projections.registry import NAMES
from milepost.services.rebuild import batches, check, rebuild
from milepost.settings import Settings
from oracles.stored_state import canonical
from support.clock import AdjustableClock
from support.snapshots import stored_snapshots, sweep

NOW = datetime(2026, 4, 20, 18, 30, tzinfo=UTC)
SERVICE = Sender("exercises", "service")
Run = Callable[..., Awaitable[tuple[int, list[str]]]]


@pytest.fixture(scope="module")
async def service(settings: Settings) -> AsyncIterator[Resources]:
    opened = await open_resources(settings, AdjustableClock(NOW))
    yield opened
    await opened.close()


@pytest.fixture
async def milepost(
    database_url: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> AsyncIterator[Run]:
    """Runs the command and returns its exit code and output lines. Afterwards the database is rebuilt."""
    monkeypatch.setenv("MILEPOST_DATABASE_URL", database_url)

    async def run(*arguments: str) -> tuple[int, list[str]]:
        def command() -> int:
            try:
                cli.main(["rebuild", *arguments])
            except SystemExit as exit_call:
                return exit_call.code if isinstance(exit_call.code, int) else 3
            return 0

        capsys.readouterr()
        code = await asyncio.to_thread(command)
        return code, capsys.readouterr().out.splitlines()

    yield run
    await run()


def exercise(days_ago: int, **fields: object) -> Activity:
    content: dict[str, object] = {
        "verb": "completed",
        "object_type": "exercise",
        "topic": "loops",
        "value_milli": 90_000,
        "occurred_at": NOW - timedelta(days=days_ago),
        **fields,
    }
    return Activity(**content)  # type: ignore[arg-type] # fields of any kind


async def practised(service: Resources, learner_id: UUID | None = None) -> UUID:
    """A learner with twelve days in a row and some further activities, one of whose exercises was voided."""
    learner_id = learner_id or uuid4()
    activities = [exercise(n, duration_seconds=60, once_key=f"k-{n}") for n in range(12)]
    activities += [exercise(3, topic="strings", once_key="k-3"), exercise(20, object_type="lesson", topic=None)]
    activities.append(exercise(4, object_type="task", topic=None, points=0, space_id="s", object_id="t", value_milli=7))
    activities.append(exercise(3, object_type="milestone", verb="reached", topic=None, points=0, object_id="m"))
    sent = [SentActivity(learner_id, f"e-{place}", activity) for place, activity in enumerate(activities)]
    await service.progress.record(SERVICE, sent, NOW)
    await service.progress.void(learner_id, "exercises", "e-5", "service", NOW)
    return learner_id


def test_every_column_of_a_projection_is_compared_or_exempt() -> None:
    for table in {projection.table for projection in SUMMED}:
        described = {
            name
            for projection in SUMMED
            if projection.table == table
            for name in (*projection.key, *projection.columns)
        }
        described |= {"level"} if table == "skill_levels" else set()
        described |= set(STREAK_COLUMNS) if table == "learners" else set()
        exempt = EXEMPT.get(table, set())
        # Exempt from the order law, but compared with the awards.
        assert described & exempt <= {"goals_met"}
        assert described | exempt == set(metadata.tables[table].columns.keys()), table


async def test_the_counts_of_intake_have_no_differences(service: Resources, milepost: Run) -> None:
    for _ in range(3):
        await practised(service)
    assert await milepost("--check") == (0, ["3 learners checked: 0 differences."])
    for name in NAMES:
        assert (await milepost("--check", "--only", name))[0] == 0


DAMAGES: list[tuple[str, str, str]] = [
    (
        "totals",
        "UPDATE learners SET points = points + 7 WHERE learner_id = $1",
        "learners learner={} points: 122, by the log 115",
    ),
    (
        "totals",
        "UPDATE learners SET active_days = 0 WHERE learner_id = $1",
        "learners learner={} active_days: 0, by the log 12",
    ),
    ("streaks", "UPDATE learners SET run = 99 WHERE learner_id = $1", "learners learner={} run: 99, by the log 5"),
    (
        "streaks",
        "UPDATE learners SET last_met_day = NULL WHERE learner_id = $1",
        "learners learner={} last_met_day: None, by the log 2026-04-20",
    ),
    (
        "levels",
        "UPDATE skill_levels SET level = 'expert' WHERE learner_id = $1 AND topic = 'loops'",
        "skill_levels learner={} topic=loops level: expert, by the log intermediate",
    ),
    (
        "skills",
        "UPDATE skill_levels SET grade_milli = 1 WHERE learner_id = $1 AND topic = 'strings'",
        "skill_levels learner={} topic=strings grade_milli: 1, by the log 90000",
    ),
    (
        "skills",
        "DELETE FROM skill_levels WHERE learner_id = $1 AND topic = 'strings'",
        "skill_levels learner={} topic=strings: the row is missing",
    ),
    (
        "cells",
        "UPDATE activity_cells SET seconds = 0 WHERE learner_id = $1 AND local_day = '2026-04-20'",
        "activity_cells learner={} local_day=2026-04-20 object_type=exercise verb=completed topic=loops path= "
        "difficulty= seconds: 0, by the log 60",
    ),
    (
        "days",
        "DELETE FROM activity_days WHERE learner_id = $1 AND local_day = '2026-04-18'",
        "activity_days learner={} local_day=2026-04-18: the row is missing",
    ),
    (
        "days",
        "INSERT INTO activity_days (learner_id, local_day, closes_at) VALUES ($1, '2026-04-15', '2026-04-16T00:00Z')",
        "activity_days learner={} local_day=2026-04-15: the row is not in the log",
    ),
    (
        "days",
        "UPDATE activity_days SET first_counted_at = NULL WHERE learner_id = $1 AND local_day = '2026-04-20'",
        "activity_days learner={} local_day=2026-04-20 first_counted_at: None, by the log 2026-04-20T18:30:00+00:00",
    ),
    (
        "spaces",
        "UPDATE space_metrics SET value_milli = 8 WHERE learner_id = $1 AND space_id = 's'",
        "space_metrics learner={} space_id=s goal_id= object_type=task verb=completed value_milli: 8, by the log 7",
    ),
    (
        "space_tasks",
        "UPDATE space_tasks SET best_milli = 8 WHERE learner_id = $1",
        "space_tasks learner={} space_id=s object_type=task verb=completed object_id=t best_milli: 8, by the log 7",
    ),
    (
        "milestones",
        "UPDATE milestone_reaches SET reached_on = '2026-04-20' WHERE learner_id = $1",
        "milestone_reaches learner={} milestone_id=m reached_on: 2026-04-20, by the log 2026-04-17",
    ),
    (
        "milestones",
        "UPDATE learners SET milestones_reached = 0 WHERE learner_id = $1",
        "learners learner={} milestones_reached: 0, by the log 1",
    ),
]


@pytest.mark.parametrize(("name", "damage", "line"), DAMAGES)
async def test_a_check_reports_a_damage_and_leaves_it_and_a_rebuild_corrects_it(
    service: Resources, milepost: Run, connection: asyncpg.Connection, name: str, damage: str, line: str
) -> None:
    learner_id, other = await practised(service), await practised(service)
    intact = await canonical(connection, learner_id)
    assert await connection.execute(damage, learner_id) in ("UPDATE 1", "DELETE 1", "INSERT 0 1")
    damaged = await canonical(connection, learner_id)
    for scope in ((), ("--only", name), ("--learner", str(learner_id))):
        code, lines = await milepost("--check", *scope)
        assert (code, lines[:-1]) == (1, [line.format(learner_id)]), scope
        assert lines[-1].endswith("learners checked: 1 differences.")
    other_name = next(projection for projection in NAMES if projection != name)
    assert (await milepost("--check", "--only", other_name))[0] == 0
    assert (await milepost("--check", "--learner", str(other)))[0] == 0
    assert (await milepost("--only", other_name, "--learner", str(other)))[0] == 0
    assert await canonical(connection, learner_id) == damaged
    assert (await milepost("--only", name))[0] == 0
    assert await canonical(connection, learner_id) == intact
    assert (await milepost("--check"))[0] == 0


@pytest.mark.parametrize(
    ("damage", "lines"),
    [
        (
            "UPDATE daily_snapshots SET run = 99, day_points = 7 WHERE learner_id = $1 AND day = '2026-04-16'",
            ["day=2026-04-16 day_points: 7, by the log 10", "day=2026-04-16 run: 99, by the log 1"],
        ),
        (
            "UPDATE daily_snapshots SET alive_through = NULL, points = 0 WHERE learner_id = $1 AND day = '2026-03-31'",
            ["day=2026-03-31 points: 0, by the log 5", "day=2026-03-31 alive_through: None, by the log 2026-04-01"],
        ),
        (
            "DELETE FROM daily_snapshots WHERE learner_id = $1 AND day = '2026-04-18'",
            ["day=2026-04-18: the row is missing"],
        ),
        (
            "INSERT INTO daily_snapshots (learner_id, day) VALUES ($1, '2026-03-30')",
            ["day=2026-03-30: the row is not in the log"],
        ),
        # From a dirty day on, the sweep takes the snapshots again.
        (
            "WITH m AS (UPDATE activity_days SET dirty = true WHERE learner_id = $1 AND local_day = '2026-04-18') "
            "UPDATE daily_snapshots SET run = 99 WHERE learner_id = $1 AND day = '2026-04-19'",
            [],
        ),
    ],
)
async def test_snapshots_are_compared_and_retaken(
    service: Resources, milepost: Run, connection: asyncpg.Connection, damage: str, lines: list[str]
) -> None:
    learner_id = await practised(service)
    await sweep(service, NOW)
    intact = await stored_snapshots(service, learner_id)
    assert len(intact) == 11
    assert (await milepost("--check", "--only", "snapshots"))[0] == 0
    assert await connection.execute(damage, learner_id) in ("UPDATE 1", "DELETE 1", "INSERT 0 1")
    for scope in ((), ("--only", "snapshots"), ("--learner", str(learner_id))):
        code, output = await milepost("--check", *scope)
        assert (code, output[:-1]) == (bool(lines), [f"daily_snapshots learner={learner_id} {line}" for line in lines])
    assert (await milepost("--only", "snapshots"))[0] == 0
    assert (await milepost("--check"))[0] == 0
    await sweep(service, NOW)
    assert await stored_snapshots(service, learner_id) == intact


async def test_a_rebuild_of_everything_and_of_one_learner(
    service: Resources, milepost: Run, connection: asyncpg.Connection
) -> None:
    ada = await practised(service, learner_uuid("milepost", "ada"))
    bob = await practised(service)
    intact = await canonical(connection, ada)
    for table in ("activity_days", "activity_cells", "skill_levels"):
        await connection.execute(f"DELETE FROM {table} WHERE learner_id = ANY($1)", [ada, bob])
    revision = await connection.fetchval("SELECT revision FROM learners WHERE learner_id = $1", ada)
    assert await milepost("--learner", "ada") == (0, ["1 learner rebuilt."])
    assert await canonical(connection, ada) == intact
    assert await connection.fetchval("SELECT revision FROM learners WHERE learner_id = $1", ada) == revision + 1
    code, lines = await milepost("--check")
    assert code == 1
    assert {line.split()[1] for line in lines[:-1]} == {f"learner={bob}"}
    assert (await milepost())[0] == 0
    assert (await milepost("--check"))[0] == 0
    assert await canonical(connection, ada) == intact


async def test_rows_of_an_unknown_learner_are_found_and_removed(milepost: Run, connection: asyncpg.Connection) -> None:
    ghost = uuid4()
    await connection.execute(
        "INSERT INTO activity_days (learner_id, local_day, closes_at) VALUES ($1, '2026-04-15', now())", ghost
    )
    code, lines = await milepost("--check", "--only", "days")
    assert (code, lines[0]) == (1, f"activity_days learner={ghost} local_day=2026-04-15: the row is not in the log")
    assert (await milepost())[0] == 0
    assert (await milepost("--check"))[0] == 0
    await connection.execute("DELETE FROM learners WHERE learner_id = $1", ghost)


async def test_an_unknown_learner_is_refused(milepost: Run, connection: asyncpg.Connection) -> None:
    assert (await milepost("--learner", "nobody-of-that-name"))[0] == 3
    assert (await milepost("--learner", "nobody-of-that-name", "--check"))[0] == 3
    unknown = learner_uuid("milepost", "nobody-of-that-name")
    assert await connection.fetchval("SELECT count(*) FROM learners WHERE learner_id = $1", unknown) == 0


async def test_an_interrupted_rebuild_continues_where_it_stopped(
    service: Resources, connection: asyncpg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batches, "ACTIVITIES_PER_BATCH", 1)
    learners = sorted([await practised(service) for _ in range(4)], key=lambda learner: learner.int)
    count = await connection.fetchval("SELECT count(*) FROM learners")
    await connection.execute("UPDATE learners SET points = 0 WHERE learner_id = ANY($1)", learners)
    run = rebuild.rebuild(service.database, service.policy, NOW)
    while (await anext(run)).done < count - 1:
        pass
    await run.aclose()
    count_damaged = "SELECT count(*) FROM learners WHERE learner_id = ANY($1) AND points = 0"
    untouched = await connection.fetchval(count_damaged, learners)
    assert untouched <= 1
    again = [progress.done async for progress in rebuild.rebuild(service.database, service.policy, NOW)]
    assert again == [count, count]
    assert await connection.fetchval(count_damaged, learners) == 0
    from_the_start = [progress.done async for progress in rebuild.rebuild(service.database, service.policy, NOW)]
    assert from_the_start[:2] == [1, 2]


async def test_during_writes_nothing_is_lost_and_no_check_is_wrong(
    service: Resources, connection: asyncpg.Connection
) -> None:
    learners = [await practised(service) for _ in range(3)]
    stop = asyncio.Event()

    async def write() -> int:
        number = 0
        while not stop.is_set():
            number += 1
            sent = [SentActivity(learner, f"w-{number}", exercise(number % 30)) for learner in learners]
            answer = await service.progress.record(SERVICE, sent, NOW)
            assert {outcome.status for outcome in answer.outcomes} == {"accepted"}
        return number

    writer = asyncio.create_task(write())
    try:
        for _ in range(15):
            async for _done in rebuild.rebuild(service.database, service.policy, NOW):
                pass
            async for progress in check.check(service.database, service.policy):
                assert progress.differences == []
    finally:
        stop.set()
    written = await writer
    assert written > 15
    for learner in learners:
        state = await canonical(connection, learner)
        assert state["learner"]["activities"] == 15 + written
    async for progress in check.check(service.database, service.policy):
        assert progress.differences == []
