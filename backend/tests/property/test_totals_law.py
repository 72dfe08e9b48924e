"""Whatever is recorded, late or not, voided, rebuilt and totalled in any order: the sums of any window, read from
running totals and the cells around them, equal a naive count over the log, and mastery is that of the days themselves.
"""

import random
from collections.abc import AsyncIterator, Mapping
from datetime import UTC, date, datetime, timedelta
from uuid import UUID, uuid4

import asyncpg
import pytest
from hypothesis import HealthCheck, given, settings, strategies

from milepost.db.learner_row import lock_learners
from milepost.queries.insight.activity_summary import activity_summary, points_breakdown, practice_balance
from milepost.queries.insight.statistics import PartSums, all_time_statistics, statistics
from milepost.queries.mastery.grades import learner_grades
from milepost.resources import Resources, open_resources
from milepost.rules.activities import EXERCISE, GRADED, Activity
from milepost.rules.days.periods import Days, days_before, last_days
from milepost.rules.insight.engagement import Effort
from milepost.rules.mastery.eases import DayEase
from milepost.rules.mastery.estimate import WINDOW_DAYS, DaySums, estimate
from milepost.services.activities.outcome import Sender, SentActivity
from milepost.services.projections.refill import rebuild_learners
from milepost.services.projections.running_totals import take_totals_batch
from milepost.services.rebuild.check import differences
from milepost.settings import Settings
from support.clock import AdjustableClock

NOW = datetime(2026, 4, 20, 18, 30, tzinfo=UTC)
TODAY = NOW.date()
MAX_DAYS_AGO = 12
SERVICE = Sender("exercises", "service")

_LOG = """
SELECT local_day, object_type, topic, path, difficulty, coalesce(duration_seconds, 0), points, counts, value_milli
FROM activities WHERE learner_id = $1 AND voided_at IS NULL
"""
_GRADES = """
SELECT topic, local_day, value_milli, typical_milli FROM activities
WHERE learner_id = $1 AND voided_at IS NULL AND counts & $2 <> 0 ORDER BY local_day
"""


@pytest.fixture(scope="module")
async def service(settings: Settings) -> AsyncIterator[Resources]:
    """The service without HTTP, on this module's database."""
    opened = await open_resources(settings, AdjustableClock(NOW))
    yield opened
    await opened.close()


class Life:
    """One learner and the steps it can take."""

    def __init__(self, service: Resources, seed: int) -> None:
        self.service, self.chance = service, random.Random(seed)
        self.learner_id = uuid4()
        self.ids: list[str] = []

    async def practise(self, oldest: int, newest: int = 0) -> None:
        """Record up to a hundred activities of some days; many have a cell of their own."""
        batch = []
        for _ in range(self.chance.randint(1, 100)):
            activity = Activity(
                verb="completed",
                object_type=self.chance.choice(["exercise", "exercise", "quiz", "lesson"]),
                occurred_at=NOW - timedelta(days=self.chance.randint(newest, oldest)),
                topic=self.chance.choice([None, *"abcdefgh"]),
                path=self.chance.choice([None, "one", "two"]),
                difficulty=self.chance.choice([None, "easy", "hard"]),
                duration_seconds=self.chance.choice([None, 59, 60]),
                points=self.chance.choice([0, 3]),
                value_milli=self.chance.choice([None, 0, 59_999, 100_000]),
            )
            self.ids.append(f"a-{len(self.ids)}")
            batch.append(SentActivity(self.learner_id, self.ids[-1], activity))
        await self.service.progress.record(SERVICE, batch, NOW)

    async def take_back(self) -> None:
        """Void one activity."""
        if self.ids:
            activity_id = self.chance.choice(self.ids)
            await self.service.progress.void(self.learner_id, SERVICE.name, activity_id, "service", NOW)

    async def rebuild(self) -> None:
        """Rebuild the learner, as an operator does."""
        async with self.service.database.write() as connection:
            await lock_learners(connection, [self.learner_id])
            await rebuild_learners(connection, [self.learner_id], self.service.policy, NOW)

    async def take_totals(self) -> None:
        """Run the job, which reads the cells of about a day, or all of them, at a time."""
        at_once = self.chance.choice([80, 50_000])
        some = 1
        while some:
            async with self.service.database.write() as connection:
                some = await take_totals_batch(connection, at_once)

    async def step(self, name: str) -> None:
        """Take the step of that name."""
        if name == "totals":
            await self.take_totals()
        elif name == "void":
            await self.take_back()
        elif name == "rebuild":
            await self.rebuild()
        elif name == "long ago":
            await self.practise(WINDOW_DAYS + 3, WINDOW_DAYS - 4)
        else:
            await self.practise({"today": 0, "lately": 3, "late": MAX_DAYS_AGO}[name])


STEPS = strategies.lists(
    strategies.sampled_from(
        ["today", "lately", "late", "late", "long ago", "totals", "totals", "totals", "void", "rebuild"]
    ),
    min_size=2,
    max_size=9,
)


