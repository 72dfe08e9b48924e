"""Goals against a naive count: whatever a learner does, plans or undoes, in any order, every period matches the raw
activities and tasks and is judged by the wish of its last day, a target once reached stays met, and stored closed
periods are correct.
"""

import random
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from typing import Any
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import pytest

from milepost.queries.goals.goals import stored_goal
from milepost.queries.goals.progress import goal_periods
from milepost.queries.planner.plans import Slot
from milepost.resources import Resources, open_resources
from milepost.rules.activities import Activity
from milepost.rules.days.periods import Days
from milepost.rules.goals import Goal, TargetType, TimePeriod
from milepost.rules.learners import SENDER
from milepost.services.activities.outcome import Sender, SentActivity
from milepost.services.goals.goals import GoalDraft, archive_goal, change_goal, create_goal
from milepost.services.goals.sweeps import close_periods_batch, record_open_periods_batch
from milepost.services.planner.categories import CategoryPlan
from milepost.services.planner.tasks import TaskPlan
from milepost.services.rebuild.check import differences
from milepost.settings import Settings
from support.clock import AdjustableClock

SERVICE = Sender("exercises", "service")
BEGINNING = datetime(2026, 3, 26, 15, tzinfo=UTC)  # a Thursday; the clocks of Berlin change on Sunday
DAY, HOUR, MINUTE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)
KINDS = ("exercise", "session", "task")
TOPICS = (None, "loops")
WISHES: list[tuple[TargetType, TimePeriod, int, str]] = [
    ("minutes", "daily", 60, ""),
    ("minutes", "weekly", 90, "loops"),
    ("minutes", "weekly", 120, "work"),
    ("minutes", "daily", 60, "uncategorised"),
    ("percentage", "daily", 50, ""),
    ("percentage", "weekly", 100, "work"),
    ("task_count", "weekly", 2, "uncategorised"),
    ("task_count", "weekly", 2, ""),
    ("exercises", "daily", 2, ""),
    ("points", "monthly", 30, "loops"),
    ("active_days", "weekly", 3, ""),
]
WEIGHTS = {"act": 6, "plan": 3, "complete": 4, "reopen": 1, "void": 2, "advance": 5, "sweep": 2, "move": 1}
WEIGHTS |= {"retarget": 4, "archive": 2, "revive": 2}


