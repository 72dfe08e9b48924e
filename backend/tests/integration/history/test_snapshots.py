"""R22: the sweep takes the same snapshots however late, however often and by however many workers it is run."""

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
from support.snapshots import dirty_days, sweep, taken

NOW = datetime(2026, 4, 20, 18, 30, tzinfo=UTC)
DAY = timedelta(days=1)
SERVICE = Sender("exercises", "service")


@pytest.fixture
async def held(settings: Settings) -> AsyncIterator[Resources]:
    """The service without HTTP; every test begins with everything swept."""
    opened = await open_resources(settings, AdjustableClock(NOW))
    await sweep(opened, NOW + 100 * DAY)
    yield opened
    await opened.close()


async def practise(held: Resources, learner_id: UUID, days_ago: Sequence[int]) -> None:
    """An exercise for 80 points of grade and a point on each of these days."""
    sent = [
        SentActivity(
            learner_id,
            f"e-{days}",
            Activity(verb="completed", object_type="exercise", value_milli=80_000, occurred_at=NOW - days * DAY),
        )
        for days in days_ago
    ]
    await held.progress.record(SERVICE, sent, NOW)


async def learners(held: Resources, count: int, days_ago: Sequence[int]) -> list[UUID]:
    """So many learners who practised on these days."""
    made = [uuid4() for _ in range(count)]
    for learner_id in made:
        await practise(held, learner_id, days_ago)
    return made


async def runs(held: Resources, learner_id: UUID) -> dict[str, tuple[int, int, int, int]]:
    """Of each snapshot: exercises in all, run, longest run, freezes."""
    return {
        row["day"].isoformat(): (row["exercises"], row["run"], row["longest"], row["freezes"])
        for row in await taken(held, learner_id)
    }


async def test_R22_days_that_are_over_are_taken_and_no_others(held: Resources) -> None:
    (ada,) = await learners(held, 1, [0, 1, 2, 5])
    assert await sweep(held, NOW) == 3
    assert await runs(held, ada) == {
        "2026-04-15": (1, 1, 1, 0),
        "2026-04-18": (2, 1, 1, 0),
        "2026-04-19": (3, 2, 2, 0),
    }
    last = (await taken(held, ada))[-1]
    assert (last["alive_through"], last["last_met_day"]) == (date(2026, 4, 20), date(2026, 4, 19))
    assert (last["day_exercises"], last["day_grade_milli"], last["grade_milli"]) == (1, 80_000, 240_000)
    assert await dirty_days(held, ada) == ["2026-04-20"]
    midnight = datetime(2026, 4, 21, tzinfo=UTC)
    assert await sweep(held, midnight - timedelta(microseconds=1)) == 0
    assert await sweep(held, midnight) == 1
    assert (await runs(held, ada))["2026-04-20"] == (4, 3, 3, 0)


async def test_R22_run_twice_it_takes_nothing_the_second_time(held: Resources) -> None:
    await learners(held, 3, range(1, 12))
    assert await sweep(held, NOW) == 33
    first = await taken(held)
    assert await sweep(held, NOW) == 0
    assert await taken(held) == first


async def test_R22_small_batches_take_the_same(held: Resources) -> None:
    made = await learners(held, 4, [1, 2, 3, 4, 5, 6, 7, 9, 13])
    await sweep(held, NOW)
    whole = await taken(held)
    for due_days, rows in ((1, 1), (7, 1), (3, 20)):
        async with held.database.write() as connection:
            await connection.execute("UPDATE activity_days SET dirty = true WHERE learner_id = ANY($1::uuid[])", made)
            await connection.execute("UPDATE daily_snapshots SET run = 99 WHERE learner_id = ANY($1::uuid[])", made)
        await sweep(held, NOW, due_days=due_days, rows=rows)
        assert await taken(held) == whole


