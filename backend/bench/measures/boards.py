"""P12d: the top and the surroundings of a reader on a board of many learners, against a board of few."""

import statistics
from collections.abc import Sequence
from time import perf_counter
from uuid import UUID

import asyncpg

from bench.fixtures import database_rows
from bench.harness.databases import run, vacuum, with_connection
from bench.harness.servers import Installation
from bench.measures.figures import Figure, Plan, figure_of_times
from milepost.db.database import open_database
from milepost.db.migrations import upgrade
from milepost.queries.leaderboards.boards import Board, board_around, board_reader, board_top
from milepost.rules.leaderboards import board_days

LEARNERS, FEW_LEARNERS = 100_000, 1_000
READERS = 100
LIMIT = 20

_FILL = """
WITH learner AS (SELECT l, md5($1::text || l)::uuid AS learner_id FROM generate_series(1, $2::int) l), known AS (
    INSERT INTO learners (learner_id, points) SELECT learner_id, l * 7919 % 60000 + 1 FROM learner
), chosen AS (
    INSERT INTO profiles (learner_id, boards) SELECT learner_id, true FROM learner
)
INSERT INTO board_scores (learner_id, period, first_day, points, exercises, minutes, streak)
SELECT learner_id, p, d, l * 7919 % 60000 + 1, l * 31 % 2000, l * 53 % 9000, l % 300
FROM learner, (VALUES ('week', DATE '2026-03-30'), ('week', '2026-03-23'), ('month', '2026-04-01'),
    ('month', '2026-03-01'), ('all', '1900-01-01')) AS b(p, d)
"""


def boards(installed: Installation, plan: Plan) -> list[Figure]:
    """P12d, in two databases of their own. Points of all days. The first round is not counted."""
    many, few = (_filled(installed, f"p12d{learners}", learners) for learners in (LEARNERS, FEW_LEARNERS))
    rounds = []
    for _ in range(plan.rounds + 1):
        ours, theirs = (
            run(_read(installed, url, f"p12d{learners}", learners))
            for url, learners in ((many, LEARNERS), (few, FEW_LEARNERS))
        )
        rounds.append((theirs, ours))
        plan.say(f"P12d: {FEW_LEARNERS:,} learners {theirs * 1e3:.2f} ms, {LEARNERS:,} learners {ours * 1e3:.2f} ms")
    what = f"the top of a board of {LEARNERS:,} learners, then the entries around the reader"
    return [figure_of_times("P12d", what, f"the same with {FEW_LEARNERS:,}", rounds[1:], 1)]


def _filled(installed: Installation, name: str, learners: int) -> str:
    installed.postgres.execute(f"CREATE DATABASE {name}")
    url = installed.postgres.url(name)
    upgrade(url)

    async def fill(connection: "asyncpg.Connection[asyncpg.Record]") -> None:
        await connection.execute(_FILL, name, learners)

    run(with_connection(url, fill))
    run(vacuum(url))
    return url


async def _read(installed: Installation, url: str, label: str, learners: int) -> float:
    """The median seconds of both reads, over readers from all places of the board."""
    step = learners // READERS
    readers: Sequence[UUID] = [UUID(text) for text in database_rows.learner_ids(label, learners)[::step]]
    board, took = Board("points", "all", board_days("all", database_rows.LAST_DAY)), []
    async with open_database(installed.settings.model_copy(update={"database_url": url})) as database:
        for learner_id in readers:
            started = perf_counter()
            async with database.snapshot() as connection:
                reader = await board_reader(connection, learner_id)
                await board_top(connection, board, reader, LIMIT)
                await board_around(connection, board, reader, LIMIT)
            took.append(perf_counter() - started)
    return statistics.median(took)
