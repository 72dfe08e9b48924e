"""Migrations up, down and up again, on an empty and a filled database; they match the models; two run at once."""

import contextlib
import random
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

from sqlalchemy import MetaData

from milepost.db.migrations import downgrade, head, upgrade
from milepost.db.tables import metadata
from oracles.comparison import assert_counted
from support.builders import mint, new_learner
from support.database_schema import differences, schema
from support.servers import Processes, clean_environment
from support.traffic import Delivery, deliver, service_activities


def _up(url: str) -> None:
    with ThreadPoolExecutor(1) as thread:
        thread.submit(upgrade, url).result()


def _down(url: str, revision: str = "base") -> None:
    with ThreadPoolExecutor(1) as thread:
        thread.submit(downgrade, url, revision).result()


def test_R23_up_down_and_up_again_on_an_empty_database(empty_url: str) -> None:
    _up(empty_url)
    first = schema(empty_url)
    assert {row[0] for row in first} >= {"activities", "learners", "alembic_version"}
    _down(empty_url)
    assert {row[0] for row in schema(empty_url)} <= {"alembic_version", "alembic_version_pkc"}
    _up(empty_url)
    assert schema(empty_url) == first
    _up(empty_url)
    assert schema(empty_url) == first, "a second upgrade changes nothing"


def test_R23_the_models_say_what_the_migrations_make(empty_url: str) -> None:
    _up(empty_url)
    assert differences(empty_url) == []
    fewer = MetaData()
    for table in metadata.sorted_tables[1:]:
        table.to_metadata(fewer)
    assert len(differences(empty_url, fewer)) >= 1, "a difference is detected"


def test_R23_a_filled_database_goes_down_and_up_and_serves_again(processes: Processes, database_url: str) -> None:
    chance = random.Random(23)
    service = mint("exercises", ["service"])
    api = processes.api()
    for _ in range(2):
        histories = {learner: service_activities(learner, 50, chance) for learner in (new_learner() for _ in range(3))}
        answers = deliver([api.url], [Delivery(service, activities) for activities in histories.values()])
        assert all(answer.is_acknowledged for answer in answers)
        assert_counted(database_url, histories)
        api.end()
        before = schema(database_url)
        _down(database_url)
        _up(database_url)
        assert schema(database_url) == before
        api = processes.api()


def test_two_migrations_at_once_both_succeed(empty_url: str) -> None:
    environment = {**clean_environment(), "MILEPOST_DATABASE_URL": empty_url}
    with contextlib.ExitStack() as after:
        both = [
            after.enter_context(
                subprocess.Popen(
                    [sys.executable, "-m", "milepost.cli", "migrate"],
                    stdout=subprocess.PIPE,
                    stderr=subprocess.STDOUT,
                    env=environment,
                )
            )
            for _ in range(2)
        ]
        outputs = [process.communicate(timeout=90)[0].decode() for process in both]
    assert [process.returncode for process in both] == [0, 0], outputs
    assert outputs == [f"The database is at revision {head()}.\n"] * 2
    assert differences(empty_url) == []