async def test_R22_four_at_once_take_what_one_takes(held: Resources) -> None:
    made = await learners(held, 12, range(1, 10))

    async def work_until_done() -> None:
        while await pending(held):
            await sweep(held, NOW, due_days=5)

    await asyncio.gather(*(work_until_done() for _ in range(4)))
    expected = {(NOW - days * DAY).date().isoformat() for days in range(1, 10)}
    first = await runs(held, made[0])
    assert first.keys() == expected
    assert first["2026-04-19"] == (9, 9, 9, 1)
    for learner_id in made[1:]:
        assert await runs(held, learner_id) == first


async def pending(held: Resources) -> bool:
    """Is anything left to do?"""
    async with held.database.pools.intake.acquire() as connection:
        found: bool = await connection.fetchval(
            "SELECT EXISTS (SELECT FROM activity_days WHERE dirty AND closes_at <= $1)", NOW
        )
        return found


async def test_while_one_worker_has_the_turn_another_leaves_it_alone(held: Resources) -> None:
    await learners(held, 3, [1])
    async with held.database.write() as first:
        swept = await snapshot_days_batch(first, held.policy, NOW, 2)
        assert (swept.learners, swept.more) == (2, True)
        async with held.database.write() as second:
            idle = await snapshot_days_batch(second, held.policy, NOW, 2)
            assert (idle.learners, idle.days, idle.more) == (0, 0, False)
    assert await sweep(held, NOW) == 1


async def test_R22_three_days_down_are_caught_up(held: Resources) -> None:
    (nightly,) = await learners(held, 1, [])
    (late,) = await learners(held, 1, [])
    for days_ago in (5, 4, 3, 2, 1):
        for learner_id in (nightly, late):
            await practise(held, learner_id, [days_ago])
        if days_ago > 3:
            await sweep(held, NOW - (days_ago - 1) * DAY)
    assert len(await taken(held, late)) == 2
    await sweep(held, NOW)
    assert list((await runs(held, late)).values()) == [(days, days, days, 0) for days in (1, 2, 3, 4, 5)]
    assert await runs(held, late) == await runs(held, nightly)


async def test_late_input_marks_its_day_and_everything_from_there_is_taken_again(held: Resources) -> None:
    (ada,) = await learners(held, 1, [1, 2, 4, 5])
    await sweep(held, NOW)
    assert [run for _, run, _, _ in (await runs(held, ada)).values()] == [1, 2, 1, 2]
    await practise(held, ada, [3])
    assert await dirty_days(held, ada) == ["2026-04-17"]
    assert await sweep(held, NOW) == 3
    assert list((await runs(held, ada)).values()) == [(days, days, days, 0) for days in (1, 2, 3, 4, 5)]


async def test_what_comes_during_a_sweep_stays_marked(held: Resources) -> None:
    (ada,) = await learners(held, 1, [1, 2])
    async with held.database.write() as connection:
        await snapshot_days_batch(connection, held.policy, NOW)
        late = asyncio.create_task(practise(held, ada, [3]))
        again = asyncio.create_task(held.progress.record(SERVICE, [second_of_yesterday(ada)], NOW))
        await somebody_waits(held)
        assert not again.done(), "yesterday's row is the sweep's until it commits"
    await asyncio.gather(late, again)
    assert await dirty_days(held, ada) == ["2026-04-17", "2026-04-19"]
    await sweep(held, NOW)
    assert await runs(held, ada) == {
        "2026-04-17": (1, 1, 1, 0),
        "2026-04-18": (2, 2, 2, 0),
        "2026-04-19": (4, 3, 3, 0),
    }


WAITING = "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"


async def somebody_waits(held: Resources) -> None:
    """Until a writer waits for a row that another holds."""
    async with held.database.pools.intake.acquire() as connection:
        for _ in range(3_000):
            if await connection.fetchval(WAITING):
                return
            await asyncio.sleep(0.01)
    raise AssertionError("nobody waits")


