"""R22: the sweep takes the same snapshots however late and often it runs, and with however many workers."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from uuid import UUID, uuid4

import pytest

from milepost.db.learner_row import lock_learners
from milepost.resources import Resources, open_resources
from milepost.rules.activities import Activity
from milepost.services.activities.outcome import Sender, SentActivity
from milepost.services.activities.void import void_activity
from milepost.services.history.snapshots import mark_snapshots_stale, snapshot_days_batch
from milepost.services.projections.policy_change import apply_policy_batch
from milepost.services.projections.refill import rebuild_learners
from milepost.settings import Settings
from support.clock import AdjustableClock
from support.snapshots import dirty_days, stored_snapshots, sweep

NOW = datetime(2026, 4, 20, 18, 30, tzinfo=UTC)
DAY = timedelta(days=1)
SERVICE = Sender("exercises", "service")


@pytest.fixture
async def resources(settings: Settings) -> AsyncIterator[Resources]:
    """The service without HTTP; every test begins with no days pending."""
    opened = await open_resources(settings, AdjustableClock(NOW))
    await sweep(opened, NOW + 100 * DAY)
    yield opened
    await opened.close()


async def practise(resources: Resources, learner_id: UUID, days_ago: Sequence[int]) -> None:
    """Record an exercise with grade 80 and one point on each of these days."""
    sent = [
        SentActivity(
            learner_id,
            f"e-{days}",
            Activity(verb="completed", object_type="exercise", value_milli=80_000, occurred_at=NOW - days * DAY),
        )
        for days in days_ago
    ]
    await resources.progress.record(SERVICE, sent, NOW)


async def learners(resources: Resources, count: int, days_ago: Sequence[int]) -> list[UUID]:
    """`count` learners who practised on these days."""
    learner_ids = [uuid4() for _ in range(count)]
    for learner_id in learner_ids:
        await practise(resources, learner_id, days_ago)
    return learner_ids


async def runs(resources: Resources, learner_id: UUID) -> dict[str, tuple[int, int, int, int]]:
    """Total exercises, run, longest run and freezes of each snapshot."""
    return {
        row["day"].isoformat(): (row["exercises"], row["run"], row["longest"], row["freezes"])
        for row in await stored_snapshots(resources, learner_id)
    }


async def test_R22_days_that_are_over_are_taken_and_no_others(resources: Resources) -> None:
    (ada,) = await learners(resources, 1, [0, 1, 2, 5])
    assert await sweep(resources, NOW) == 3
    assert await runs(resources, ada) == {
        "2026-04-15": (1, 1, 1, 0),
        "2026-04-18": (2, 1, 1, 0),
        "2026-04-19": (3, 2, 2, 0),
    }
    last = (await stored_snapshots(resources, ada))[-1]
    assert (last["alive_through"], last["last_met_day"]) == (date(2026, 4, 20), date(2026, 4, 19))
    assert (last["day_exercises"], last["day_grade_milli"], last["grade_milli"]) == (1, 80_000, 240_000)
    assert await dirty_days(resources, ada) == ["2026-04-20"]
    midnight = datetime(2026, 4, 21, tzinfo=UTC)
    assert await sweep(resources, midnight - timedelta(microseconds=1)) == 0
    assert await sweep(resources, midnight) == 1
    assert (await runs(resources, ada))["2026-04-20"] == (4, 3, 3, 0)


async def test_R22_run_twice_it_takes_nothing_the_second_time(resources: Resources) -> None:
    await learners(resources, 3, range(1, 12))
    assert await sweep(resources, NOW) == 33
    first = await stored_snapshots(resources)
    assert await sweep(resources, NOW) == 0
    assert await stored_snapshots(resources) == first


async def test_R22_small_batches_take_the_same(resources: Resources) -> None:
    learner_ids = await learners(resources, 4, [1, 2, 3, 4, 5, 6, 7, 9, 13])
    await sweep(resources, NOW)
    whole = await stored_snapshots(resources)
    for due_days, rows in ((1, 1), (7, 1), (3, 20)):
        async with resources.database.write() as connection:
            await connection.execute(
                "UPDATE activity_days SET dirty = true WHERE learner_id = ANY($1::uuid[])", learner_ids
            )
            await connection.execute(
                "UPDATE daily_snapshots SET run = 99 WHERE learner_id = ANY($1::uuid[])", learner_ids
            )
        await sweep(resources, NOW, due_days=due_days, rows=rows)
        assert await stored_snapshots(resources) == whole


async def test_R22_four_at_once_take_what_one_takes(resources: Resources) -> None:
    learner_ids = await learners(resources, 12, range(1, 10))

    async def work_until_done() -> None:
        while await pending(resources):
            await sweep(resources, NOW, due_days=5)

    await asyncio.gather(*(work_until_done() for _ in range(4)))
    expected = {(NOW - days * DAY).date().isoformat() for days in range(1, 10)}
    first = await runs(resources, learner_ids[0])
    assert first.keys() == expected
    assert first["2026-04-19"] == (9, 9, 9, 1)
    for learner_id in learner_ids[1:]:
        assert await runs(resources, learner_id) == first


async def pending(resources: Resources) -> bool:
    """Whether any day is still to be swept."""
    async with resources.database.pools.intake.acquire() as connection:
        is_pending: bool = await connection.fetchval(
            "SELECT EXISTS (SELECT FROM activity_days WHERE dirty AND closes_at <= $1)", NOW
        )
        return is_pending


async def test_only_one_worker_sweeps_at_a_time(resources: Resources) -> None:
    await learners(resources, 3, [1])
    async with resources.database.write() as first:
        swept = await snapshot_days_batch(first, resources.policy, NOW, 2)
        assert (swept.learners, swept.more) == (2, True)
        async with resources.database.write() as second:
            idle = await snapshot_days_batch(second, resources.policy, NOW, 2)
            assert (idle.learners, idle.days, idle.more) == (0, 0, False)
    assert await sweep(resources, NOW) == 1


async def test_R22_three_days_down_are_caught_up(resources: Resources) -> None:
    (nightly,) = await learners(resources, 1, [])
    (late,) = await learners(resources, 1, [])
    for days_ago in (5, 4, 3, 2, 1):
        for learner_id in (nightly, late):
            await practise(resources, learner_id, [days_ago])
        if days_ago > 3:
            await sweep(resources, NOW - (days_ago - 1) * DAY)
    assert len(await stored_snapshots(resources, late)) == 2
    await sweep(resources, NOW)
    assert list((await runs(resources, late)).values()) == [(days, days, days, 0) for days in (1, 2, 3, 4, 5)]
    assert await runs(resources, late) == await runs(resources, nightly)


async def test_late_input_marks_its_day_and_all_later_snapshots_are_retaken(resources: Resources) -> None:
    (ada,) = await learners(resources, 1, [1, 2, 4, 5])
    await sweep(resources, NOW)
    assert [run for _, run, _, _ in (await runs(resources, ada)).values()] == [1, 2, 1, 2]
    await practise(resources, ada, [3])
    assert await dirty_days(resources, ada) == ["2026-04-17"]
    assert await sweep(resources, NOW) == 3
    assert list((await runs(resources, ada)).values()) == [(days, days, days, 0) for days in (1, 2, 3, 4, 5)]


async def test_input_during_a_sweep_stays_marked(resources: Resources) -> None:
    (ada,) = await learners(resources, 1, [1, 2])
    async with resources.database.write() as connection:
        await snapshot_days_batch(connection, resources.policy, NOW)
        late = asyncio.create_task(practise(resources, ada, [3]))
        again = asyncio.create_task(resources.progress.record(SERVICE, [second_of_yesterday(ada)], NOW))
        await wait_for_blocked_writer(resources)
        assert not again.done(), "the sweep locks yesterday's row until it commits"
    await asyncio.gather(late, again)
    assert await dirty_days(resources, ada) == ["2026-04-17", "2026-04-19"]
    await sweep(resources, NOW)
    assert await runs(resources, ada) == {
        "2026-04-17": (1, 1, 1, 0),
        "2026-04-18": (2, 2, 2, 0),
        "2026-04-19": (4, 3, 3, 0),
    }


WAITING = "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"


async def wait_for_blocked_writer(resources: Resources) -> None:
    """Wait until a writer waits for a row lock."""
    async with resources.database.pools.intake.acquire() as connection:
        for _ in range(3_000):
            if await connection.fetchval(WAITING):
                return
            await asyncio.sleep(0.01)
    raise AssertionError("no statement waits")


async def test_an_excuse_during_a_sweep_leaves_its_day_marked(resources: Resources) -> None:
    (ada,) = await learners(resources, 1, [1, 2])

    async def excuse_tomorrow() -> None:
        async with resources.database.write() as connection:
            await lock_learners(connection, [ada])
            await connection.execute(
                "INSERT INTO streak_excuses (learner_id, excuse_id, kind, first_day, last_day, created_by, created_at) "
                "VALUES ($1, $2, 'pause', '2026-04-21', '2026-04-22', 'root', $3)",
                *(ada, uuid4(), NOW),
            )
            await mark_snapshots_stale(connection, ada, date(2026, 4, 21), NOW)

    async with resources.database.write() as connection:
        await snapshot_days_batch(connection, resources.policy, NOW)
        coming = asyncio.create_task(excuse_tomorrow())
        await wait_for_blocked_writer(resources)
    await coming
    assert "2026-04-19" in await dirty_days(resources, ada)
    await sweep(resources, NOW)
    assert (await stored_snapshots(resources, ada))[-1]["alive_through"] == date(2026, 4, 20)


async def end_outage(resources: Resources, starts_at: datetime, ends_at: datetime) -> None:
    """Insert an activated outage that is over."""
    async with resources.database.write() as connection:
        await connection.execute(
            "INSERT INTO outages (id, starts_at, ends_at, state, reason, activation, created_at) "
            "VALUES ($1, $2, $3, 'active', '', 1, $3)",
            *(uuid4(), starts_at, ends_at),
        )


async def settle_in(resources: Resources, learner_id: UUID, zone: str) -> None:
    """Set the learner's only zone before anything else."""
    async with resources.database.write() as connection:
        await connection.execute(
            "INSERT INTO learner_zones (learner_id, valid_from, zone, source, created_at) "
            "VALUES ($1, '-infinity', $2, 'claim', $3)",
            *(learner_id, zone, NOW),
        )


