"""The statements that reads and writes of spaces send: how many they are, and that none scans a table."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import asyncpg
import pytest

from milepost.db.pools import PooledConnection
from milepost.queries.achievements.catalogue import CatalogueMemory
from milepost.queries.learners.facts import FactsMemory
from milepost.queries.mastery.eases import EaseMemory
from milepost.queries.spaces.milestones import milestones_of
from milepost.queries.spaces.snapshots import progress_snapshots
from milepost.queries.spaces.spaces import composite_goals_of, spaces_of
from milepost.resources import Resources, open_resources
from milepost.rules.activities import Activity
from milepost.services.activities import Submission, record
from milepost.services.activities.batch import IntakeMemory
from milepost.services.spaces.snapshots import snapshot_progress_batch
from milepost.settings import Settings
from support.clock import AdjustableClock
from support.query_plans import Statement, sent_statements, sequential_scans, statements

NOW = datetime(2026, 4, 20, 18, 30, tzinfo=UTC)
LEARNERS, SPACES, TASKS = 300, 4, 25
ONE = "md5('learner 1')::uuid"
_FILL = f"""
INSERT INTO learners (learner_id) SELECT md5('learner ' || l)::uuid FROM generate_series(1, {LEARNERS}) l;
INSERT INTO spaces (learner_id, space_id, title, created_at)
SELECT learner_id, 'space ' || s, 'Space', now() FROM learners CROSS JOIN generate_series(1, {SPACES}) s;
INSERT INTO composite_goals (learner_id, goal_id, title, created_at)
SELECT learner_id, 'goal', 'Goal', now() FROM learners;
INSERT INTO goal_spaces (learner_id, goal_id, space_id) SELECT learner_id, 'goal', space_id FROM spaces;
INSERT INTO milestones (learner_id, milestone_id, title, space_id, created_at)
SELECT learner_id, space_id || m, 'One', space_id, now() FROM spaces CROSS JOIN generate_series(1, 5) m;
INSERT INTO milestone_reaches (learner_id, milestone_id, activities, reached_on)
SELECT learner_id, milestone_id, 1, '2026-04-01' FROM milestones WHERE milestone_id LIKE '%1';
INSERT INTO space_metrics (learner_id, space_id, object_type, verb, counted, valued, value_milli, due_at)
SELECT learner_id, space_id, 'task', v, 10, 10, 500000, CASE WHEN learner_id = {ONE} THEN now() END
FROM spaces CROSS JOIN unnest(ARRAY['completed', 'attempted', 'viewed']) v;
INSERT INTO space_tasks (learner_id, space_id, object_type, verb, object_id, best_milli)
SELECT learner_id, space_id, 'task', 'completed', 'task ' || t, 1000 * (t % 101)
FROM spaces CROSS JOIN generate_series(1, {TASKS}) t;
INSERT INTO progress_snapshots (learner_id, subject, id, day, total, components, taken_at)
SELECT learner_id, 'space', space_id, '2026-03-01'::date + d, d, '{{}}', now()
FROM spaces CROSS JOIN generate_series(1, 20) d;
ANALYZE
"""


@pytest.fixture(scope="module")
async def resources(settings: Settings) -> AsyncIterator[Resources]:
    """The service without HTTP, with many learners' spaces."""
    opened = await open_resources(settings, AdjustableClock(NOW))
    async with opened.database.pools.intake.acquire() as connection:
        await connection.execute(_FILL)
    yield opened
    await opened.close()


@pytest.fixture
async def connection(settings: Settings, resources: Resources) -> AsyncIterator[asyncpg.Connection]:
    """A connection whose statements are recorded."""
    opened = await asyncpg.connect(settings.database_url, connection_class=PooledConnection)
    yield opened
    await opened.close()


async def own_statements(sent: list[Statement]) -> list[Statement]:
    """The statements sent so far, without the driver's own queries about types."""
    return [
        statement
        for statement in await sent_statements(sent)
        if "pg_catalog" not in statement[0] and "set_config" not in statement[0]
    ]


async def assert_by_index(connection: asyncpg.Connection, sent: list[Statement], maximum: int) -> None:
    """Assert at most `maximum` statements, each of which uses an index."""
    assert 0 < len(sent) <= maximum, [query for query, _ in sent]
    for statement in sent:
        assert await sequential_scans(connection, statement) == [], statement[0]


async def test_a_read_is_one_or_two_statements_by_index(connection: asyncpg.Connection) -> None:
    learner: UUID = await connection.fetchval(f"SELECT {ONE}")
    first, last = NOW.date() - timedelta(days=90), NOW.date()
    async with statements(connection) as sent:
        spaces = await spaces_of(connection, [learner])
        all_spaces = await own_statements(sent)
        (space,) = await spaces_of(connection, [learner], ["space 2"])
        (goal,) = await composite_goals_of(connection, [learner], ["goal"])
        goals = await composite_goals_of(connection, [learner])
        listed = await milestones_of(connection, learner, "space 1")
        days = await progress_snapshots(connection, learner, ("space", "space 1"), first, last)
        queries = await own_statements(sent)
    assert (len(all_spaces), len(queries)) == (1, 8)
    await assert_by_index(connection, queries, 8)
    assert (len(spaces), len(listed), len(days)) == (SPACES, 5, 20)
    assert (space.state.milestones, space.state.reached) == (5, 1)
    kinds = {kind.verb: kind for kind in space.state.kinds}
    assert (kinds["completed"].tasks, kinds["attempted"].tasks) == (TASKS, 0)
    assert len(goal.state.spaces) == SPACES
    assert goals == [goal]


async def test_naming_a_space_is_one_more_statement(connection: asyncpg.Connection, resources: Resources) -> None:
    learner: UUID = await connection.fetchval(f"SELECT {ONE}")
    counts = []
    memory = IntakeMemory(FactsMemory(10), CatalogueMemory(resources.policy), EaseMemory())
    for space in (None, None, "space 1"):
        activity = Activity(verb="completed", object_type="task", object_id="task 1", space_id=space, occurred_at=NOW)
        batch = [Submission(learner, "platform", str(uuid4()), activity, NOW, counts=1, points=0)]
        async with connection.transaction(), statements(connection) as sent:
            await record(connection, batch, memory, resources.policy, NOW)
            counts.append(len(await own_statements(sent)))
    assert counts[2] == counts[1] + 1
    naming = [statement for statement in await own_statements(sent) if "space_metrics" in statement[0]]
    await assert_by_index(connection, naming, 1)


async def test_the_sweep_finds_due_rows_by_index(connection: asyncpg.Connection, resources: Resources) -> None:
    async with connection.transaction():
        async with statements(connection) as sent:
            swept = await snapshot_progress_batch(connection, resources.policy, datetime.now(UTC) + timedelta(days=1))
            queries = await own_statements(sent)
        assert swept.snapshots == SPACES + 1
        await assert_by_index(connection, [statement for statement in queries if "$" in statement[0]], 12)
