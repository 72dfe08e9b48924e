"""Which learners would unlock an achievement if it became active now. Nothing is unlocked."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from milepost.db.connection import Reading
from milepost.db.log.contributions import counter_amount, counter_matches
from milepost.queries.achievements.achievements import LearnerMeasures, learner_measures
from milepost.queries.achievements.catalogue import CatalogueInForce, catalogue_in_force
from milepost.rules.achievements.conditions import is_true, parts_of
from milepost.rules.achievements.definitions import Counter, Rule
from milepost.rules.policy import Policy

MAX_LEARNERS = 10_000
"""As many as fit well into the time of a request. Ids are random, so the first learners are a fair sample."""
NAMED = 20
_LEARNERS_PER_BATCH = 1_000

_NEXT = "SELECT learner_id FROM learners WHERE learner_id > $1 AND activities > 0 ORDER BY learner_id LIMIT $2"
_COUNT = "SELECT count(*) FROM learners WHERE activities > 0"
_COUNTED = f"""
SELECT n.learner_id, k.counter, {counter_amount("n", "k", days="count(DISTINCT n.local_day)")}
FROM activity_cells n JOIN unnest($2::text[], $3::text[], $4::text[], $5::text[], $6::text[])
    AS k(counter, amount, object_type, verb, topic) ON {counter_matches("n", "k")}
WHERE n.learner_id = ANY($1::uuid[]) GROUP BY n.learner_id, k.counter, k.amount
"""


@dataclass(frozen=True, slots=True)
class Preview:
    """Of `learners` with an activity: how many were evaluated, have it, and would unlock it; `named`: some of those."""

    learners: int
    looked_at: int
    holders: int
    would_unlock: int
    named: list[UUID]


async def preview(connection: Reading, code: str, rule: Rule, policy: Policy) -> Preview:
    """Evaluate this rule for all learners, or the first `MAX_LEARNERS`. Writes nothing; the caller's snapshot."""
    in_force = await catalogue_in_force(connection, policy)
    total = await connection.fetchval(_COUNT)
    looked_at, holders, due = 0, 0, list[UUID]()
    after = UUID(int=0)
    while looked_at < MAX_LEARNERS:
        learners = [row[0] for row in await connection.fetch(_NEXT, after, _LEARNERS_PER_BATCH)]
        if not learners:
            break
        looked_at, after = looked_at + len(learners), learners[-1]
        measures = await learner_measures(connection, learners, policy)
        holders += sum(code in learner.unlocks for learner in measures.values())
        due += await _due(connection, in_force, code, rule, measures)
    return Preview(total, looked_at, holders, len(due), due[:NAMED])


async def _due(
    connection: Reading, in_force: CatalogueInForce, code: str, rule: Rule, measures: dict[UUID, LearnerMeasures]
) -> list[UUID]:
    counters = {part.counter for part in rule.parts if part.counter is not None}
    values = await _counted(connection, list(measures), list(counters))
    catalogue = in_force.catalogue
    parts = parts_of(rule, catalogue.countable)
    return [
        learner_id
        for learner_id, learner in measures.items()
        if code not in learner.unlocks
        and is_true(
            rule,
            parts,
            learner.values._replace(unlocked=catalogue.mask_of(learner.unlocks), counters=values.get(learner_id, {})),
        )
    ]


async def _counted(
    connection: Reading, learners: Sequence[UUID], counters: Sequence[Counter]
) -> dict[UUID, dict[str, int]]:
    """The values of counters that are not stored yet, from the learners' cells."""
    if not counters:
        return {}
    rows = [counter.row for counter in counters]
    values: dict[UUID, dict[str, int]] = {}
    for learner_id, key, value in await connection.fetch(_COUNTED, learners, *map(list, zip(*rows, strict=True))):
        values.setdefault(learner_id, {})[key] = value
    return values