async def get_a_badge(resources: Resources, learner_id: UUID, days_ago: int) -> None:
    """Record an activity that does not meet its day."""
    given = Activity(verb="earned", object_type="badge", occurred_at=NOW - days_ago * DAY)
    await resources.progress.record(SERVICE, [SentActivity(learner_id, f"b-{days_ago}", given)], NOW)


@pytest.mark.parametrize("due_days", [1, 1_000])
async def test_sweeping_day_by_day_equals_sweeping_all_days_at_once(resources: Resources, due_days: int) -> None:
    """Days are swept one by one as they end, and all at once: gaps, freezes, unmet days, an outage, several zones."""
    await end_outage(resources, NOW - 13 * DAY, NOW - 12 * DAY)
    days_ago = [*range(30, 14, -1), 11, 10, 8, 7, 4, 3, 2, 1]
    learner_ids = await learners(resources, 4, [])
    for learner_id, zone in zip(learner_ids, ("", "Europe/Berlin", "Pacific/Apia", "America/Lima"), strict=True):
        if zone:
            await settle_in(resources, learner_id, zone)
    for number in days_ago:
        for learner_id in learner_ids:
            await practise(resources, learner_id, [number])
        await get_a_badge(resources, learner_ids[0], number - 1)
        await sweep(resources, NOW - (number - 1) * DAY, due_days=due_days)
    one_by_one = [await stored_snapshots(resources, learner_id) for learner_id in learner_ids]
    # Three dates lie between 15 and 11 days ago: the outage excuses two, a freeze covers the other.
    assert (await runs(resources, learner_ids[1]))["2026-04-19"][1:3] == (4, 20)
    async with resources.database.write() as connection:
        await connection.execute("DELETE FROM daily_snapshots; UPDATE activity_days SET dirty = true")
    await sweep(resources, NOW)
    assert [await stored_snapshots(resources, learner_id) for learner_id in learner_ids] == one_by_one
    async with resources.database.write() as connection:
        await connection.execute("DELETE FROM outages")