def operations(seed: int, count: int) -> Iterator[tuple[str, tuple[Any, ...]]]:
    """Operations of a learner in order, with the creation of goals in between."""
    chance = random.Random(seed)
    wishes = chance.sample(WISHES, len(WISHES))
    names = ["wish"] * len(wishes) + chance.choices(list(WEIGHTS), list(WEIGHTS.values()), k=count)
    head = names[: len(wishes) // 2]
    rest = names[len(wishes) // 2 :]
    chance.shuffle(rest)
    for name in head + rest:
        if name == "wish":
            yield name, (wishes.pop(),)
        elif name == "act":
            yield name, (chance.randrange(3), chance.randrange(2), chance.randrange(70), chance.randrange(90))
        elif name == "plan":
            yield name, (chance.randint(-30, 60), chance.randint(5, 150), chance.random() < 0.6)
        elif name == "retarget":
            yield name, (chance.random(), chance.choice((0.5, 0.8, 1, 2)))
        elif name in ("archive", "revive"):
            yield name, (chance.random(),)
        else:
            yield (
                name,
                {"complete": (chance.random(),), "reopen": (chance.random(),), "void": (chance.random(),)}.get(
                    name, (chance.randint(1, 40),) if name == "advance" else ()
                ),
            )


@pytest.fixture(scope="module")
def life_clock() -> AdjustableClock:
    """The clock of the service."""
    return AdjustableClock(BEGINNING)


@pytest.fixture(scope="module")
async def resources(settings: Settings, life_clock: AdjustableClock) -> AsyncIterator[Resources]:
    """The service without HTTP."""
    opened = await open_resources(settings, life_clock)
    yield opened
    await opened.close()


@dataclass
class Life:
    """A learner, its plans, and every period in which it ever reached a goal.

    `wishes`: by goal the days on which the learner said what it wants, in order, each with the target (None: archived).
    """

    resources: Resources
    clock: AdjustableClock
    learner_id: UUID = field(default_factory=uuid4)
    work: UUID = field(default_factory=uuid4)
    zone: str = "UTC"
    goals: list[Goal] = field(default_factory=list)
    tasks: list[UUID] = field(default_factory=list)
    wishes: dict[UUID, list[tuple[date, int | None]]] = field(default_factory=dict)
    closed: set[tuple[UUID, date]] = field(default_factory=set)
    reached: set[tuple[UUID, date]] = field(default_factory=set)

    async def begin(self) -> None:
        await self.resources.planner.create_category(self.learner_id, self.work, CategoryPlan("Work"), self.clock.now())

    async def wish(self, wished: tuple[TargetType, TimePeriod, int, str]) -> None:
        target_type, time_period, target, of = wished
        categories = {"work": str(self.work), "uncategorised": "uncategorised"}
        category, topic = (categories[of], "") if of in categories else (None, of)
        draft = GoalDraft("x", target_type, time_period, target, category, topic)
        async with self.resources.database.write() as connection:
            made = await create_goal(
                connection, self.learner_id, uuid4(), draft, self.resources.policy, self.clock.now()
            )
        self.goals.append(made.goal)
        self.wishes[made.goal.goal_id] = [(self.today, target)]

    @property
    def today(self) -> date:
        return self.day(self.clock.now())

    def wished_on(self, goal: Goal, day: date) -> int | None:
        """The last target wished for by the end of a day; None before the first, and while the goal is archived."""
        target = None
        for wished_on, wished in self.wishes[goal.goal_id]:
            if wished_on <= day:
                target = wished
        return target

    async def retarget(self, which: float, factor: float) -> None:
        """Change the target of a goal, or revive it with another one."""
        goal = self.goals[int(which * len(self.goals))]
        await self.change(goal, max(int(goal.target_value * factor), 1))

    async def revive(self, which: float) -> None:
        """Bring an archived goal back with the target of its creation."""
        archived = [goal for goal in self.goals if self.wished_on(goal, self.today) is None]
        if archived:
            goal = archived[int(which * len(archived))]
            await self.change(goal, goal.target_value)

    async def change(self, goal: Goal, target: int) -> None:
        most = {"percentage": 100, "active_days": 7}.get(goal.target_type, target)
        target = min(target, most)
        draft = GoalDraft("y", goal.target_type, goal.time_period, target, goal.category_id, goal.topic)
        async with self.resources.database.write() as connection:
            await change_goal(connection, self.learner_id, goal.goal_id, draft, self.resources.policy, self.clock.now())
        self.wishes[goal.goal_id].append((self.today, target))

    async def archive(self, which: float) -> None:
        goal = self.goals[int(which * len(self.goals))]
        async with self.resources.database.write() as connection:
            await archive_goal(connection, self.learner_id, goal.goal_id, self.resources.policy, self.clock.now())
        self.wishes[goal.goal_id].append((self.today, None))

    async def act(self, kind: int, topic: int, hours_ago: int, minutes: int) -> None:
        at = self.clock.now() - hours_ago * HOUR
        seconds = minutes * 60 + 31
        activity = Activity(
            verb="completed", object_type=KINDS[kind], topic=TOPICS[topic], occurred_at=at, duration_seconds=seconds
        )
        await self.resources.progress.record(
            SERVICE, [SentActivity(self.learner_id, str(uuid4()), activity)], self.clock.now()
        )

    async def plan(self, hours_ahead: int, minutes: int, is_work: bool) -> None:
        start = self.clock.now().replace(minute=0) + hours_ahead * HOUR
        slots = [Slot(start, start + minutes * MINUTE), Slot(start + 5 * MINUTE, start + 10 * MINUTE)]
        plan = TaskPlan("t", self.work if is_work else None, None, None, slots)
        self.tasks.append(uuid4())
        await self.resources.planner.create_task(self.learner_id, self.tasks[-1], plan, self.clock.now())

    async def complete(self, which: float) -> None:
        if self.tasks:
            chosen = self.tasks[int(which * len(self.tasks))]
            await self.resources.planner.complete_task(self.learner_id, chosen, None, SERVICE, self.clock.now())

    async def reopen(self, which: float) -> None:
        if self.tasks:
            chosen = self.tasks[int(which * len(self.tasks))]
            await self.resources.planner.reopen_task(self.learner_id, chosen, self.clock.now())

    async def void(self, which: float) -> None:
        rows = await self.rows("SELECT id FROM activities WHERE learner_id = $1 AND sender = 'exercises' ORDER BY id")
        if rows:
            chosen = rows[int(which * len(rows))]["id"]
            await self.resources.progress.void(self.learner_id, "exercises", chosen, "service", self.clock.now())

    async def advance(self, hours: int) -> None:
        self.clock.advance(hours=hours)

    async def sweep(self) -> None:
        for batch in (close_periods_batch, record_open_periods_batch):
            more = True
            while more:
                async with self.resources.database.write() as connection:
                    more = (await batch(connection, self.resources.policy, self.clock.now())).more

    async def move(self) -> None:
        """The zone becomes known, and past days are reassigned."""
        if self.zone == "UTC":
            self.zone = "Europe/Berlin"
            await self.resources.progress.change_me(self.learner_id, self.clock.now(), self.zone)

    async def rows(self, statement: str) -> list[dict[str, Any]]:
        async with self.resources.database.pools.intake.acquire() as connection:
            return [dict(row) for row in await connection.fetch(statement, self.learner_id)]

    def day(self, instant: datetime) -> date:
        return instant.astimezone(ZoneInfo(self.zone)).date()


async def naive(life: Life) -> dict[tuple[UUID, date], tuple[Days, Fraction | None]]:
    """The amount achieved in every period of every goal since its creation, counted minute by minute from raw rows."""
    activities = await life.rows("SELECT * FROM activities WHERE learner_id = $1 AND voided_at IS NULL")
    tasks = await life.rows("SELECT * FROM tasks WHERE learner_id = $1")
    slots = await life.rows("SELECT * FROM task_slots WHERE learner_id = $1")
    minutes: dict[UUID, set[datetime]] = {}
    for slot in slots:
        minutes.setdefault(slot["task_id"], set()).update(every_minute(slot["starts_at"], slot["ends_at"]))
    periods = {}
    for goal in life.goals:
        days = goal.period_of(goal.created_on)
        while days.first <= life.day(life.clock.now() + 10 * DAY):
            periods[goal.goal_id, days.first] = (days, achieved(life, goal, days, activities, tasks, minutes))
            days = goal.period_of(days.last + DAY)
    return periods


def every_minute(start: datetime, end: datetime) -> Iterator[datetime]:
    while start < end:
        yield start
        start += MINUTE


def achieved(
    life: Life,
    goal: Goal,
    days: Days,
    activities: list[dict[str, Any]],
    tasks: list[dict[str, Any]],
    minutes: dict[UUID, set[datetime]],
) -> Fraction | None:
    def within(instant: datetime) -> bool:
        return days.first <= life.day(instant) <= days.last

    done = [row for row in activities if within(row["occurred_at"]) and goal.topic in ("", row["topic"])]
    planned = [task for task in tasks if goal.category_id in (None, str(task["category_id"] or "uncategorised"))]
    scheduled = completed = 0
    for task in planned:
        count = sum(map(within, minutes[task["task_id"]]))
        scheduled += count
        completed += count if task["completed_at"] is not None else 0
    seconds = sum(row["duration_seconds"] or 0 for row in done if row["object_type"] != "task")
    match goal.target_type:
        case "minutes" if goal.category_id is not None:
            return Fraction(completed)
        case "minutes":
            return Fraction(seconds // 60 + (0 if goal.topic else completed))
        case "percentage":
            return Fraction(100 * completed, scheduled) if scheduled else None
        case "task_count":
            return Fraction(sum(task["completed_at"] is not None and within(task["completed_at"]) for task in planned))
        case "exercises":
            # What the service records itself, such as a completed task, is no exercise.
            return Fraction(sum(row["object_type"] != "session" and row["sender"] != SENDER for row in done))
        case "points":
            return Fraction(sum(row["points"] for row in done))
        case "active_days":
            return Fraction(len({life.day(row["occurred_at"]) for row in done}))


async def note_reached_periods(life: Life) -> None:
    """Growing targets as soon as they are reached, percentages once their period is closed.

    A goal that is archived now only reaches what is closed in this step.
    """
    rows = await life.rows("SELECT * FROM goal_periods WHERE learner_id = $1 AND closed_at IS NOT NULL")
    closed = {(row["goal_id"], row["period_start"]) for row in rows}
    by_id = {goal.goal_id: goal for goal in life.goals}
    for key, (days, done) in (await naive(life)).items():
        goal = by_id[key[0]]
        target = life.wished_on(goal, min(days.last, life.today))
        if done is None or target is None or done < target:
            continue
        is_archived = life.wished_on(goal, life.today) is None
        if key in closed - life.closed or (not is_archived and (goal.grows or key in closed)):
            life.reached.add(key)
    life.closed = closed


@pytest.mark.parametrize("seed", range(4))
async def test_every_period_stands_as_the_raw_rows_say(
    resources: Resources, life_clock: AdjustableClock, seed: int, long: bool
) -> None:
    for each in range(seed, 160 if long else seed + 1, 4):
        life_clock.set(BEGINNING)
        life = Life(resources, life_clock)
        await life.begin()
        for name, arguments in operations(each, 50):
            await getattr(life, name)(*arguments)
            await note_reached_periods(life)
        await life.sweep()
        await note_reached_periods(life)
        await check(life)


async def check(life: Life) -> None:
    expected, today = await naive(life), life.today
    async with life.resources.database.pools.intake.acquire() as connection:
        stored_goals = [await stored_goal(connection, life.learner_id, goal.goal_id) for goal in life.goals]
        by_id = {row.goal.goal_id: row.goal for row in stored_goals if row is not None}
        periods = [(by_id[goal_id], days) for (goal_id, _), (days, _) in expected.items()]
        shown = await goal_periods(connection, life.learner_id, periods, today)
        assert await differences(connection, [life.learner_id], life.resources.policy) == []
    over = set()
    for (key, (days, done)), period in zip(expected.items(), shown, strict=True):
        goal, progress = by_id[key[0]], period.progress
        target = life.wished_on(goal, min(days.last, today))
        assert progress.status == standing(life, goal, key, days, done), (period, life.wishes[key[0]])
        assert target in (None, progress.target), (period, life.wishes[key[0]])
        if target is not None and days.last < today:
            over.add(key)
        if goal.is_archived:
            continue  # what is closed stays as it was
        percent = float(100 * (done or 0) / progress.target)
        assert progress.value == int(done or 0), period
        assert progress.percent == pytest.approx(percent, abs=0.0101), period
        assert (progress.percent >= 100) == ((done or 0) >= progress.target), period
    stored = await life.rows("SELECT * FROM goal_periods WHERE learner_id = $1")
    met = {(row["goal_id"], row["period_start"]) for row in stored if row["met_at"]}
    assert met == life.reached
    (learner,) = await life.rows("SELECT goals_met FROM learners WHERE learner_id = $1")
    assert learner["goals_met"] == len(met)
    # What was met long ago is told in a digest.
    told = """
    SELECT sum(CASE kind WHEN 'goal_met' THEN 1 WHEN 'digest' THEN coalesce((body->'counts'->>'goals')::int, 0) END)
        AS goals FROM notices WHERE learner_id = $1
    """
    assert ((await life.rows(told))[0]["goals"] or 0) == len(met)
    assert {(row["goal_id"], row["period_start"]) for row in stored if row["closed_at"]} == over


def standing(life: Life, goal: Goal, key: tuple[UUID, date], days: Days, done: Fraction | None) -> str:
    """The status by the words of the rule."""
    target = life.wished_on(goal, min(days.last, life.today))
    if key in life.reached:
        return "achieved"
    if target is None or done is None:
        return "not_applicable"
    if days.last < life.today:
        return "missed"
    if done == 0:
        return "not_started"
    over = sum(days.first + number * DAY < life.today for number in range(len(days)))
    return "on_track" if done / target >= Fraction(over, len(days)) else "behind"
