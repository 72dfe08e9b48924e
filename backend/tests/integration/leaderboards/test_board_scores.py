"""Scores as a projection: what intake writes, repeats, voids and zones, rebuilds, and what reads cost."""

from datetime import date, timedelta
from uuid import UUID

import asyncpg
import pytest
from quart.typing import TestClientProtocol as Client

from lives.boards import board, choose, empty_boards, places
from milepost.resources import Resources
from milepost.services.rebuild.check import differences
from milepost.services.rebuild.rebuild import rebuild_one
from milepost.settings import Settings
from support.builders import exercise, new_learner
from support.callers import Caller, service
from support.clock import START, AdjustableClock
from support.query_plans import rows_read, sent_statements, sequential_scans, statements_of_pool

DAY = timedelta(days=1)
ALL = date(1900, 1, 1)
Scores = dict[tuple[str, date], tuple[int, int, int, int]]


@pytest.fixture(autouse=True)
async def _nobody_is_shown(resources: Resources, clock: AdjustableClock) -> None:
    """Every test begins at START, Tuesday 10 March at noon, with empty boards."""
    await empty_boards(resources)


async def scores(resources: Resources, learner: Caller) -> Scores:
    """The stored scores: points, exercises, minutes and streak by period and first day."""
    async with resources.database.read() as connection:
        rows = await connection.fetch("SELECT * FROM board_scores WHERE learner_id = $1", UUID(learner.learner_id))
    return {
        (row["period"], row["first_day"]): (row["points"], row["exercises"], row["minutes"], row["streak"])
        for row in rows
    }


async def named_differences(resources: Resources, learner: Caller) -> list[str]:
    """What a check names, without the learner."""
    async with resources.database.snapshot() as connection:
        found = await differences(connection, [UUID(learner.learner_id)], resources.policy)
    return [str(difference).replace(f" learner={learner.learner_id}", "") for difference in found]


async def shown(client: Client, resources: Resources, *days_ago: int) -> Caller:
    """A learner on boards with an exercise of 5 points and 10 minutes on each of these days."""
    ada = Caller(client, new_learner())
    await choose(resources, ada)
    for days in days_ago:
        await service(client).record_all(exercise(START - days * DAY, points=5), learner_id=ada.subject)
    return ada


async def test_a_learner_has_scores_of_its_last_two_weeks_and_months(client: Client, resources: Resources) -> None:
    ada = await shown(client, resources, 70, 30, 8, 2, 1, 0)
    assert await scores(resources, ada) == {
        ("week", date(2026, 3, 9)): (10, 2, 20, 0),
        ("week", date(2026, 3, 2)): (10, 2, 20, 0),
        ("month", date(2026, 3, 1)): (20, 4, 40, 0),
        ("month", date(2026, 2, 1)): (5, 1, 10, 0),
        ("all", ALL): (30, 6, 60, 3),
    }
    assert await named_differences(resources, ada) == []


async def test_older_weeks_are_left_behind_by_newer_practice(client: Client, resources: Resources) -> None:
    ada = await shown(client, resources, 70, 30)
    assert set(await scores(resources, ada)) == {("week", date(2026, 2, 2)), ("month", date(2026, 2, 1)), ("all", ALL)}
    await service(client).record_all(exercise(START, points=5), learner_id=ada.subject)
    assert set(await scores(resources, ada)) == {
        ("week", date(2026, 3, 9)),
        ("month", date(2026, 3, 1)),
        ("month", date(2026, 2, 1)),
        ("all", ALL),
    }


async def test_the_same_activity_again_changes_nothing(client: Client, resources: Resources) -> None:
    ada = await shown(client, resources)
    activity = exercise(START, points=5)
    await service(client).record_all(activity, learner_id=ada.subject)
    before = await scores(resources, ada)
    (await service(client).record(activity, learner_id=ada.subject)).ok()
    assert await scores(resources, ada) == before
    assert before["all", ALL] == (5, 1, 10, 1)


