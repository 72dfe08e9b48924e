"""Adds grades to the sums on which the next publication of eases rests, each with what was expected of its learner."""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Sequence
from datetime import date, timedelta
from typing import NamedTuple
from uuid import UUID

from milepost.db.connection import Writing
from milepost.queries.mastery.eases import ExerciseDay, eases_of_days
from milepost.queries.mastery.grades import GRADE_SUMS
from milepost.rules.mastery.eases import EaseSums
from milepost.rules.mastery.estimate import (
    WINDOW_DAYS,
    DaySums,
    ability,
    faded_learner,
    faded_topic,
    learner_strength,
)
from milepost.rules.mastery.logistic import sigmoid

_TOPIC_DAYS = f"""
SELECT learner_id, topic, local_day, {GRADE_SUMS}
FROM activity_cells
WHERE learner_id = ANY($1::uuid[]) AND local_day > $2 AND local_day < $3 AND topic = ANY($4::text[])
    AND grade_weight > 0
GROUP BY learner_id, topic, local_day ORDER BY local_day
"""
_LEARNER_DAYS = f"""
SELECT learner_id, local_day, {GRADE_SUMS} FROM activity_cells
WHERE learner_id = ANY($1::uuid[]) AND local_day > $2 AND local_day < $3 AND grade_weight > 0
GROUP BY learner_id, local_day ORDER BY local_day
"""
_ADD = """
INSERT INTO ease_sums AS s (topic, object_id, grades, grade_milli, expected_micro)
SELECT * FROM unnest($1::text[], $2::text[], $3::bigint[], $4::bigint[], $5::bigint[]) ORDER BY 1, 2
ON CONFLICT (topic, object_id) DO UPDATE SET grades = s.grades + excluded.grades,
    grade_milli = s.grade_milli + excluded.grade_milli, expected_micro = s.expected_micro + excluded.expected_micro,
    is_due = TRUE
"""


class SeenGrades(NamedTuple):
    """The grades of a learner in an exercise on a local day: their number and their sum in thousandths."""

    learner_id: UUID
    exercise: ExerciseDay
    grades: int
    grade_milli: int


async def add_seen_grades(connection: Writing, seen: Sequence[SeenGrades]) -> None:
    """Add these grades to the sums of their topics and exercises. Four statements, whatever their number."""
    if not seen:
        return
    abilities = await _abilities_at_start(connection, seen)
    eases = await eases_of_days(connection, [one.exercise for one in seen])
    added: defaultdict[tuple[str, str], EaseSums] = defaultdict(EaseSums)
    for one, ease in zip(seen, eases, strict=True):
        topic, object_id, day = one.exercise
        theta = abilities[one.learner_id, topic, day]
        amounts = one.grade_milli, one.grades
        added[topic, ""] = added[topic, ""].plus(amounts[0], sigmoid(ease.base + theta), amounts[1])
        if object_id:
            exercise = (topic, object_id)
            added[exercise] = added[exercise].plus(amounts[0], sigmoid(ease.topic + theta), amounts[1])
    rows = [(*key, *sums) for key, sums in sorted(added.items())]
    await connection.execute(_ADD, *map(list, zip(*rows, strict=True)))


async def _abilities_at_start(connection: Writing, seen: Sequence[SeenGrades]) -> dict[tuple[UUID, str, date], float]:
    """θ of each learner in each topic at the start of each day: from the days before it."""
    wanted = {(one.learner_id, one.exercise.topic, one.exercise.day) for one in seen}
    learners, topics = (list({one[place] for one in wanted}) for place in (0, 1))
    days = [day for _, _, day in wanted]
    span = (learners, min(days) - timedelta(days=WINDOW_DAYS), max(days))
    topic_days: defaultdict[tuple[UUID, str], list[DaySums]] = defaultdict(list)
    for learner_id, topic, *sums in await connection.fetch(_TOPIC_DAYS, *span, topics):
        topic_days[learner_id, topic].append(DaySums(*sums))
    learner_days: defaultdict[UUID, list[DaySums]] = defaultdict(list)
    for learner_id, *sums in await connection.fetch(_LEARNER_DAYS, *span):
        learner_days[learner_id].append(DaySums(*sums))
    strengths = {
        (learner_id, day): learner_strength(faded_learner(_before(learner_days[learner_id], day), day))
        for learner_id, _, day in wanted
    }
    return {
        (learner_id, topic, day): ability(
            faded_topic(_before(topic_days[learner_id, topic], day), day), strengths[learner_id, day]
        )
        for learner_id, topic, day in wanted
    }


def _before(days: Sequence[DaySums], day: date) -> Sequence[DaySums]:
    return days[: bisect_left(days, day, key=lambda sums: sums.day)]
