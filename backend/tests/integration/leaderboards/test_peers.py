"""Peers: bands of those who are on boards, once a day, and never about single ones."""

from datetime import timedelta
from uuid import UUID

import pytest
from quart.typing import TestClientProtocol as Client

from lives.boards import choose, empty_boards
from milepost.jobs.sweeps import compare_peers
from milepost.resources import Resources
from support.builders import exercise, new_learner
from support.callers import Caller, Json, service
from support.clock import START, AdjustableClock

DAY = timedelta(days=1)
COMPARED = START - 5 * DAY
"""Within the four weeks from 9 February to 8 March."""


@pytest.fixture(autouse=True)
async def _nobody_is_shown(resources: Resources, clock: AdjustableClock) -> None:
    """Every test begins at START, 10 March at noon, with empty boards and no figures."""
    await empty_boards(resources)


async def shown(client: Client, resources: Resources, *points: int) -> list[Caller]:
    """A learner on boards for each of these points, who practised 10 minutes five days ago."""
    learners = [Caller(client, new_learner()) for _ in points]
    for learner, number in zip(learners, points, strict=True):
        await service(client).record_all(exercise(COMPARED, points=number), learner_id=learner.subject)
        await choose(resources, learner)
    return learners


async def peers(learner: Caller) -> Json:
    """The comparison of a learner."""
    return (await learner.get("/peers")).ok()


async def bands(learner: Caller) -> dict[str, tuple[int, int, int]]:
    """By metric, the value and the band."""
    read = await peers(learner)
    assert read["reason"] is None, read
    return {band["metric"]: (band["value"], band["from_percent"], band["to_percent"]) for band in read["bands"]}


async def test_a_learner_is_ahead_of_a_band_of_the_others(client: Client, resources: Resources) -> None:
    learners = await shown(client, resources, 10, 20, 20, 30, 40, 50, 60)
    await compare_peers(resources)
    # Of 6 others: 0, 1, 1, 3, 4, 5 and 6 have less.
    expected = [(0, 5), (15, 20), (15, 20), (50, 55), (65, 70), (80, 85), (95, 100)]
    assert [(await bands(learner))["points"][1:] for learner in learners] == expected
    assert (await bands(learners[0]))["points"] == (10, 0, 5)
    assert (await bands(learners[6]))["exercises"] == (1, 0, 5)
    assert (await bands(learners[6]))["minutes"] == (10, 0, 5)
    read = await peers(learners[0])
    assert (read["from"], read["to"], read["today"]) == ("2026-02-09", "2026-03-08", "2026-03-10")
    assert read["text"] is None


async def test_six_can_be_compared_and_five_cannot(
    client: Client, resources: Resources, clock: AdjustableClock
) -> None:
    learners = await shown(client, resources, 1, 2, 3, 4, 5)
    await compare_peers(resources)
    read = await peers(learners[4])
    assert (read["reason"], read["bands"]) == ("too_few_peers", [])
    assert read["text"] == "There are too few others to compare without telling about single ones."
    [sixth] = await shown(client, resources, 6)
    assert (await peers(sixth))["reason"] == "too_few_peers", "counted once a day"
    clock.advance(days=1)
    await compare_peers(resources)
    assert (await bands(sixth))["points"] == (6, 95, 100)


async def test_who_leaves_is_no_longer_enough_for_a_comparison(client: Client, resources: Resources) -> None:
    learners = await shown(client, resources, 1, 2, 3, 4, 5, 6)
    await compare_peers(resources)
    assert (await bands(learners[0]))["points"] == (1, 0, 5)
    await choose(resources, learners[5], boards=False)
    assert (await peers(learners[0]))["reason"] == "too_few_peers"
    assert (await peers(learners[5]))["reason"] == "not_on_boards"
    await choose(resources, learners[5])
    await choose(resources, learners[4], quiet=True)
    assert (await peers(learners[0]))["reason"] == "too_few_peers"
    assert await peers(learners[4]) == {"quiet": True, "bands": []}


async def test_an_empty_comparison_says_why(client: Client, resources: Resources) -> None:
    eve = Caller(client, new_learner())
    assert (await peers(eve))["reason"] == "not_on_boards"
    [ada] = await shown(client, resources, 1)
    assert (await peers(ada))["reason"] == "not_counted_yet"
    await shown(client, resources, 1, 2, 3, 4, 5, 6)
    await compare_peers(resources)
    lazy = Caller(client, new_learner())
    await service(client).record_all(exercise(START, points=9), learner_id=lazy.subject)
    await choose(resources, lazy)
    assert (await peers(lazy))["reason"] == "no_practice"
    assert (await peers(lazy))["text"] == "You did not practise in these weeks."


async def test_hidden_learners_and_days_outside_are_not_compared(client: Client, resources: Resources) -> None:
    learners = await shown(client, resources, 1, 2, 3, 4, 5, 6)
    hidden = [Caller(client, new_learner()) for _ in range(4)]
    for learner in hidden:
        await service(client).record_all(exercise(COMPARED, points=100), learner_id=learner.subject)
    late = Caller(client, new_learner())
    await service(client).record_all(exercise(START, points=100), learner_id=late.subject)
    await choose(resources, late)
    # The day after the window: nothing of it counts.
    await service(client).record_all(exercise(START - DAY, points=100), learner_id=learners[0].subject)
    await compare_peers(resources)
    assert (await bands(learners[0]))["points"] == (1, 0, 5)
    assert (await bands(learners[5]))["points"] == (6, 95, 100)


async def test_figures_are_counted_once_a_day(client: Client, resources: Resources, clock: AdjustableClock) -> None:
    learners = await shown(client, resources, 1, 2, 3, 4, 5, 6)
    await compare_peers(resources)
    await shown(client, resources, 7, 8, 9, 10)
    clock.advance(hours=11)
    await compare_peers(resources)
    assert (await bands(learners[5]))["points"] == (6, 95, 100)
    clock.advance(hours=1)
    await compare_peers(resources)
    assert (await bands(learners[5]))["points"] == (6, 55, 60)
    async with resources.database.read() as connection:
        stored = await connection.fetchval("SELECT bands::text || learners FROM peer_figures")
    assert not [learner for learner in learners if str(UUID(learner.learner_id)) in stored]
