"""The catalogue over time: what a file adds, changes and retires, and what learners get for earlier activities."""

from collections import Counter
from collections.abc import Awaitable, Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from uuid import UUID

import asyncpg
import pytest
from quart import Quart
from quart.typing import TestClientProtocol as Client

from milepost import cli
from milepost.db.learner_row import lock_learners
from milepost.resources import open_resources
from milepost.rules.achievements.catalogue import mask_from_bytes
from milepost.services.achievements.rarity import count_holders
from milepost.services.projections.refill import rebuild_learners
from milepost.services.rebuild.check import differences
from milepost.settings import Settings, config_dir, load_policy
from support.builders import activity, exercise, new_learner
from support.callers import Caller, service, uuid_of
from support.catalogues import condition, entry, put_in_force, run_backfill
from support.clock import START, AdjustableClock

DAY = timedelta(days=1)
FIVE = entry("five", condition("activities", 5))
Run = Callable[..., Awaitable[tuple[int | str, list[str]]]]


@pytest.fixture(autouse=True)
def _at_the_start(clock: AdjustableClock) -> None:
    """Every test begins at START."""


@pytest.fixture
async def sync(
    database_url: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., Awaitable[tuple[int | str, list[str]]]]:
    """Run `milepost achievements sync`; return its exit code and its lines."""
    import asyncio

    monkeypatch.setenv("MILEPOST_DATABASE_URL", database_url)

    async def run(*arguments: str) -> tuple[int | str, list[str]]:
        def command() -> int | str:
            try:
                cli.main(["achievements", "sync", *arguments])
            except SystemExit as ended:
                return ended.code or 0
            return 0

        capsys.readouterr()
        code = await asyncio.to_thread(command)
        return code, capsys.readouterr().out.splitlines()

    return run


def on(days_ago: int, **fields: object) -> dict[str, object]:
    return activity(START - days_ago * DAY, verb="viewed", object_type="lesson", **fields)


async def unlocked(caller: Caller, learner: str) -> dict[str, str]:
    """The unlocked achievements and the days they were earned on."""
    achievements = (await caller.get("/progress/achievements", learner_id=learner)).ok()["achievements"]
    return {achievement["code"]: achievement["earned_on"] for achievement in achievements if achievement["unlocked"]}


async def test_the_repository_catalogue_syncs_and_syncs_again(
    app: Quart, sync: Run, connection: asyncpg.Connection
) -> None:
    code, outcome = await sync()
    assert code == 0
    (count,) = [int(line.split()[1]) for line in outcome if line.startswith("Achievements:")]
    assert count >= 40
    assert await connection.fetchval("SELECT count(*) FROM achievements") == count
    assert await sync() == (0, [f"Achievements: {count} unchanged."])
    states = await connection.fetchrow("SELECT catalogue_revision, catalogue_decides FROM system_state")
    assert tuple(states) == (1, 1)
    assert await connection.fetchval("SELECT count(*) FROM counters") > 0


async def test_a_file_with_faults_changes_nothing(sync: Run, connection: asyncpg.Connection, tmp_path: Path) -> None:
    before = await connection.fetch("SELECT * FROM achievements ORDER BY code")
    text = (config_dir() / "achievements.toml").read_text("utf-8")
    faulty = tmp_path / "achievements.toml"
    faulty.write_text(text.replace("at_least = 1 }", "at_least = 0 }", 1).replace('"minutes"', '"hours"', 1), "utf-8")
    code, outcome = await sync(str(faulty))
    assert isinstance(code, str)
    assert outcome == []
    assert "at least 1" in code or "from 1" in code, code
    assert "hours" in code
    assert code.count("line ") == 2
    assert await connection.fetch("SELECT * FROM achievements ORDER BY code") == before
    assert await sync(str(tmp_path / "none.toml")) == (
        f"milepost: {tmp_path / 'none.toml'}: No such file or directory",
        [],
    )


