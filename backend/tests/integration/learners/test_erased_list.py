"""A restored backup: learners who were erased since are erased again, by a list without ids."""

import asyncio
import contextlib
import io
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import NamedTuple

import asyncpg
import httpx
import pytest
from quart.typing import TestClientProtocol as Client
from redis.asyncio import Redis

from milepost import cli
from milepost.app import create_app
from milepost.embedded.postgres import PostgresServer
from milepost.errors import Invalid
from milepost.services.learners.restored import HEADER, read_list
from milepost.settings import Settings
from oracles.markers import places_of
from support.builders import SECRET, bearer, exercise, mint, new_learner
from support.callers import Caller, service, uuid_of
from support.clock import START, AdjustableClock
from support.servers import Processes, fresh_database

CHECK = bytes(32)


class Restored(NamedTuple):
    """Who was erased after the backup, who was not, the restored database, and the newest list."""

    ada: str
    bob: str
    settings: Settings
    file: Path


@asynccontextmanager
async def serving_on(settings: Settings, clock: AdjustableClock) -> AsyncIterator[Client]:
    """A client of an application on the database of these settings; closed at the end."""
    application = create_app(settings, clock)
    async with application.test_app():
        yield application.test_client()


async def milepost(database_url: str, monkeypatch: pytest.MonkeyPatch, *arguments: str) -> tuple[object, str]:
    """Run a command on a database; its exit code or message, None for success, and what it printed."""
    monkeypatch.setenv("MILEPOST_DATABASE_URL", database_url)
    printed = io.StringIO()

    def command() -> object:
        with contextlib.redirect_stdout(printed):
            try:
                cli.main(arguments)
            except SystemExit as exit_call:
                return exit_call.code
        return None

    return await asyncio.to_thread(command), printed.getvalue()


@pytest.fixture
async def restored(
    settings: Settings,
    postgres: PostgresServer,
    clock: AdjustableClock,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> AsyncIterator[Restored]:
    """A backup with two learners, restored after one of them was erased; and the list of after the erasure."""
    with fresh_database(postgres, "erasing") as url:
        serving = settings.model_copy(update={"database_url": url})
        ada, bob = new_learner(), new_learner()
        async with serving_on(serving, clock) as client:
            for learner in (ada, bob):
                await service(client).record_all(exercise(START, topic="a trace"), learner_id=learner)
        postgres.execute("CREATE DATABASE restored TEMPLATE erasing")
        async with serving_on(serving, clock) as client:
            (await Caller(client, ada).ask("DELETE", "/me", json={"confirm": ada})).ok()
        code, printed = await milepost(url, monkeypatch, "erased", "export")
        assert code is None
        file = tmp_path / "erased.txt"
        file.write_text(printed)
        yield Restored(ada, bob, serving.model_copy(update={"database_url": postgres.url("restored")}), file)
        postgres.execute("DROP DATABASE restored WITH (FORCE)")


async def test_R28_a_restored_backup_erases_again(
    restored: Restored, clock: AdjustableClock, redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = restored.file.read_text().splitlines()
    assert [len(line.split()[-2]) for line in lines[1:]] == [64]
    assert uuid_of(restored.ada) not in restored.file.read_text()
    for said in (
        "1 erased learners were not known, 1 of them were here and are erased again.",
        "0 erased learners were not known, 0 of them were here and are erased again.",
    ):
        assert await milepost(restored.settings.database_url, monkeypatch, "erased", "apply", str(restored.file)) == (
            None,
            f"{said}\n",
        )
    connection, redis = await asyncpg.connect(restored.settings.database_url), Redis.from_url(redis_url)
    assert await places_of(connection, redis, uuid_of(restored.ada)) == set()
    assert await connection.fetchval("SELECT erased_at FROM erased") == START
    await connection.close()
    await redis.aclose()
    async with serving_on(restored.settings, clock) as client:
        (await Caller(client, restored.ada).get("/progress")).problem(410, "learner_erased")
        assert (await Caller(client, restored.bob).progress())["exercises_completed"] == 1
    code, printed = await milepost(restored.settings.database_url, monkeypatch, "erased", "export")
    assert (code, printed) == (None, restored.file.read_text())


async def test_R28_a_process_applies_the_list_before_it_serves(
    restored: Restored, redis_url: str, tmp_path: Path
) -> None:
    environment = {
        "MILEPOST_DATABASE_URL": restored.settings.database_url,
        "MILEPOST_REDIS_URL": redis_url,
        "MILEPOST_JWT_SECRET": SECRET,
        "MILEPOST_ERASED_FILE": str(restored.file),
    }
    processes = Processes(environment, tmp_path)
    try:
        api = await asyncio.to_thread(processes.api)
        async with httpx.AsyncClient(trust_env=False) as client:
            for learner, status in ((restored.ada, 410), (restored.bob, 200)):
                answer = await client.get(f"{api.url}/api/progress", headers=bearer(mint(learner)))
                assert answer.status_code == status
    finally:
        processes.end()


async def test_a_list_that_cannot_be_read_is_named(
    database_url: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    nowhere = tmp_path / "nowhere.txt"
    code, _ = await milepost(database_url, monkeypatch, "erased", "apply", str(nowhere))
    assert code == f"milepost: {nowhere}: No such file or directory"
    monkeypatch.setenv("MILEPOST_ERASED_FILE", str(nowhere))
    code, _ = await milepost(database_url, monkeypatch, "serve")
    assert code == f"milepost: {nowhere}: No such file or directory"
    nowhere.write_text(f"{HEADER} {'11' * 32}\n")
    code, _ = await milepost(database_url, monkeypatch, "erased", "apply", str(nowhere))
    assert code == "milepost: The list was made with another erasure_key (MILEPOST_ERASURE_KEY)."


def test_a_list_is_read_line_by_line() -> None:
    digest = "ab" * 32
    lines = [f"{HEADER} {CHECK.hex()}", f"{digest} 2026-03-10T12:00:00+00:00"]
    assert {key.hex(): at.isoformat() for key, at in read_list(lines, CHECK).items()} == {
        digest: "2026-03-10T12:00:00+00:00"
    }
    assert read_list(lines[:1], CHECK) == {}


@pytest.mark.parametrize(
    ("lines", "sentence"),
    [
        ([], "The first line"),
        (["something else"], "The first line"),
        ([f"{HEADER} {'11' * 32}"], "another erasure_key"),
        ([f"{HEADER} {CHECK.hex()}", "ab" * 32], "Line 2"),
        ([f"{HEADER} {CHECK.hex()}", f"{'ab' * 32} yesterday"], "Line 2"),
        ([f"{HEADER} {CHECK.hex()}", f"{'ab' * 31} 2026-03-10T12:00:00+00:00"], "Line 2"),
        ([f"{HEADER} {CHECK.hex()}", f"{'ab' * 32} 2026-03-10T12:00:00"], "Line 2"),
        ([f"{HEADER} {CHECK.hex()}", f"{'xy' * 32} 2026-03-10T12:00:00+00:00"], "Line 2"),
    ],
)
def test_what_is_no_list_is_refused(lines: list[str], sentence: str) -> None:
    with pytest.raises(Invalid, match=sentence):
        read_list(lines, CHECK)