async def naive(connection: asyncpg.Connection, learner_id: UUID, days: Days) -> Mapping[str, dict[str, list[int]]]:
    """By label and name, counted one by one: activities, seconds, points, exercises, graded ones, sum of grades."""
    found: dict[str, dict[str, list[int]]] = {"object_type": {}, "topic": {}, "path": {}, "difficulty": {}}
    for day, object_type, topic, path, difficulty, seconds, points, counts, grade in await connection.fetch(
        _LOG, learner_id
    ):
        if days.first <= day <= days.last:
            graded = int(bool(counts & GRADED))
            amounts = (1, seconds, points, int(bool(counts & EXERCISE)), graded, grade if graded else 0)
            for label, name in zip(found, (object_type, topic, path, difficulty), strict=True):
                sums = found[label].setdefault(name, [0] * 6)
                for place, amount in enumerate(amounts):
                    sums[place] += amount
    return found


async def check_window(connection: asyncpg.Connection, learner_id: UUID, first: date, last: date) -> None:
    days = Days(first, last)
    wanted = await naive(connection, learner_id, days)
    efforts = {
        label: {name: Effort(*sums[:2]) for name, sums in names.items() if name} for label, names in wanted.items()
    }
    assert dict((await activity_summary(connection, learner_id, days)).types) == efforts["object_type"]
    points = await points_breakdown(connection, learner_id, days)
    for label, found in (("object_type", points.by_type), ("topic", points.by_topic), ("path", points.by_path)):
        assert dict(found) == {name: sums[2] for name, sums in wanted[label].items() if sums[2]}
    by_path = await practice_balance(connection, learner_id, "path", days)
    assert {name: effort for name, effort in by_path if effort.activities} == efforts["path"]
    of_days = await statistics(connection, learner_id, days, days_before(days), days)
    for label, parts in (("topic", of_days.topics), ("difficulty", of_days.difficulties)):
        assert dict(parts) == parts_of(wanted[label])


async def check_everything(connection: asyncpg.Connection, learner_id: UUID) -> None:
    wanted = await naive(connection, learner_id, Days(date.min, date.max))
    found = await all_time_statistics(connection, learner_id, last_days(7, TODAY))
    assert dict(found.topics) == parts_of(wanted["topic"])
    assert dict(found.difficulties) == parts_of(wanted["difficulty"])


async def check_mastery(connection: asyncpg.Connection, learner_id: UUID) -> None:
    """Estimates are those of the days themselves."""
    topics: dict[str, list[DaySums]] = {}
    for topic, day, grade, typical in await connection.fetch(_GRADES, learner_id, GRADED):
        weight = 1 if grade in (0, 100_000) else 6
        topics.setdefault(topic, []).append(DaySums(day, 1, weight, weight * grade, weight * typical))
    of_learner = sorted(sums for days in topics.values() for sums in days)
    found = await learner_grades(connection, learner_id, TODAY)
    wanted = {
        topic: estimate(days, of_learner, TODAY, DayEase(None, None).topic) for topic, days in topics.items() if topic
    }
    masteries = {topic: found.mastery(topic) for topic in wanted}
    assert {topic: mastery and mastery.estimate for topic, mastery in masteries.items()} == wanted
    fresh = [sums._replace(day=TODAY) for sums in of_learner if TODAY - sums.day < timedelta(days=WINDOW_DAYS)]
    for topic, mastery in found.masteries().items():
        days = [sums for sums in topics[topic] if TODAY - sums.day < timedelta(days=WINDOW_DAYS)]
        of_today = estimate([sums._replace(day=TODAY) for sums in days], fresh, TODAY, DayEase(None, None).topic)
        assert of_today is not None
        assert (mastery.fresh_estimate, mastery.last_practised_on) == (of_today.estimate, days[-1].day)


def parts_of(names: Mapping[str, list[int]]) -> dict[str, PartSums]:
    """The sums in the form that statistics return."""
    return {name: PartSums(sums[3], sums[4], sums[5], sums[1]) for name, sums in names.items() if name}


@settings(
    max_examples=40,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
@given(steps=STEPS, seed=strategies.integers(0, 2**32))
async def test_windows_are_what_a_naive_count_gives(service: Resources, steps: list[str], seed: int) -> None:
    life = Life(service, seed)
    for name in steps:
        await life.step(name)
        async with service.database.pools.intake.acquire() as connection:
            for _ in range(4):
                ends = sorted(life.chance.randint(-1, MAX_DAYS_AGO + 1) for _ in range(2))
                first, last = (TODAY - timedelta(days=ago) for ago in reversed(ends))
                await check_window(connection, life.learner_id, first, last)
            await check_everything(connection, life.learner_id)
            await check_mastery(connection, life.learner_id)
            assert await differences(connection, [life.learner_id], service.policy, "running_totals") == []