async def test_earlier_activities_are_checked_once_and_quietly(
    client: Client, database_url: str, connection: asyncpg.Connection, clock: AdjustableClock
) -> None:
    teacher, learners = service(client), [new_learner() for _ in range(7)]
    await put_in_force(database_url)
    for learner in learners:
        await teacher.record_all(*(on(n, duration_seconds=60) for n in range(6)), learner_id=learner)
    newest = entry("today", condition("active_days", 6))
    change = await put_in_force(database_url, FIVE, newest, entry("minutes", condition("minutes", 3)))
    assert (change.added, change.decides) == (("five", "today", "minutes"), True)
    assert await unlocked(teacher, learners[0]) == {}
    assert await run_backfill(database_url, START, batch=3) >= 4
    expected = {"five": "2026-03-09", "today": "2026-03-10", "minutes": "2026-03-07"}
    for learner in learners:
        assert await unlocked(teacher, learner) == expected
    told = (await Caller(client, learners[0]).get("/notifications")).ok()["notifications"]
    # Achievements earned in the last two days each get a notice; the others share one.
    assert Counter(notice["kind"] for notice in told) == {"achievement_unlocked": 2, "digest": 1}
    (digest,) = (notice for notice in told if notice["kind"] == "digest")
    assert [achievement["code"] for achievement in digest["digest"]["achievements"]] == ["minutes"]
    revision = (await teacher.progress(learner_id=learners[0]))["revision"]
    assert await run_backfill(database_url, START) == 1
    assert (await teacher.progress(learner_id=learners[0]))["revision"] == revision
    assert await differences(connection, [UUID(uuid_of(learner)) for learner in learners], load_policy()) == []


async def test_an_easier_rule_is_checked_again_and_a_harder_one_revokes_nothing(
    client: Client, database_url: str
) -> None:
    teacher, learner = service(client), new_learner()
    await put_in_force(database_url, FIVE)
    await teacher.record_all(*(on(n) for n in range(4)), learner_id=learner)
    change = await put_in_force(database_url, entry("five", condition("activities", 4)))
    assert (change.changed, change.decides) == (("five",), True)
    await run_backfill(database_url, START)
    assert await unlocked(teacher, learner) == {"five": "2026-03-10"}
    await put_in_force(database_url, entry("five", condition("activities", 40)))
    await run_backfill(database_url, START)
    assert await unlocked(teacher, learner) == {"five": "2026-03-10"}


async def test_a_date_from_an_easier_rule_never_moves_later(
    client: Client, database_url: str, connection: asyncpg.Connection
) -> None:
    teacher, learner = service(client), new_learner()
    learner_id = UUID(uuid_of(learner))
    await put_in_force(database_url, entry("some", condition("activities", 2)))
    await teacher.record_all(on(9), on(8), learner_id=learner)
    await put_in_force(database_url, entry("some", condition("activities", 4)))
    await teacher.record_all(on(3), on(2), learner_id=learner)
    assert await unlocked(teacher, learner) == {"some": "2026-03-02"}
    assert await differences(connection, [learner_id], load_policy()) == []
    async with connection.transaction():
        await lock_learners(connection, [learner_id])
        await rebuild_learners(connection, [learner_id], load_policy(), START)
    assert await unlocked(teacher, learner) == {"some": "2026-03-02"}
    # It may still become earlier.
    await connection.execute("UPDATE unlocks SET earned_on = '2026-03-09' WHERE learner_id = $1", learner_id)
    (difference,) = await differences(connection, [learner_id], load_policy(), "unlocks")
    assert (difference.field, difference.by_log) == ("earned_on", date(2026, 3, 8))


async def test_changed_texts_need_no_backfill(
    client: Client, database_url: str, connection: asyncpg.Connection
) -> None:
    teacher, learner = service(client), new_learner()
    await put_in_force(database_url, entry("one", condition("activities", 1)))
    await run_backfill(database_url, START)
    await teacher.record_all(on(0), learner_id=learner)
    before = await connection.fetchval("SELECT catalogue_decides FROM system_state")
    change = await put_in_force(database_url, entry("one", condition("activities", 1), title="In other words"))
    assert (change.changed, change.decides) == (("one",), False)
    assert await connection.fetchval("SELECT catalogue_decides FROM system_state") == before
    achievements = (await teacher.get("/progress/achievements", learner_id=learner)).ok()["achievements"]
    assert [achievement["title"] for achievement in achievements if achievement["code"] == "one"] == ["In other words"]
    assert (await teacher.record(on(0), learner_id=learner)).ok()["learners"][0]["unlocked"] == []


async def test_a_retired_achievement_is_kept_by_holders_and_no_longer_earned(client: Client, database_url: str) -> None:
    teacher, early, late = service(client), new_learner(), new_learner()
    await put_in_force(database_url, entry("going", condition("activities", 1)), FIVE)
    await teacher.record_all(on(0), learner_id=early)
    change = await put_in_force(database_url, FIVE)
    assert change.retired == ("going",)
    assert (await teacher.record_all(on(0), learner_id=late))["learners"][0]["unlocked"] == []
    assert set(await unlocked(teacher, early)) == {"going"}
    codes = {
        learner: {
            achievement["code"]
            for achievement in (await teacher.get("/progress/achievements", learner_id=learner)).ok()["achievements"]
        }
        for learner in (early, late)
    }
    assert ("going" in codes[early], "going" in codes[late]) == (True, False)
    # Back in the file, it can be earned again, and its holders have it once.
    change = await put_in_force(database_url, entry("going", condition("activities", 1)), FIVE)
    await run_backfill(database_url, START)
    assert (change.changed, set(await unlocked(teacher, early)), set(await unlocked(teacher, late))) == (
        ("going",),
        {"going"},
        {"going"},
    )


