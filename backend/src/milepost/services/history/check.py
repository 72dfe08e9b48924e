"""Compares valid daily snapshots with the log. From a learner's first dirty day on, none are valid.

Reads only, in one database snapshot that the caller opens.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from uuid import UUID

from milepost.db.connection import Reading
from milepost.db.log.projections import DAYS
from milepost.db.tables import SUMS
from milepost.queries.history import SNAPSHOT_COLUMNS, snapshot_from_columns
from milepost.queries.learners.facts import LOOK_AHEAD, LearnerFacts
from milepost.rules.history import ActiveDay, Snapshot, Sums, snapshots
from milepost.rules.policy import Policy

_FIRST_DIRTY = """
SELECT learner_id, min(local_day) FROM activity_days WHERE learner_id = ANY($1::uuid[]) AND dirty GROUP BY learner_id
"""
_STORED = f"SELECT learner_id, {', '.join(SNAPSHOT_COLUMNS)} FROM daily_snapshots WHERE learner_id = ANY($1::uuid[])"
_BY_LOG = f"""
SELECT learner_id, local_day, streak_activities > 0, {", ".join(SUMS)} FROM ({DAYS.from_log}) m
ORDER BY learner_id, local_day
"""

Days = dict[date, dict[str, object]]
"""The columns of each day's snapshot, by name."""


async def stored_and_expected_snapshots(
    connection: Reading, facts: Mapping[UUID, LearnerFacts], policy: Policy
) -> Iterator[tuple[UUID, Days, Days]]:
    """Each learner in `facts` with its valid stored snapshots and the ones the log gives for the same days."""
    learners = list(facts)
    first_dirty = {row[0]: row[1] for row in await connection.fetch(_FIRST_DIRTY, learners)}
    stored: dict[UUID, list[Snapshot]] = {learner_id: [] for learner_id in learners}
    for learner_id, *columns in await connection.fetch(_STORED, learners):
        stored[learner_id].append(snapshot_from_columns(columns))
    days: dict[UUID, list[ActiveDay]] = {learner_id: [] for learner_id in learners}
    for learner_id, day, met, *sums in await connection.fetch(_BY_LOG, learners):
        days[learner_id].append(ActiveDay(day, Sums(*sums), met))
    return (
        (
            learner_id,
            _before(first_dirty.get(learner_id, date.max), stored[learner_id]),
            _before(first_dirty.get(learner_id, date.max), _expected(days[learner_id], learner, policy)),
        )
        for learner_id, learner in facts.items()
    )


def _expected(days: Sequence[ActiveDay], facts: LearnerFacts, policy: Policy) -> Sequence[Snapshot]:
    if not days:
        return ()
    excused = facts.excused(days[0].day, days[-1].day + LOOK_AHEAD, policy)
    return snapshots(days, None, excused, policy.streak)


def _before(first_dirty: date, taken: Sequence[Snapshot]) -> Days:
    return {snapshot.day: dict(_columns(snapshot)) for snapshot in taken if snapshot.day < first_dirty}


def _columns(snapshot: Snapshot) -> Iterator[tuple[str, object]]:
    values = (snapshot.day, *snapshot.day_sums, *snapshot.sums, *snapshot.streak, snapshot.alive_through)
    return zip(SNAPSHOT_COLUMNS, values, strict=True)
