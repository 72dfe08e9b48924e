"""Do the snapshots that hold say what the log gives? From a learner's first marked day on they are still to be taken.

Reads only, in the caller's one snapshot of the database.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from uuid import UUID

from milepost.db.connection import Reading
from milepost.db.log.projections import DAYS
from milepost.db.tables import SUMS
from milepost.queries.history import SNAPSHOT_COLUMNS, snapshot_in
from milepost.queries.learners.facts import LOOK_AHEAD, LearnerFacts
from milepost.rules.history import ActiveDay, Snapshot, Sums, snapshots
from milepost.rules.policy import Policy

_FIRST_MARKED = """
SELECT learner_id, min(local_day) FROM activity_days WHERE learner_id = ANY($1::uuid[]) AND dirty GROUP BY learner_id
"""
_KEPT = f"SELECT learner_id, {', '.join(SNAPSHOT_COLUMNS)} FROM daily_snapshots WHERE learner_id = ANY($1::uuid[])"
_BY_LOG = f"""
SELECT learner_id, local_day, streak_activities > 0, {", ".join(SUMS)} FROM ({DAYS.from_log}) m
ORDER BY learner_id, local_day
"""

Days = dict[date, dict[str, object]]
"""Of each day, the columns of its snapshot."""


async def kept_and_by_log(
    connection: Reading, facts: Mapping[UUID, LearnerFacts], policy: Policy
) -> Iterator[tuple[UUID, Days, Days]]:
    """Each learner in `facts`, the snapshots kept of it that hold, and those the log gives for the same time."""
    learners = list(facts)
    until = {row[0]: row[1] for row in await connection.fetch(_FIRST_MARKED, learners)}
    kept: dict[UUID, list[Snapshot]] = {learner_id: [] for learner_id in learners}
    for learner_id, *columns in await connection.fetch(_KEPT, learners):
        kept[learner_id].append(snapshot_in(columns))
    days: dict[UUID, list[ActiveDay]] = {learner_id: [] for learner_id in learners}
    for learner_id, day, met, *sums in await connection.fetch(_BY_LOG, learners):
        days[learner_id].append(ActiveDay(day, Sums(*sums), met))
    return (
        (
            learner_id,
            _before(until.get(learner_id, date.max), kept[learner_id]),
            _before(until.get(learner_id, date.max), _made(days[learner_id], known, policy)),
        )
        for learner_id, known in facts.items()
    )


def _made(days: Sequence[ActiveDay], facts: LearnerFacts, policy: Policy) -> Sequence[Snapshot]:
    if not days:
        return ()
    excused = facts.excused(days[0].day, days[-1].day + LOOK_AHEAD, policy)
    return snapshots(days, None, excused, policy.streak)


def _before(first_marked: date, taken: Sequence[Snapshot]) -> Days:
    return {one.day: dict(_columns(one)) for one in taken if one.day < first_marked}


def _columns(one: Snapshot) -> Iterator[tuple[str, object]]:
    named = (one.day, *one.day_sums, *one.sums, *one.streak, one.alive_through)
    return zip(SNAPSHOT_COLUMNS, named, strict=True)