async def test_a_process_with_an_older_catalogue_notices_in_the_commit(
    client: Client, database_url: str, settings: Settings, clock: AdjustableClock
) -> None:
    teacher, learner, other = service(client), new_learner(), new_learner()
    await put_in_force(database_url, FIVE)
    await teacher.record_all(on(0), learner_id=learner)  # this process caches the current catalogue
    await put_in_force(database_url, FIVE, entry("two", condition("activities", 2)))
    body = await teacher.record_all(on(0), learner_id=learner)
    assert [achievement["code"] for achievement in body["learners"][0]["unlocked"]] == ["two"]
    await put_in_force(database_url, FIVE, entry("first", condition("activities", 1)))
    body = await teacher.record_all(on(0), learner_id=other)
    assert [achievement["code"] for achievement in body["learners"][0]["unlocked"]] == ["first"]


async def test_counters_start_from_the_log(client: Client, database_url: str, connection: asyncpg.Connection) -> None:
    teacher, learner = service(client), new_learner()
    await put_in_force(database_url, FIVE)
    quiz = {"object_type": "quiz", "topic": "loops"}
    await teacher.record_all(*(exercise(START - n * DAY, **quiz) for n in (0, 1)), learner_id=learner)
    days = entry("quiz-days", condition("active_days", 3, object_type="quiz"))
    await put_in_force(database_url, FIVE, days)
    # One more before the backfill: not yet known to be the third day.
    body = await teacher.record_all(exercise(START - 2 * DAY, **quiz), learner_id=learner)
    assert body["learners"][0]["unlocked"] == []
    await run_backfill(database_url, START)
    assert await unlocked(teacher, learner) == {"quiz-days": "2026-03-10"}
    rows = await connection.fetch("SELECT value FROM metric_counters WHERE learner_id = $1", uuid_of(learner))
    assert [row[0] for row in rows] == [3]
    await put_in_force(database_url, FIVE)
    await run_backfill(database_url, START)
    assert await connection.fetch("SELECT 1 FROM metric_counters WHERE learner_id = $1", uuid_of(learner)) == []


async def test_a_lost_mask_heals_without_repeated_notices(
    client: Client, database_url: str, connection: asyncpg.Connection
) -> None:
    teacher, learner = service(client), new_learner()
    await put_in_force(database_url, FIVE)
    await teacher.record_all(*(on(0) for _ in range(5)), learner_id=learner)
    await connection.execute("UPDATE learners SET unlocked = '' WHERE learner_id = $1", uuid_of(learner))
    (difference,) = await differences(connection, [UUID(uuid_of(learner))], load_policy(), "unlocks")
    assert difference.field == "unlocked"
    body = await teacher.record_all(on(0), learner_id=learner)
    assert body["learners"][0]["unlocked"] == []
    stored = await connection.fetchval("SELECT unlocked FROM learners WHERE learner_id = $1", uuid_of(learner))
    assert mask_from_bytes(stored).bit_count() == 1
    assert await connection.fetchval("SELECT count(*) FROM notices WHERE learner_id = $1", uuid_of(learner)) == 1


async def test_rarity_is_shown_once_there_are_enough_learners(
    client: Client, database_url: str, settings: Settings, connection: asyncpg.Connection
) -> None:
    teacher, learner = service(client), new_learner()
    await put_in_force(database_url, FIVE)
    await teacher.record_all(*(on(0) for _ in range(5)), learner_id=learner)
    await connection.execute("DELETE FROM learners WHERE learner_id <> $1", uuid_of(learner))
    await connection.execute("DELETE FROM unlocks WHERE learner_id <> $1", uuid_of(learner))

    async def rarity() -> tuple[float | None, str | None]:
        resources = await open_resources(settings, AdjustableClock(START))
        async with resources.database.write() as connection:
            await count_holders(connection, datetime(2026, 3, 10, 13, tzinfo=UTC))
        await resources.close()
        answer = (await teacher.get("/progress/achievements", learner_id=learner)).ok()
        (five,) = [achievement for achievement in answer["achievements"] if achievement["code"] == "five"]
        return five["rarity_percent"], answer["rarity_as_of"]

    for _ in range(18):
        await teacher.record_all(on(0), learner_id=new_learner())
    assert await rarity() == (None, "2026-03-10T13:00:00Z")
    await teacher.record_all(on(0), learner_id=new_learner())
    assert await rarity() == (5.0, "2026-03-10T13:00:00Z")
