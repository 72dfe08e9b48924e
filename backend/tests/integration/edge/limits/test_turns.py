"""Full days and many goals are computed in turns: others never wait for all of it. Counted in calls, not in time."""

import asyncio
import contextlib
import sys
from collections.abc import Awaitable
from datetime import UTC, datetime, timedelta
from types import FrameType
from uuid import UUID

import asyncpg
from quart.typing import TestClientProtocol as Client

from support.builders import new_learner
from support.callers import Answer, Caller
from support.clock import START, AdjustableClock

TOMORROW = START.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
DAYS, SLOTS = 31, 150
# Tasks with one slot each, due on its day, in twenty categories, and hours for focus on all these days.
_TASKS = """
INSERT INTO tasks (learner_id, task_id, title, category_id, status, due_day, created_at, updated_at)
SELECT $1::uuid, md5($1::uuid::text || n)::uuid, 't', md5((n % 20)::text)::uuid, 'pending',
    ($2::timestamptz AT TIME ZONE 'UTC')::date
    + n % $3::int, $2, $2 FROM generate_series(0, $3::int * $4::int - 1) n
"""
_SLOTS = """
INSERT INTO task_slots (learner_id, task_id, n, starts_at, ends_at)
SELECT $1::uuid, md5($1::uuid::text || n)::uuid, 0, s.start, s.start + interval '25 minutes'
FROM generate_series(0, $3::int * $4::int - 1) n CROSS JOIN LATERAL (
    SELECT $2::timestamptz + n % $3::int * interval '1 day' + n / $3::int * interval '2 minutes' AS start
) s
"""
_FOCUS = """
INSERT INTO calendar_days (learner_id, day, focus_slots)
SELECT $1, ($2::timestamptz AT TIME ZONE 'UTC')::date + d, (SELECT jsonb_agg(jsonb_build_array(
    to_char($2::timestamptz + d * interval '1 day' + h * interval '1 hour', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'),
    to_char($2::timestamptz + d * interval '1 day' + h * interval '1 hour 30 minutes', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')
)) FROM generate_series(0, 15) h) FROM generate_series(0, $3::int - 1) d
"""


_GOALS = """
INSERT INTO goals (learner_id, goal_id, name, target_type, time_period, topic, target_value, created_on, open_from,
    created_at, updated_at)
SELECT $1::uuid, md5($1::uuid::text || n)::uuid, 'g' || n, 'points', 'daily', '', 10,
    '2026-01-01', '2026-01-01', now(), now()
FROM generate_series(1, $2::int) n
"""
GOALS = 150


class Turns:
    """Counts the calls, of Python and of C: all of them, and the most between two turns of the loop."""

    def __init__(self) -> None:
        self.longest = 0
        self.all = 0
        self._calls = 0

    async def during(self, work: Awaitable[Answer]) -> Answer:
        """The answer of `work`; `longest` are the most calls in one piece meanwhile."""
        beat = asyncio.create_task(self._beat())
        sys.setprofile(self._count)
        try:
            return await work
        finally:
            sys.setprofile(None)
            beat.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await beat

    async def _beat(self) -> None:
        while True:
            self.longest, self.all, self._calls = max(self.longest, self._calls), self.all + self._calls, 0
            await asyncio.sleep(0)

    def _count(self, _frame: FrameType, event: str, _argument: object) -> None:
        self._calls += event in ("call", "c_call")


async def with_full_days(client: Client, connection: asyncpg.Connection) -> Caller:
    """A learner in UTC whose next days are full."""
    ada = Caller(client, new_learner())
    (await ada.ask("PATCH", "/me", json={"zone": "UTC"})).ok()
    await connection.execute("SET timezone = 'UTC'")
    for statement in (_TASKS, _SLOTS):
        await connection.execute(statement, UUID(ada.learner_id), TOMORROW, DAYS, SLOTS)
    await connection.execute(_FOCUS, UUID(ada.learner_id), TOMORROW, DAYS)
    return ada


async def test_S11_a_task_on_full_days_is_planned_in_turns(
    client: Client, clock: AdjustableClock, connection: asyncpg.Connection
) -> None:
    ada, turns = await with_full_days(client, connection), Turns()
    slots = [
        {"starts_at": start.isoformat(), "ends_at": (start + timedelta(minutes=5)).isoformat()}
        for start in (TOMORROW + timedelta(days=number, hours=23) for number in range(DAYS))
    ]
    (await turns.during(ada.post("/tasks", {"title": "everywhere", "scheduled_slots": slots}))).ok()
    assert turns.longest < 30_000
    planned = "SELECT sum(scheduled_minutes) FROM planner_days WHERE learner_id = $1 AND category = ''"
    assert await connection.fetchval(planned, UUID(ada.learner_id)) == DAYS * (SLOTS * 25 + 5)


async def test_S11_who_asks_for_days_is_not_told_of_goals(
    client: Client, clock: AdjustableClock, connection: asyncpg.Connection
) -> None:
    ada = Caller(client, new_learner())
    (await ada.ask("PATCH", "/me", json={"zone": "UTC"})).ok()
    addresses = ("/tasks", "/calendar-days", "/me/pauses", "/progress/streak")

    async def fewest_calls() -> int:
        """Of several tries, because the process does other things too."""
        counts = []
        for _ in range(5):
            turns = Turns()
            for address in addresses:
                (await turns.during(ada.get(address))).ok()
            counts.append(turns.all)
        return min(counts)

    before = await fewest_calls()
    await connection.execute(_GOALS, UUID(ada.learner_id), GOALS)
    # Ten calls at least make a goal of its row, for each of the four.
    assert await fewest_calls() - before < 10 * GOALS


async def test_S11_a_zone_is_changed_in_turns(
    client: Client, clock: AdjustableClock, connection: asyncpg.Connection
) -> None:
    ada, turns = await with_full_days(client, connection), Turns()
    clock.set(datetime.combine(START.date(), datetime.min.time(), UTC) + timedelta(hours=23))
    (await turns.during(ada.ask("PATCH", "/me", json={"zone": "Asia/Tokyo"}))).ok()
    assert turns.longest < 30_000
    planned = "SELECT sum(scheduled_minutes) FROM planner_days WHERE learner_id = $1 AND category = ''"
    assert await connection.fetchval(planned, UUID(ada.learner_id)) == DAYS * SLOTS * 25