async def test_an_excuse_that_comes_during_a_sweep_leaves_a_mark(held: Resources) -> None:
    (ada,) = await learners(held, 1, [1, 2])

    async def excuse_tomorrow() -> None:
        async with held.database.write() as connection:
            await lock_learners(connection, [ada])
            await connection.execute(
                "INSERT INTO streak_excuses (learner_id, excuse_id, kind, first_day, last_day, created_by, created_at) "
                "VALUES ($1, $2, 'pause', '2026-04-21', '2026-04-22', 'root', $3)",
                *(ada, uuid4(), NOW),
            )
            await mark_snapshots_stale(connection, ada, date(2026, 4, 21))

    async with held.database.write() as connection:
        await snapshot_days_batch(connection, held.policy, NOW)
        coming = asyncio.create_task(excuse_tomorrow())
        await somebody_waits(held)
    await coming
    assert "2026-04-19" in await dirty_days(held, ada)
    await sweep(held, NOW)
    assert (await taken(held, ada))[-1]["alive_through"] == date(2026, 4, 20)


async def end_outage(held: Resources, starts_at: datetime, ends_at: datetime) -> None:
    """An outage for everyone that is over and known."""
    async with held.database.write() as connection:
        await connection.execute(
            "INSERT INTO outages (id, starts_at, ends_at, state, reason, activation, created_at) "
            "VALUES ($1, $2, $3, 'active', '', 1, $3)",
            *(uuid4(), starts_at, ends_at),
        )


async def settle_in(held: Resources, learner_id: UUID, zone: str) -> None:
    """The learner's one zone, known before anything else."""
    async with held.database.write() as connection:
        await connection.execute(
            "INSERT INTO learner_zones (learner_id, valid_from, zone, source, created_at) "
            "VALUES ($1, '-infinity', $2, 'claim', $3)",
            *(learner_id, zone, NOW),
        )


async def get_a_badge(held: Resources, learner_id: UUID, days_ago: int) -> None:
    """An activity that meets no day."""
    given = Activity(verb="earned", object_type="badge", occurred_at=NOW - days_ago * DAY)
    await held.progress.record(SERVICE, [SentActivity(learner_id, f"b-{days_ago}", given)], NOW)


@pytest.mark.parametrize("due_days", [1, 1_000])
async def test_the_next_day_is_taken_as_all_days_are(held: Resources, due_days: int) -> None:
    """Days swept one by one, as they end, and all at once: gaps, freezes, days unmet, an outage, several zones."""
    await end_outage(held, NOW - 13 * DAY, NOW - 12 * DAY)
    days_ago = [*range(30, 14, -1), 11, 10, 8, 7, 4, 3, 2, 1]
    made = await learners(held, 4, [])
    for learner_id, zone in zip(made, ("", "Europe/Berlin", "Pacific/Apia", "America/Lima"), strict=True):
        if zone:
            await settle_in(held, learner_id, zone)
    for number in days_ago:
        for learner_id in made:
            await practise(held, learner_id, [number])
        await get_a_badge(held, made[0], number - 1)
        await sweep(held, NOW - (number - 1) * DAY, due_days=due_days)
    one_by_one = [await taken(held, learner_id) for learner_id in made]
    # Three dates lay between the 15th day ago and the 11th: the outage touched two, a freeze covered the other.
    assert (await runs(held, made[1]))["2026-04-19"][1:3] == (4, 20)
    async with held.database.write() as connection:
        await connection.execute("DELETE FROM daily_snapshots; UPDATE activity_days SET dirty = true")
    await sweep(held, NOW)
    assert [await taken(held, learner_id) for learner_id in made] == one_by_one
    async with held.database.write() as connection:
        await connection.execute("DELETE FROM outages")


def second_of_yesterday(learner_id: UUID) -> SentActivity:
    """One more exercise on the day before."""
    return SentActivity(learner_id, "more", Activity(verb="completed", object_type="exercise", occurred_at=NOW - DAY))


async def test_a_rebuilt_learner_gets_the_same_snapshots_again(held: Resources) -> None:
    (ada,) = await learners(held, 1, [1, 2, 3, 6])
    await sweep(held, NOW)
    before = await taken(held, ada)
    async with held.database.write() as connection:
        await lock_learners(connection, [ada])
        await rebuild_learners(connection, [ada], held.policy, NOW)
    assert len(await dirty_days(held, ada)) == 4
    assert await sweep(held, NOW) == 4
    assert await taken(held, ada) == before