def second_of_yesterday(learner_id: UUID) -> SentActivity:
    """One more exercise on the day before."""
    return SentActivity(learner_id, "more", Activity(verb="completed", object_type="exercise", occurred_at=NOW - DAY))


async def test_a_rebuilt_learner_gets_the_same_snapshots_again(resources: Resources) -> None:
    (ada,) = await learners(resources, 1, [1, 2, 3, 6])
    await sweep(resources, NOW)
    before = await stored_snapshots(resources, ada)
    async with resources.database.write() as connection:
        await lock_learners(connection, [ada])
        await rebuild_learners(connection, [ada], resources.policy, NOW)
    assert len(await dirty_days(resources, ada)) == 4
    assert await sweep(resources, NOW) == 4
    assert await stored_snapshots(resources, ada) == before


@pytest.mark.parametrize(("voided", "left"), [(1, [2, 3]), (2, [1, 3]), (3, [1, 2])])
async def test_a_removed_day_has_no_snapshot(resources: Resources, voided: int, left: list[int]) -> None:
    (ada,) = await learners(resources, 1, [1, 2, 3])
    await sweep(resources, NOW)
    async with resources.database.write() as connection:
        await void_activity(connection, (ada, "exercises", f"e-{voided}"), "admin", resources.policy, NOW)
    await sweep(resources, NOW)
    assert set(await runs(resources, ada)) == {(NOW - days * DAY).date().isoformat() for days in left}


