"""What was told of a learner's runs equals what a walk day by day over its life would say.

Milestones, warnings and ends are compared with a naive count that knows no notices: only how long the streak is on a
day. Practice reaches the service on its day, a day late, or a stretch at once; rounds run in the evening and at night.
"""

import random
from datetime import date, datetime, timedelta
from uuid import UUID

import pytest
from quart.typing import TestClientProtocol as Client

from lives.life import POLICY
from milepost.jobs.sweeps import tell_of_streaks
from milepost.resources import Resources
from oracles import oracle
from support.builders import exercise, new_learner
from support.callers import Caller, service
from support.clock import START, AdjustableClock
from support.goals import fetch

DAY = timedelta(days=1)
FIRST = START.date()
MILESTONES = (3, 7, 14, 30, 50)
Told = dict[str, list[str]]


def current(day: date, met: list[date]) -> int:
    """The streak on a day, by the naive count, of days met by then."""
    length: int = oracle.streak_on(day, [at for at in met if at <= day], "UTC", POLICY, set())["current_streak"]
    return length


def walked(met: list[date], days: int) -> Told:
    """What a walk day by day over a life says: every milestone with its day, days at risk, and the ends of runs."""
    told: Told = {"streak_milestone": [], "streak_at_risk": [], "run_ended": []}
    for day in (FIRST + number * DAY for number in range(days)):
        before = [at for at in met if at < day]
        if before and current(day, before) == 0 and current(day - DAY, before) >= 2:
            told["run_ended"].append(before[-1].isoformat())
        if day in met:
            if current(day, met) in MILESTONES:
                told["streak_milestone"].append(f"{current(day, met)} {day}")
        elif current(day, before) >= 2 and current(day + DAY, before) == 0:
            told["streak_at_risk"].append(day.isoformat())
    return told


async def told_to(resources: Resources, ada: Caller) -> Told:
    """What was told, apart or in a digest."""
    rows = await fetch(
        resources, "SELECT kind, day, run FROM told_once WHERE learner_id = $1 ORDER BY day, run", ada.learner_id
    )
    told: Told = {"streak_milestone": [], "streak_at_risk": [], "run_ended": []}
    for row in rows:
        milestone = f"{row['run']} " if row["kind"] == "streak_milestone" else ""
        told[row["kind"]].append(f"{milestone}{row['day']}")
    return told


async def live(
    client: Client, resources: Resources, clock: AdjustableClock, ada: Caller, met: list[date], days: int
) -> None:
    """Live a life day by day: practise at noon, with a round in the evening and one at night."""
    for number in range(days):
        clock.set(START + number * DAY)
        if clock.now().date() in met:
            await service(client).record_all(exercise(clock.now(), topic=None, value=None), learner_id=ada.subject)
        for hours in (7, 5.5):
            clock.advance(hours=hours)
            await tell_of_streaks(resources)


def some_days(seed: int, days: int) -> list[date]:
    """The met days of a life: mostly every day, with gaps that freezes cover and gaps that end the run."""
    chance = random.Random(seed)
    density = chance.choice([0.6, 0.8, 0.92, 0.97])
    return [FIRST + number * DAY for number in range(days) if chance.random() < density]


@pytest.fixture(autouse=True)
async def _no_rounds(clock: AdjustableClock, resources: Resources) -> None:
    """Every life begins at START, without rounds of earlier ones."""
    await fetch(resources, "DELETE FROM backfills")


async def test_what_is_told_equals_the_walk_day_by_day(
    client: Client, resources: Resources, clock: AdjustableClock, long: bool
) -> None:
    seen = {"streak_milestone": 0, "streak_at_risk": 0, "run_ended": 0}
    for seed in range(60 if long else 8):
        await fetch(resources, "DELETE FROM backfills")
        ada, days = Caller(client, new_learner()), 35
        met = some_days(seed, days)
        await live(client, resources, clock, ada, met, days)
        told, expected = await told_to(resources, ada), walked(met, days)
        # The last night belongs to the day after.
        ended = walked(met, days + 1)["run_ended"]
        assert told == {**expected, "run_ended": ended}, seed
        for kind, entries in told.items():
            seen[kind] += len(entries)
    assert all(seen.values()), seen


async def test_milestones_of_a_run_do_not_depend_on_how_its_days_arrive(
    client: Client, resources: Resources, clock: AdjustableClock, long: bool
) -> None:
    """Each milestone of the run that is alive is told once: day by day, all at once, backwards, or shuffled."""
    days = 32
    for seed in range(20 if long else 4):
        chance = random.Random(seed)
        met = [*some_days(seed, days - 1), FIRST + (days - 1) * DAY]
        run = current(met[-1], met)
        clock.set(START + (days - 1) * DAY)
        for order in ("at once", "forwards", "backwards", "shuffled", "in parts"):
            ada = Caller(client, new_learner())
            at = [datetime(day.year, day.month, day.day, 12, tzinfo=START.tzinfo) for day in met]
            sent = [exercise(instant, topic=None, value=None) for instant in at]
            if order == "backwards":
                sent.reverse()
            elif order == "shuffled":
                chance.shuffle(sent)
            size = {"at once": len(sent), "in parts": 5}.get(order, 1)
            for start in range(0, len(sent), size):
                await service(client).record_all(*sent[start : start + size], learner_id=ada.subject)
            rows = await fetch(
                resources,
                "SELECT run FROM told_once WHERE learner_id = $1 AND kind = 'streak_milestone' ORDER BY run",
                UUID(ada.learner_id),
            )
            assert [row["run"] for row in rows] == [n for n in MILESTONES if n <= run], (seed, order)