@pytest.mark.parametrize(("voided", "left"), [(1, [2, 3]), (2, [1, 3]), (3, [1, 2])])
async def test_a_day_that_is_gone_has_no_snapshot(held: Resources, voided: int, left: list[int]) -> None:
    (ada,) = await learners(held, 1, [1, 2, 3])
    await sweep(held, NOW)
    async with held.database.write() as connection:
        await void_activity(connection, (ada, "exercises", f"e-{voided}"), "admin", held.policy, NOW)
    await sweep(held, NOW)
    assert set(await runs(held, ada)) == {(NOW - days * DAY).date().isoformat() for days in left}


async def test_nothing_is_left_of_a_learner_who_took_back_everything(held: Resources) -> None:
    (ada,) = await learners(held, 1, [2])
    await sweep(held, NOW)
    async with held.database.write() as connection:
        await void_activity(connection, (ada, "exercises", "e-2"), "admin", held.policy, NOW)
    await sweep(held, NOW)
    assert await taken(held, ada) == []


async def test_an_excuse_marks_the_first_run_that_reaches_it(held: Resources) -> None:
    # Eight days met earn a freeze; it is the thirteenth that ends the run.
    (ada,) = await learners(held, 1, [1, *range(9, 17), 30])
    await sweep(held, NOW)
    assert (await runs(held, ada))["2026-04-19"] == (10, 1, 8, 0)
    async with held.database.write() as connection:
        await lock_learners(connection, [ada])
        await connection.execute(
            "INSERT INTO streak_excuses (learner_id, excuse_id, kind, first_day, last_day, created_by, created_at) "
            "VALUES ($1, $2, 'restore', '2026-04-12', '2026-04-18', 'root', $3)",
            ada,
            uuid4(),
            NOW,
        )
        await mark_snapshots_stale(connection, ada, date(2026, 4, 12))
    # A day later the tenth had its freeze already: its run stood through the twelfth, and so did the eleventh's.
    assert await dirty_days(held, ada) == ["2026-04-10"]
    await sweep(held, NOW)
    assert (await runs(held, ada))["2026-04-19"] == (10, 9, 9, 1)
    async with held.database.write() as connection:
        await mark_snapshots_stale(connection, ada, date(2026, 4, 22))
    assert await dirty_days(held, ada) == []


async def test_a_changed_policy_reaches_snapshots_too(held: Resources) -> None:
    (ada,) = await learners(held, 1, [1, *range(3, 11)])
    await sweep(held, NOW)
    assert (await runs(held, ada))["2026-04-19"] == (9, 9, 9, 0)
    other = replace(held.policy, streak=replace(held.policy.streak, freeze_every_days=1_000))
    for policy, expected in ((other, (9, 1, 8, 0)), (held.policy, (9, 9, 9, 0))):
        more = True
        while more:
            async with held.database.write() as connection:
                more = await apply_policy_batch(connection, policy, NOW)
        swept = True
        while swept:
            async with held.database.write() as connection:
                swept = (await snapshot_days_batch(connection, policy, NOW)).more
        assert (await runs(held, ada))["2026-04-19"] == expected


async def test_R22_a_clock_set_back_over_midnight_leaves_no_snapshot_behind(held: Resources) -> None:
    """The nineteenth was taken; then the clock says it is still going on, and the fourteenth comes late."""
    (ada,) = await learners(held, 1, [1, 2])
    await sweep(held, NOW)
    await practise(held, ada, [6])
    await sweep(held, datetime(2026, 4, 19, 22, 30, tzinfo=UTC))
    assert await dirty_days(held, ada) == []
    assert await runs(held, ada) == {
        "2026-04-14": (1, 1, 1, 0),
        "2026-04-18": (2, 1, 1, 0),
        "2026-04-19": (3, 2, 2, 0),
    }