async def test_a_zone_that_moves_days_moves_scores(client: Client, resources: Resources) -> None:
    ada = Caller(client, new_learner())
    await choose(resources, ada)
    # Monday 00:30 in UTC is Sunday in New York.
    await service(client).record_all(exercise(START - timedelta(hours=35.5), points=5), learner_id=ada.subject)
    assert ("week", date(2026, 3, 9)) in await scores(resources, ada)
    root = Caller(client, "root", ["admin"])
    zones = [{"zone": "America/New_York"}]
    (await root.ask("PUT", f"/admin/learners/{ada.subject}/zones", json=zones)).ok()
    stored = await scores(resources, ada)
    assert ("week", date(2026, 3, 9)) not in stored
    assert stored["week", date(2026, 3, 2)] == (5, 1, 10, 0)
    assert await named_differences(resources, ada) == []


async def test_a_check_names_wrong_missing_and_foreign_scores_and_a_rebuild_corrects_them(
    client: Client, resources: Resources
) -> None:
    ada, hidden = await shown(client, resources, 0), await shown(client, resources, 0)
    intact = await scores(resources, ada)
    await choose(resources, hidden, boards=False)
    async with resources.database.write() as connection:
        learner_id = UUID(ada.learner_id)
        await connection.execute(
            "UPDATE board_scores SET points = 9 WHERE learner_id = $1 AND period = 'week'", learner_id
        )
        await connection.execute("DELETE FROM board_scores WHERE learner_id = $1 AND period = 'month'", learner_id)
        await connection.execute(
            "INSERT INTO board_scores (learner_id, period, first_day) VALUES ($1, 'all', $2)",
            UUID(hidden.learner_id),
            ALL,
        )
    assert await named_differences(resources, ada) == [
        "board_scores period=month first_day=2026-03-01: the row is missing",
        "board_scores period=week first_day=2026-03-09 points: 9, by the log 5",
    ]
    assert await named_differences(resources, hidden) == [
        "board_scores period=all first_day=1900-01-01: the row is not in the log"
    ]
    for learner in (ada, hidden):
        await rebuild_one(resources.database, UUID(learner.learner_id), resources.policy, START)
        assert await named_differences(resources, learner) == []
    assert await scores(resources, ada) == intact
    assert await scores(resources, hidden) == {}


async def test_intake_sends_no_statement_more_for_learners_who_are_hidden(client: Client, resources: Resources) -> None:
    hidden, ada = Caller(client, new_learner()), await shown(client, resources, 0)
    await service(client).record_all(exercise(START), learner_id=hidden.subject)
    sent = await statements_of_pool(resources.database.pools.intake)

    async def statements(learner: Caller) -> list[str]:
        await sent_statements(sent)
        sent.clear()
        await service(client).record_all(exercise(START), learner_id=learner.subject)
        return [query for query, _ in await sent_statements(sent)]

    of_hidden, of_shown = await statements(hidden), await statements(ada)
    assert not [query for query in of_hidden if "board_scores" in query]
    assert len(of_shown) == len(of_hidden) + 2
    assert len([query for query in of_shown if "board_scores" in query]) == 1


async def test_reads_of_boards_use_indexes_and_bounded_rows(
    client: Client, resources: Resources, settings: Settings
) -> None:
    ada = await shown(client, resources, 0)
    async with resources.database.write() as filling:
        await filling.execute(
            "INSERT INTO board_scores (learner_id, period, first_day, points, streak) "
            "SELECT gen_random_uuid(), p, d, n, n FROM generate_series(6, 3000) n, "
            "(VALUES ('week', '2026-03-09'::date), ('all', '1900-01-01')) AS b(p, d)"
        )
    sent = await statements_of_pool(resources.database.pools.read)
    assert (await board(ada, limit=10))["me"]["rank"] == 2_996
    for query in ({"around": "me"}, {"period": "all"}, {"metric": "streak", "around": "me"}):
        await board(ada, **query)
    (await ada.get("/peers")).ok()
    statements = [statement for statement in await sent_statements(sent) if "FROM" in statement[0]]
    assert len(statements) > 20
    explaining = await asyncpg.connect(settings.database_url)
    try:
        await explaining.execute("ANALYZE")
        for statement in statements:
            assert await sequential_scans(explaining, statement) == [], statement[0]
            if "LIMIT" in statement[0]:
                assert await rows_read(explaining, statement, "board_scores") <= 20, statement[0]
    finally:
        await explaining.close()
    assert (1, 3_000, None) in await places(ada)
