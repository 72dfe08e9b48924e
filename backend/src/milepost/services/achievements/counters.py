"""The counters of filters (`where`): raised in the commit of a batch by what it adds, or recounted from the log.

The table `counters` says what each counts; `db/log/projections.py` says what it must hold.
"""

from collections.abc import Sequence
from uuid import UUID

from milepost.db.connection import Writing
from milepost.db.log.contributions import CONTRIBUTION, counter_amount, counter_matches
from milepost.db.log.projections import COUNTERS

# A day is one more for its counter when everything on it that matches came with this batch.
_OPENED = f"""(d.activities = (
    SELECT sum(c.activities) FROM activity_cells c
    WHERE c.learner_id = d.learner_id AND c.local_day = d.local_day AND {counter_matches("c", "d")}
))::int"""
_COUNT = f"""
WITH added AS (
    SELECT n.learner_id, n.local_day, k.counter, k.amount, k.object_type, k.verb, k.topic,
        sum(n.activities) AS activities, {counter_amount("n", "k", days="0")} AS value
    FROM unnest($1::uuid[], $2::text[], $3::text[]) AS sent(learner_id, sender, id) CROSS JOIN LATERAL (
        SELECT {CONTRIBUTION} FROM activities a
        WHERE a.learner_id = sent.learner_id AND a.sender = sent.sender AND a.id = sent.id OFFSET 0
    ) n JOIN counters k ON {counter_matches("n", "k")}
    GROUP BY 1, 2, 3, 4, 5, 6, 7
)
INSERT INTO metric_counters AS m (learner_id, counter, value)
SELECT learner_id, counter, sum(CASE amount WHEN 'days' THEN {_OPENED} ELSE value END) FROM added d
GROUP BY learner_id, counter ORDER BY learner_id, counter
ON CONFLICT (learner_id, counter) DO UPDATE SET value = m.value + excluded.value
RETURNING learner_id, counter, value
"""


async def count(connection: Writing, keys: Sequence[tuple[UUID, str, str]]) -> dict[UUID, dict[str, int]]:
    """Add the rows that are new in the log and its sums to the counters. Returns the touched counters' new values.

    The caller holds the learners' locks, and has found that a filter may match each of these (learner, sender, id).
    """
    touched: dict[UUID, dict[str, int]] = {}
    for learner_id, counter, value in await connection.fetch(_COUNT, *map(list, zip(*keys, strict=True))):
        touched.setdefault(learner_id, {})[counter] = value
    return touched


async def recount(connection: Writing, learners: Sequence[UUID]) -> None:
    """Empty and refill the counters of these learners from the log. The caller holds their locks."""
    for statement in COUNTERS.refill_statements:
        await connection.execute(statement, learners)
