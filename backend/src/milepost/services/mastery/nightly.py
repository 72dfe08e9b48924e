"""Publishes eases once a night, from the grades that have come since the last time.

Resumable and idempotent: grades are seen learner by learner, in the transaction that moves the cursor, and published
together at the end. `ease_state` is locked meanwhile, so that one worker at a time does it.
"""

from datetime import datetime, timedelta

from milepost.db.connection import Writing
from milepost.queries.mastery.eases import ExerciseDay
from milepost.rules.activities import GRADED
from milepost.rules.mastery.publication import publication_day
from milepost.rules.policy import Policy
from milepost.services.cursors import advance_cursor, begin, finish, lock_progress, started_at
from milepost.services.mastery.past_grades import EaseState, bring_up_batch
from milepost.services.mastery.publication import publish
from milepost.services.mastery.seen_grades import SeenGrades, add_seen_grades

SEEING = "eases:seen"
LEARNERS_A_BATCH = 100
_SETTLED_AFTER = timedelta(minutes=1)
"""A grade is committed later than it is received, but not by more than this."""

# Another worker that holds the lock does the work.
_STATE = "SELECT is_deciding, passed_day, seen_until FROM ease_state FOR UPDATE SKIP LOCKED"
_LAST = "SELECT max(valid_from) FROM ease_publications"
# A pass that has ended waits for its publication.
_PROGRESS = "SELECT finished_at FROM backfills WHERE name = $1"
_PUBLISHED = "DELETE FROM backfills WHERE name = $1"
_NEW = f"received_at > coalesce($1::timestamptz, '-infinity') AND received_at <= $2 AND counts & {GRADED} <> 0"
_LEARNERS = f"""
SELECT DISTINCT learner_id FROM activities WHERE {_NEW} AND learner_id > $3 ORDER BY learner_id LIMIT {LEARNERS_A_BATCH}
"""
_GRADES = f"""
SELECT learner_id, topic, coalesce(object_id, ''), local_day, count(*), sum(value_milli)::bigint FROM activities
WHERE {_NEW} AND learner_id = ANY($3::uuid[]) AND not_counted IS NULL AND voided_at IS NULL
    AND typical_milli IS NOT NULL
GROUP BY 1, 2, 3, 4
"""
_SEEN_UNTIL = "UPDATE ease_state SET seen_until = greatest(seen_until, $1)"


async def publish_eases_batch(connection: Writing, _policy: Policy, now: datetime) -> bool:
    """Do the next part of what is due, in the caller's transaction. True if there may be more."""
    row = await connection.fetchrow(_STATE)
    if row is None:
        return False
    state = EaseState(*row)
    if await bring_up_batch(connection, state, now):
        return True
    day = publication_day(now, await connection.fetchval(_LAST))
    progress = await connection.fetchrow(_PROGRESS, SEEING)
    if progress is not None and progress["finished_at"] is not None:
        if day is not None:
            await publish(connection, day, now)
            await connection.execute(_PUBLISHED, SEEING)
        return False
    if progress is None and day is None:
        return False
    await begin(connection, SEEING, now)
    return await _see_batch(connection, state, now)


async def _see_batch(connection: Writing, state: EaseState, now: datetime) -> bool:
    """See the grades of the next learners. Always true: at the end of a pass, publishing is left."""
    cursor = (await lock_progress(connection, SEEING)).cursor
    new = state.seen_until, await started_at(connection, SEEING) - _SETTLED_AFTER
    learners = [row[0] for row in await connection.fetch(_LEARNERS, *new, cursor)]
    if not learners:
        await finish(connection, SEEING, now)
        await connection.execute(_SEEN_UNTIL, new[1])
        return True
    seen = [
        SeenGrades(learner_id, ExerciseDay(topic, object_id, day), grades, grade_milli)
        for learner_id, topic, object_id, day, grades, grade_milli in await connection.fetch(_GRADES, *new, learners)
    ]
    await add_seen_grades(connection, seen)
    await advance_cursor(connection, SEEING, learners[-1], len(learners))
    return True
