"""Brings up grades for which nothing typical has been decided: those of an earlier version. Resumable, in batches.

It goes from day to day: what is typical of a day's grades follows from eases published by then, and from these grades
follow the eases of the next day, as if every night since the first activity had published them. Until it has passed,
intake decides nothing typical, so nothing depends on when a grade comes. Grades that an old version still records
afterwards are brought up by the eases of their days.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from milepost.db.connection import Record, Writing
from milepost.db.learner_row import lock_remaining_learners, raise_revisions
from milepost.db.log.contributions import CELL_KEY, CONTRIBUTION
from milepost.db.tables.activities import TYPICAL_IS_DUE
from milepost.db.tables.sums import MASTERY_SUMS
from milepost.queries.mastery.eases import ExerciseDay, eases_of_days
from milepost.services.mastery.publication import publish
from milepost.services.mastery.seen_grades import SeenGrades, add_seen_grades
from milepost.services.projections.running_totals import hold_through

GRADES_A_BATCH = 2_000

_FIRST_DAY = f"SELECT min(local_day) FROM activities WHERE {TYPICAL_IS_DUE}"
_DUE = f"""
SELECT learner_id, sender, id, topic, coalesce(object_id, '') AS object_id, value_milli,
    voided_at IS NULL AND not_counted IS NULL AND ($2 OR received_at <= $3) AS is_unseen
FROM activities WHERE {TYPICAL_IS_DUE} AND local_day = $1 ORDER BY learner_id, sender, id LIMIT {GRADES_A_BATCH}
"""
_DECIDE = """
    UPDATE activities a SET typical_milli = k.typical_milli
    FROM unnest($1::uuid[], $2::text[], $3::text[], $4::int[]) AS k(learner_id, sender, id, typical_milli)
    WHERE (a.learner_id, a.sender, a.id) = (k.learner_id, k.sender, k.id) AND a.typical_milli IS NULL
"""

_CELL_KEY = ", ".join(CELL_KEY)
# The cells are there already.
_BRING_UP = f"""
WITH new AS ({_DECIDE} RETURNING a.voided_at, {CONTRIBUTION}
)
UPDATE activity_cells c SET {", ".join(f"{name} = c.{name} + n.{name}" for name in MASTERY_SUMS)}
FROM (
    SELECT {_CELL_KEY}, {", ".join(f"sum({name})::bigint AS {name}" for name in MASTERY_SUMS)}
    FROM new WHERE voided_at IS NULL GROUP BY {_CELL_KEY}
) n
WHERE {" AND ".join(f"c.{name} = n.{name}" for name in CELL_KEY)}
"""
_HOLD = f"UPDATE learners l SET {hold_through('$2::date')} WHERE learner_id = ANY($1::uuid[])"
_LAST_PUBLICATION = "SELECT max(valid_from) FROM ease_publications"
_COME_TO = "UPDATE ease_state SET passed_day = $1"
_DECIDING = "UPDATE ease_state SET is_deciding = TRUE, revision = revision + 1, passed_day = NULL, seen_until = $1"
_RENEW_ANSWERS = "UPDATE system_state SET global_revision = global_revision + 1"


class EaseState(NamedTuple):
    """The row of `ease_state`, whose lock the caller holds."""

    is_deciding: bool
    passed_day: date | None
    seen_until: datetime | None


async def bring_up_batch(connection: Writing, state: EaseState, now: datetime) -> bool:
    """Bring up the next grades, in the caller's transaction. False if there was nothing to do."""
    day = await connection.fetchval(_FIRST_DAY)
    if not state.is_deciding:
        await _publish_passed(connection, state.passed_day, day, now)
        if day is None:
            await connection.execute(_DECIDING, now)
            await connection.execute(_RENEW_ANSWERS)
            return True
        if state.passed_day is None or day > state.passed_day:
            await connection.execute(_COME_TO, day)
    if day is None:
        return False
    await _bring_up(connection, await connection.fetch(_DUE, day, not state.is_deciding, state.seen_until), day)
    return True


async def _publish_passed(connection: Writing, passed: date | None, day: date | None, now: datetime) -> None:
    """If the backfill leaves a day, publish what a night after it would have published."""
    if passed is not None and (day is None or day > passed):
        valid_from = passed + timedelta(days=1)
        last = await connection.fetchval(_LAST_PUBLICATION)
        if last is None or last < valid_from:
            await publish(connection, valid_from, now)


async def _bring_up(connection: Writing, due: Sequence[Record], day: date) -> None:
    exercises = list({ExerciseDay(row["topic"], row["object_id"], day) for row in due})
    eases = dict(zip(exercises, await eases_of_days(connection, exercises), strict=True))
    # Those who have left have no sums any more; their rows are being deleted.
    learners = await lock_remaining_learners(connection, list({row["learner_id"] for row in due}))
    decided = [
        (
            row["learner_id"],
            row["sender"],
            row["id"],
            eases[ExerciseDay(row["topic"], row["object_id"], day)].typical_milli,
        )
        for row in due
    ]
    await connection.execute(_BRING_UP, *map(list, zip(*decided, strict=True)))
    await connection.execute(_HOLD, learners, day - timedelta(days=1))
    await raise_revisions(connection, learners)
    await add_seen_grades(connection, _seen([row for row in due if row["is_unseen"]], day))


def _seen(rows: Sequence[Mapping[str, Record]], day: date) -> list[SeenGrades]:
    amounts: dict[tuple[UUID, ExerciseDay], tuple[int, int]] = {}
    for row in rows:
        key = row["learner_id"], ExerciseDay(row["topic"], row["object_id"], day)
        grades, grade_milli = amounts.get(key, (0, 0))
        amounts[key] = grades + 1, grade_milli + row["value_milli"]
    return [SeenGrades(*key, *sums) for key, sums in amounts.items()]
