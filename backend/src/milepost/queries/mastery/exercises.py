"""Exercises by ease, as the newest publication has them: for administrators and authors."""

from collections.abc import Sequence
from datetime import date
from typing import Literal, NamedTuple

from milepost.db.connection import Reading
from milepost.rules.mastery.eases import MAX_EASE

EaseOrder = Literal["hardest", "easiest"]


def _exercises(order: EaseOrder) -> str:
    after, direction = (">", "ASC") if order == "hardest" else ("<", "DESC")
    return f"""
WITH listed AS (
    SELECT s.topic, s.object_id, e.valid_from, e.grades, e.grade_milli,
        least({MAX_EASE}::float8, greatest({-MAX_EASE}::float8, p.ease + coalesce(t.shift, 0) + e.shift)) AS ease
    FROM ease_sums s
    CROSS JOIN (SELECT ease FROM ease_publications ORDER BY valid_from DESC LIMIT 1) p
    CROSS JOIN LATERAL (
        SELECT valid_from, shift, grades, grade_milli FROM eases e
        WHERE e.topic = s.topic AND e.object_id = s.object_id ORDER BY valid_from DESC LIMIT 1
    ) e
    LEFT JOIN LATERAL (
        SELECT shift FROM eases t WHERE t.topic = s.topic AND t.object_id = '' ORDER BY valid_from DESC LIMIT 1
    ) t ON true
    WHERE s.object_id <> '' AND ($1::text IS NULL OR s.topic = $1)
)
SELECT topic, object_id, valid_from, grades, grade_milli, ease FROM listed
WHERE $2::float8 IS NULL OR (ease, topic, object_id) {after} ($2, $3::text, $4::text)
ORDER BY ease {direction}, topic {direction}, object_id {direction} LIMIT $5
"""


_BY_ORDER: dict[EaseOrder, str] = {"hardest": _exercises("hardest"), "easiest": _exercises("easiest")}


class ExerciseEase(NamedTuple):
    """An exercise: since when its ease holds, the grades it rests on with their sum in thousandths, and the ease as a
    logit.
    """

    topic: str
    object_id: str
    valid_from: date
    grades: int
    grade_milli: int
    ease: float


class ExercisePlace(NamedTuple):
    """The sort key of an exercise in the list."""

    ease: float
    topic: str
    object_id: str


async def exercises_by_ease(
    connection: Reading, topic: str | None, order: EaseOrder, after: ExercisePlace | None, limit: int
) -> Sequence[ExerciseEase]:
    """At most `limit` exercises, of all topics or of one, those after this place. One statement."""
    place = after or (None, None, None)
    return [ExerciseEase(*row) for row in await connection.fetch(_BY_ORDER[order], topic, *place, limit)]
