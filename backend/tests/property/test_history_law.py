"""The history before a sweep, the history after it and a naive count are equal, for any order of input and sweeps."""

from collections.abc import AsyncIterator, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import HealthCheck, given, settings, strategies
from quart.typing import TestClientProtocol as Client

from milepost.db.learner_row import lock_learners
from milepost.resources import Resources, open_resources
from milepost.services.history.snapshots import mark_snapshots_stale
from milepost.settings import Settings
from support.builders import exercise, new_learner
from support.callers import Caller, Json, service
from support.clock import AdjustableClock
from support.snapshots import dirty_days, stored_snapshots, sweep

NOW = datetime(2026, 4, 20, 18, 30, tzinfo=UTC)
TODAY = NOW.date()
DAYS = 70
# Seven met days earn a freeze; at most two are held.
FREEZE_EVERY, FREEZE_CAP = 7, 2

GradesByDay = dict[date, list[int]]


@pytest.fixture(scope="module")
async def resources(settings: Settings, module_clock: AdjustableClock) -> AsyncIterator[Resources]:
    """The resources that the sweep uses."""
    module_clock.set(NOW)
    opened = await open_resources(settings, module_clock)
    yield opened
    await opened.close()


def ago(days: int) -> date:
    """The date this many days before today."""
    return TODAY - timedelta(days=days)


def naive(grades_by_day: Mapping[date, list[int]], excused: set[date]) -> list[dict[str, Any]]:
    """Every date counted from scratch: grades by day, then the streak as a credit of 1/7 freeze per met day."""
    shown = []
    for days in range(DAYS - 1, -1, -1):
        day = ago(days)
        so_far = [grade for other, grades in grades_by_day.items() if other <= day for grade in grades]
        run = longest = credit = missed = 0
        walk = min(grades_by_day, default=day)
        while walk < day:
            if walk in grades_by_day:
                run, longest, credit, missed = _met(run, longest, credit, missed)
            elif walk not in excused:
                missed += 1
            walk += timedelta(days=1)
        if day in grades_by_day:
            run, longest, credit, missed = _met(run, longest, credit, missed)
        shown.append(
            {
                "snapshot_date": day.isoformat(),
                "exercises_completed": len(so_far),
                "exercises_today": len(grades_by_day.get(day, [])),
                "average_grade": _average(so_far),
                "average_grade_today": _average(grades_by_day.get(day, [])),
                "current_streak": run if missed <= credit // FREEZE_EVERY else 0,
                "longest_streak": longest,
            }
        )
    return shown


def _met(run: int, longest: int, credit: int, missed: int) -> tuple[int, int, int, int]:
    if missed > credit // FREEZE_EVERY:
        run = credit = missed = 0
    run, credit = run + 1, min(credit - FREEZE_EVERY * missed + 1, FREEZE_EVERY * FREEZE_CAP)
    return run, max(longest, run), credit, 0


def _average(grades: list[int]) -> float | None:
    return sum(grades) * 100 // len(grades) / 100 if grades else None


async def shown(ada: Caller, grades_by_day: GradesByDay, excused: set[date]) -> Json:
    """The history that the API shows, which must equal the naive one."""
    history = (await ada.get("/progress/history", days=DAYS)).ok()
    expected = naive(grades_by_day, excused)
    assert [
        {name: day[name] for name in values} for day, values in zip(history["days"], expected, strict=True)
    ] == expected
    return history


async def forget_answers(resources: Resources, ada: Caller) -> None:
    """Raise the revision, because otherwise the cached answer would be sent again."""
    async with resources.database.pools.intake.acquire() as connection:
        await connection.execute(
            "UPDATE learners SET revision = revision + 1 WHERE learner_id = $1", UUID(ada.learner_id)
        )


async def excuse(resources: Resources, ada: Caller, first: date, last: date) -> None:
    """Store an excuse the way a pause does."""
    learner_id = UUID(ada.learner_id)
    async with resources.database.write() as connection:
        await lock_learners(connection, [learner_id])
        await connection.execute(
            "INSERT INTO streak_excuses (learner_id, excuse_id, kind, first_day, last_day, created_by, created_at) "
            "VALUES ($1, $2, 'pause', $3, $4, 'root', $5)",
            *(learner_id, uuid4(), first, last, NOW),
        )
        await connection.execute(
            "UPDATE learners SET days_revision = days_revision + 1, revision = revision + 1 WHERE learner_id = $1",
            learner_id,
        )
        await mark_snapshots_stale(connection, learner_id, first, NOW)


steps = strategies.lists(
    strategies.one_of(
        # Most days of a stretch, so that runs are long enough to earn freezes.
        strategies.tuples(
            strategies.just("practise"),
            strategies.integers(0, DAYS - 1),
            strategies.lists(strategies.sampled_from([0, 0, 0, 0, 0, 0, 1, 1, 2, 3]), min_size=1, max_size=25),
        ),
        strategies.tuples(strategies.just("excuse"), strategies.integers(-5, DAYS - 1), strategies.integers(0, 6)),
        strategies.tuples(strategies.just("sweep"), strategies.integers(0, 20), strategies.integers(1, 50)),
    ),
    min_size=2,
    max_size=7,
)


@settings(
    max_examples=60,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
@given(steps=steps)
async def test_R08_before_the_sweep_after_it_and_counted_from_nothing(
    client: Client, resources: Resources, clock: AdjustableClock, steps: list[tuple[str, int, Any]]
) -> None:
    clock.set(NOW)
    ada, teacher = Caller(client, new_learner()), service(client)
    grades_by_day: GradesByDay = {}
    excused: set[date] = set()
    for kind, number, detail in steps:
        if kind == "practise":
            await practise(teacher, ada, grades_by_day, number, detail)
        elif kind == "excuse":
            first, last = ago(number), ago(number - detail)
            await excuse(resources, ada, first, last)
            excused |= {first + timedelta(days=days) for days in range(detail + 1)}
        else:
            await sweep(resources, NOW - timedelta(days=number), due_days=detail)
        await shown(ada, grades_by_day, excused)
    before = await shown(ada, grades_by_day, excused)
    await sweep(resources, NOW)
    await forget_answers(resources, ada)
    assert await shown(ada, grades_by_day, excused) == before
    learner_id = UUID(ada.learner_id)
    before_rebuild = await stored_snapshots(resources, learner_id)
    assert [row["day"] for row in before_rebuild] == sorted(day for day in grades_by_day if day < TODAY)
    assert await dirty_days(resources, learner_id) == [TODAY.isoformat()] * (TODAY in grades_by_day)
    async with resources.database.pools.intake.acquire() as connection:
        await connection.execute("DELETE FROM daily_snapshots WHERE learner_id = $1", learner_id)
        await connection.execute("UPDATE activity_days SET dirty = true WHERE learner_id = $1", learner_id)
    await sweep(resources, NOW)
    assert await stored_snapshots(resources, learner_id) == before_rebuild


async def practise(teacher: Caller, ada: Caller, grades_by_day: GradesByDay, first_ago: int, skips: list[int]) -> None:
    """An exercise on a day, then on the next after each skip, until today; grades differ."""
    exercises, days_ago = [], first_ago
    for skip in skips:
        days_ago -= skip + 1
        if days_ago < 0:
            break
        day, grade = ago(days_ago), (days_ago * 37) % 101
        grades_by_day.setdefault(day, []).append(grade)
        exercises.append(exercise(datetime(day.year, day.month, day.day, 9, tzinfo=UTC), value=grade))
    if exercises:
        await teacher.record_all(*exercises, learner_id=ada.subject)
