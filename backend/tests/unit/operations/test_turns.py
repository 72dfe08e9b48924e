"""Long work leaves others the loop: counted in turns of the loop, not in time."""

import asyncio
import time

from milepost.queries.turns import in_turns


async def _count_turns(turns: list[int]) -> None:
    """The turns of the loop, in the last place of the list."""
    while True:
        turns[-1] += 1
        await asyncio.sleep(0)


def _work() -> None:
    """Some milliseconds."""
    deadline = time.monotonic() + 0.005
    while time.monotonic() < deadline:
        pass


async def test_after_a_piece_of_work_others_have_many_turns() -> None:
    turns = [0]
    others = asyncio.create_task(_count_turns(turns))
    async for part in in_turns(range(20), 2):
        assert len(part) == 2
        _work()
        turns.append(0)
    others.cancel()
    # A request needs several turns; before the first piece and after the last there is no rest. The most of several,
    # because a busy machine may let this process wait through a whole rest.
    assert len(turns) == 11
    assert max(turns[1:-1]) > 10


async def test_what_is_done_in_one_piece_does_not_rest() -> None:
    turns = [0]
    others = asyncio.create_task(_count_turns(turns))
    assert [part async for part in in_turns([1, 2, 3], 3)] == [[1, 2, 3]]
    nothing: list[int] = []
    assert [part async for part in in_turns(nothing, 3)] == []
    others.cancel()
    assert turns == [0]
