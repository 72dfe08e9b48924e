"""Boards while many write at once: whatever the order of commits, they hold what the log and the choices say."""

import asyncio
from uuid import UUID

import pytest
from quart.typing import TestClientProtocol as Client

from lives.boards import board, choose, empty_boards, places
from milepost.jobs.sweeps import compare_peers
from milepost.resources import Resources
from milepost.services.rebuild.check import differences
from support.builders import exercise, new_learner
from support.callers import Caller, service
from support.clock import START, AdjustableClock

WRITERS = 16
EACH = 10


@pytest.fixture(autouse=True)
async def _nobody_is_shown(resources: Resources, clock: AdjustableClock) -> None:
    """Every test begins at START with empty boards."""
    await empty_boards(resources)


async def write(client: Client, learner: Caller, number: int) -> None:
    """One writer: exercises of 1 point, one request each."""
    writer = service(client, f"writer-{number}")
    for _ in range(EACH):
        await writer.record_all(exercise(START, points=1), learner_id=learner.subject)


async def differing(resources: Resources, *learners: Caller) -> list[str]:
    """What a check names."""
    async with resources.database.snapshot() as connection:
        ids = [UUID(learner.learner_id) for learner in learners]
        return [str(difference) for difference in await differences(connection, ids, resources.policy)]


@pytest.mark.parametrize("ends_shown", [True, False])
async def test_joining_and_leaving_while_sixteen_write(client: Client, resources: Resources, ends_shown: bool) -> None:
    ada, ben = Caller(client, new_learner()), Caller(client, new_learner())
    await service(client).record_all(exercise(START, points=7), learner_id=ben.subject)
    await choose(resources, ben, name="Ben")

    async def change_her_mind() -> None:
        for turn in range(12):
            await choose(resources, ada, boards=turn % 2 == 0, name="Ada")
            await asyncio.sleep(0)
        await choose(resources, ada, boards=ends_shown, name="Ada")

    await asyncio.gather(change_her_mind(), *(write(client, ada, number) for number in range(WRITERS)))
    expected = [(1, WRITERS * EACH, "Ada"), (2, 7, "Ben")] if ends_shown else [(1, 7, "Ben")]
    for period in ("week", "month", "all"):
        assert await places(ben, period=period) == expected
    assert (await board(ada))["me"] == {"value": WRITERS * EACH, "rank": 1, "shown": ends_shown}
    assert await differing(resources, ada, ben) == []


async def test_readers_meanwhile_see_one_state_of_the_board(client: Client, resources: Resources) -> None:
    learners = [Caller(client, new_learner()) for _ in range(6)]
    for learner in learners:
        await choose(resources, learner)
    done = asyncio.Event()
    seen: list[int] = []

    async def read(reader: Caller) -> None:
        while not done.is_set():
            entries = (await board(reader, around="me"))["entries"]
            values = [entry["value"] for entry in entries]
            assert values == sorted(values, reverse=True)
            assert [entry["rank"] for entry in entries] == [1 + sum(v > value for v in values) for value in values]
            seen.append(len(entries))

    async def write_all() -> None:
        await asyncio.gather(*(write(client, learner, number) for number, learner in enumerate(learners)))
        await compare_peers(resources)
        done.set()

    await asyncio.gather(write_all(), read(learners[0]), read(learners[5]))
    assert max(seen) == 6
    assert [value for _, value, _ in await places(learners[0])] == [EACH] * 6
    assert await differing(resources, *learners) == []
