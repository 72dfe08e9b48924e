"""What a stream holds for its reader is limited in bytes, and nothing is left out by it."""

from uuid import UUID

import asyncpg
import pytest

from milepost.queries.live import MAX_BYTES, MAX_NOTICES
from milepost.resources import Resources
from milepost.rules.notices.notice_id import NoticeId
from support.builders import new_learner
from support.callers import uuid_of

_INSERT = """
INSERT INTO notices (learner_id, revision, n, kind, body, commit_id, created_at)
SELECT $1, 1, number, 'goal_met', jsonb_build_object('name', repeat('x', size)), $1, now()
FROM unnest($2::int[]) WITH ORDINALITY AS u(size, number)
"""
_LEARNER = "INSERT INTO learners (learner_id, revision, zone, zone_source) VALUES ($1, 1, 'UTC', 'assumed')"


@pytest.mark.parametrize(
    ("sizes", "reads"),
    [
        ([10] * 25, [20, 5]),
        ([10_000] * 5, [2, 2, 1]),
        ([MAX_BYTES * 3, 10, 10], [1, 2]),
        ([10, MAX_BYTES, 10], [1, 1, 1]),
    ],
)
async def test_a_stream_reads_what_it_may_hold_and_the_rest_afterwards(
    resources: Resources, database_url: str, sizes: list[int], reads: list[int]
) -> None:
    learner_id = uuid_of(new_learner())
    connection = await asyncpg.connect(database_url)
    try:
        await connection.execute(_LEARNER, learner_id)
        await connection.execute(_INSERT, learner_id, sizes)
    finally:
        await connection.close()
    stream = resources.live.open(UUID(learner_id))
    counts, places = [], []
    try:
        for _ in reads:
            state = await resources.live.read(stream)
            assert state is not None
            assert len(state.notices) <= MAX_NOTICES
            counts.append(len(state.notices))
            places += [row.id for row in state.notices]
            stream.position = places[-1]
            assert state.more == (len(places) < len(sizes))
    finally:
        resources.live.leave(stream)
    assert counts == reads
    assert places == [NoticeId(1, number + 1) for number in range(len(sizes))]
