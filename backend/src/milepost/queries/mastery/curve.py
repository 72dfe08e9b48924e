"""What a curve of mastery rests on: the days of a topic and of the learner, and the topic's ease on each day."""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from milepost.db.connection import Reading
from milepost.queries.mastery.grades import GRADE_SUMS
from milepost.rules.days.periods import Days
from milepost.rules.mastery.eases import DayEase
from milepost.rules.mastery.estimate import WINDOW_DAYS, DaySums

_IS_SHOWN = "SELECT is_deciding FROM ease_state"
_TOPIC_DAYS = f"""
SELECT local_day, {GRADE_SUMS} FROM activity_cells
WHERE learner_id = $1 AND local_day > $2 AND local_day <= $3 AND topic = $4 AND grade_weight > 0
GROUP BY local_day ORDER BY local_day
"""
_LEARNER_DAYS = f"""
SELECT local_day, {GRADE_SUMS} FROM activity_cells
WHERE learner_id = $1 AND local_day > $2 AND local_day <= $3 AND grade_weight > 0
GROUP BY local_day ORDER BY local_day
"""
# The publication before the first day holds until the next one.
_BASES = """
SELECT valid_from, ease FROM ease_publications WHERE valid_from <= $2
    AND valid_from >= (SELECT coalesce(max(valid_from), $1) FROM ease_publications WHERE valid_from <= $1)
ORDER BY valid_from
"""
_SHIFTS = """
SELECT valid_from, shift FROM eases WHERE topic = $3 AND object_id = '' AND valid_from <= $2 AND valid_from >= (
    SELECT coalesce(max(valid_from), $1) FROM eases WHERE topic = $3 AND object_id = '' AND valid_from <= $1
) ORDER BY valid_from
"""


@dataclass(frozen=True, slots=True)
class CurveFacts:
    """The days of a topic and of the learner, oldest first, from 400 days before the curve."""

    topic_days: Sequence[DaySums]
    learner_days: Sequence[DaySums]
    _bases: Sequence[tuple[date, float]]
    _shifts: Sequence[tuple[date, float]]

    def ease_on(self, day: date) -> float:
        """The ease of the topic on a day of the curve, as a logit."""
        return DayEase(_in_force(self._bases, day), _in_force(self._shifts, day)).topic


async def curve_facts(connection: Reading, learner_id: UUID, topic: str, days: Days) -> CurveFacts:
    """The facts of a curve over these days. Five statements, in the caller's snapshot.

    No days while the grades of an earlier version are brought up.
    """
    span = (learner_id, days.first - timedelta(days=WINDOW_DAYS), days.last)
    is_shown = await connection.fetchval(_IS_SHOWN)
    topic_days = await connection.fetch(_TOPIC_DAYS, *span, topic) if is_shown else ()
    learner_days = await connection.fetch(_LEARNER_DAYS, *span) if topic_days else ()
    return CurveFacts(
        [DaySums(*row) for row in topic_days],
        [DaySums(*row) for row in learner_days],
        [tuple(row) for row in await connection.fetch(_BASES, days.first, days.last)],
        [tuple(row) for row in await connection.fetch(_SHIFTS, days.first, days.last, topic)],
    )


def _in_force(history: Sequence[tuple[date, float]], day: date) -> float | None:
    place = bisect_right(history, day, key=lambda row: row[0])
    return history[place - 1][1] if place else None
