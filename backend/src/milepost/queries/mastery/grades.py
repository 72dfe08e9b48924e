"""The sums that mastery is estimated from: each topic's with its ease, and the learner's."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from uuid import UUID

from milepost.db.connection import Reading
from milepost.rules.insight.topic_mastery import TopicMastery
from milepost.rules.mastery.eases import DayEase
from milepost.rules.mastery.estimate import (
    LEARNER_HALF_LIFE_DAYS,
    MIN_GRADES,
    TOPIC_HALF_LIFE_DAYS,
    WINDOW_DAYS,
    Faded,
    estimate_of,
    learner_strength,
    whole_exercises,
)
from milepost.rules.mastery.wording import EstimatedTopic

GRADE_SUMS = ", ".join(
    f"sum({name})::bigint" for name in ("graded", "grade_weight", "weighted_grade_milli", "weighted_typical_milli")
)
"""SELECT list over rows of `activity_cells`: the sums of a `DaySums`, in its order."""


def _faded(amount: str, half_life_days: int) -> str:
    """SQL expression: the sum of an amount of rows with an `age` in days, each faded by its age."""
    return f"sum(power(2.0::float8, -age / {half_life_days}::float8) * {amount})"


_WEIGHTED = ("grade_weight", "weighted_grade_milli", "weighted_typical_milli")
# Of the days alone, the database would have to hand over thousands of rows of learners with a long past.
_GRADED_TOPICS = f"""
SELECT t.*, (SELECT ease FROM ease_publications WHERE valid_from <= $2 ORDER BY valid_from DESC LIMIT 1), e.shift
FROM (
    SELECT topic, max(local_day), sum(graded)::bigint, sum(grade_milli)::bigint, sum(typical_milli)::bigint,
        {", ".join(f"sum({amount})::bigint" for amount in _WEIGHTED)},
        {", ".join(_faded(amount, TOPIC_HALF_LIFE_DAYS) for amount in _WEIGHTED)},
        {", ".join(_faded(amount, LEARNER_HALF_LIFE_DAYS) for amount in _WEIGHTED)}
    FROM (
        SELECT *, greatest($2::date - local_day, 0) AS age FROM activity_cells
        WHERE learner_id = $1 AND local_day > $2::date - {WINDOW_DAYS} AND grade_weight > 0
    ) c GROUP BY topic
) t LEFT JOIN LATERAL (
    SELECT shift FROM eases e WHERE e.topic = t.topic AND e.object_id = '' AND e.valid_from <= $2
    ORDER BY e.valid_from DESC LIMIT 1
) e ON true
WHERE (SELECT is_deciding FROM ease_state) ORDER BY t.topic
"""


@dataclass(frozen=True, slots=True)
class TopicGrades:
    """A topic's grades of the last 400 days: their number, their plain sums in thousandths, and their weighted sums.

    `typical_milli`: what a typical learner would have got in their place. `faded` weighs each day by its age, `unfaded`
    all days alike. `ease`: the topic's, as a logit.
    """

    last_day: date
    grades: int
    grade_milli: int
    typical_milli: int
    is_right_or_wrong: bool
    faded: Faded
    unfaded: Faded
    ease: float


@dataclass(frozen=True, slots=True)
class LearnerGrades:
    """A learner's graded topics by name, and the strengths that follow from all its grades, faded or not."""

    topics: Mapping[str, TopicGrades] = field(default_factory=dict)
    strength: float = 0.0
    unfaded_strength: float = 0.0

    def mastery(self, topic: str) -> EstimatedTopic | None:
        """The mastery of a topic; None below three grades."""
        grades = self.topics.get(topic)
        if grades is None or grades.grades < MIN_GRADES:
            return None
        estimate = estimate_of(grades.faded, self.strength, grades.ease, grades.grades)
        return EstimatedTopic(topic, estimate, grades.grade_milli, grades.typical_milli, grades.is_right_or_wrong)

    def masteries(self, last_days: Mapping[str, date] | None = None) -> dict[str, TopicMastery]:
        """The mastery of every topic with three grades, as areas and recommendations need it.

        `last_days`: the last day of any activity in a topic. Without it the day of the last grade stands for it.
        """
        by_topic = {}
        for topic, grades in self.topics.items():
            if grades.grades >= MIN_GRADES:
                estimate = estimate_of(grades.faded, self.strength, grades.ease, grades.grades)
                fresh = estimate_of(grades.unfaded, self.unfaded_strength, grades.ease, grades.grades)
                bounds = (estimate.estimate, estimate.low, estimate.high, fresh.estimate)
                last_day = (last_days or {}).get(topic, grades.last_day)
                by_topic[topic] = TopicMastery(topic, *bounds, *grades.faded, grades.grades, last_day)
        return by_topic


async def learner_grades(connection: Reading, learner_id: UUID, today: date) -> LearnerGrades:
    """The grades of a learner. One statement. Nothing while those of an earlier version are brought up.

    Costs the database what the learner has had of graded days within 400, and this process only its topics.
    """
    topics: dict[str, TopicGrades] = {}
    faded, unfaded = [], []
    for row in await connection.fetch(_GRADED_TOPICS, learner_id, today):
        topic, last_day, grades, grade_milli, typical_milli, *weighted, base, shift = row
        plain, of_topic, of_learner = weighted[:3], weighted[3:6], weighted[6:]
        unfaded.append(plain)
        faded.append(of_learner)
        if topic:
            topics[topic] = TopicGrades(
                last_day,
                grades,
                grade_milli,
                typical_milli,
                is_right_or_wrong=plain[0] == grades,
                faded=whole_exercises(*of_topic),
                unfaded=whole_exercises(*plain),
                ease=DayEase(base, shift).topic,
            )
    return LearnerGrades(topics, _strength(faded), _strength(unfaded))


def _strength(of_topics: Sequence[Sequence[float]]) -> float:
    return learner_strength(whole_exercises(*map(math.fsum, zip(*of_topics, strict=True)))) if of_topics else 0.0