async def test_a_learner_with_everything_voided_has_no_snapshots(resources: Resources) -> None:
    (ada,) = await learners(resources, 1, [2])
    await sweep(resources, NOW)
    async with resources.database.write() as connection:
        await void_activity(connection, (ada, "exercises", "e-2"), "admin", resources.policy, NOW)
    await sweep(resources, NOW)
    assert await stored_snapshots(resources, ada) == []


async def test_an_excuse_marks_the_first_run_that_reaches_it(resources: Resources) -> None:
    # Eight met days earn a freeze; the thirteenth ends the run.
    (ada,) = await learners(resources, 1, [1, *range(9, 17), 30])
    await sweep(resources, NOW)
    assert (await runs(resources, ada))["2026-04-19"] == (10, 1, 8, 0)
    async with resources.database.write() as connection:
        await lock_learners(connection, [ada])
        await connection.execute(
            "INSERT INTO streak_excuses (learner_id, excuse_id, kind, first_day, last_day, created_by, created_at) "
            "VALUES ($1, $2, 'restore', '2026-04-12', '2026-04-18', 'root', $3)",
            ada,
            uuid4(),
            NOW,
        )
        await mark_snapshots_stale(connection, ada, date(2026, 4, 12), NOW)
    # A day later the tenth already has its freeze: the runs of the tenth and the eleventh hold through the twelfth.
    assert await dirty_days(resources, ada) == ["2026-04-10"]
    await sweep(resources, NOW)
    assert (await runs(resources, ada))["2026-04-19"] == (10, 9, 9, 1)
    async with resources.database.write() as connection:
        await mark_snapshots_stale(connection, ada, date(2026, 4, 22), NOW)
    assert await dirty_days(resources, ada) == []


async def test_a_changed_policy_also_reaches_snapshots(resources: Resources) -> None:
    (ada,) = await learners(resources, 1, [1, *range(3, 11)])
    await sweep(resources, NOW)
    assert (await runs(resources, ada))["2026-04-19"] == (9, 9, 9, 0)
    other = replace(resources.policy, streak=replace(resources.policy.streak, freeze_every_days=1_000))
    for policy, expected in ((other, (9, 1, 8, 0)), (resources.policy, (9, 9, 9, 0))):
        more = True
        while more:
            async with resources.database.write() as connection:
                more = await apply_policy_batch(connection, policy, NOW)
        swept = True
        while swept:
            async with resources.database.write() as connection:
                swept = (await snapshot_days_batch(connection, policy, NOW)).more
        assert (await runs(resources, ada))["2026-04-19"] == expected


async def test_R22_a_clock_set_back_over_midnight_leaves_no_snapshot_behind(resources: Resources) -> None:
    """The nineteenth has a snapshot; then the clock says it is not over, and input of the fourteenth is late."""
    (ada,) = await learners(resources, 1, [1, 2])
    await sweep(resources, NOW)
    await practise(resources, ada, [6])
    await sweep(resources, datetime(2026, 4, 19, 22, 30, tzinfo=UTC))
    assert await dirty_days(resources, ada) == []
    assert await runs(resources, ada) == {
        "2026-04-14": (1, 1, 1, 0),
        "2026-04-18": (2, 1, 1, 0),
        "2026-04-19": (3, 2, 2, 0),
    }
