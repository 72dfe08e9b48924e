"""The sums that mastery is estimated from: each topic's with its ease, and the learner's."""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from uuid import UUID

import orjson

from milepost.db.connection import Reading
from milepost.queries.insight.running_totals import bounds_cte, grades_from_json
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
from milepost.rules.mastery.totals import NO_WEIGHT, GradeTotals, WeightedSums, grades_between
from milepost.rules.mastery.wording import EstimatedTopic

GRADE_SUMS = ", ".join(
    f"sum({name})::bigint" for name in ("graded", "grade_weight", "weighted_grade_milli", "weighted_typical_milli")
)
"""SELECT list over rows of `activity_cells`: the sums of a `DaySums`, in its order."""


def _faded(amount: str, half_life_days: int) -> str:
    """SQL expression: the sum of an amount of rows with an `age` in days, each faded by its age."""
    return f"sum(power(2.0::float8, -age / {half_life_days}::float8) * {amount})"


_WEIGHTED = ("grade_weight", "weighted_grade_milli", "weighted_typical_milli")
_SPAN = timedelta(days=WINDOW_DAYS - 1)
# $1 is the learner, $2 the first day and $3 today. Days after today, of who flew west, weigh as today does.
_GRADED_TOPICS = f"""
WITH {bounds_cte("grades_by_topic IS NOT NULL")}, days AS (
    SELECT * FROM activity_cells
    WHERE learner_id = $1 AND local_day BETWEEN $2 AND coalesce((SELECT first FROM bounds), 'infinity')
    UNION ALL
    SELECT * FROM activity_cells WHERE learner_id = $1 AND local_day > (SELECT last FROM bounds)
)
SELECT (SELECT ease FROM ease_publications WHERE valid_from <= $3 ORDER BY valid_from DESC LIMIT 1),
    (
        SELECT json_object_agg(s.topic, e.shift) FROM skill_levels s CROSS JOIN LATERAL (
            SELECT shift FROM eases e WHERE e.topic = s.topic AND e.object_id = '' AND e.valid_from <= $3
            ORDER BY e.valid_from DESC LIMIT 1
        ) e WHERE s.learner_id = $1 AND s.last_day >= $2
    )::text,
    (SELECT grades_by_topic FROM running_totals WHERE learner_id = $1 AND through = (SELECT first FROM bounds))::text,
    (SELECT grades_by_topic FROM running_totals WHERE learner_id = $1 AND through = (SELECT last FROM bounds))::text,
    (
        SELECT json_object_agg(topic, sums) FROM (
            SELECT topic, json_build_array(
                max(local_day), sum(graded), sum(grade_milli), sum(typical_milli),
                {", ".join(f"sum({amount})" for amount in _WEIGHTED)},
                {", ".join(_faded(amount, TOPIC_HALF_LIFE_DAYS) for amount in _WEIGHTED)},
                {", ".join(_faded(amount, LEARNER_HALF_LIFE_DAYS) for amount in _WEIGHTED)}
            ) AS sums
            FROM (SELECT *, greatest($3::date - local_day, 0) AS age FROM days WHERE grade_weight > 0) d GROUP BY topic
        ) t
    )::text
FROM ease_state WHERE is_deciding
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

    The cost does not depend on the number of days: it reads two running totals, and the days that these do not cover.
    """
    row = await connection.fetchrow(_GRADED_TOPICS, learner_id, today - _SPAN, today)
    if row is None:
        return LearnerGrades()
    base, shifts, first, last, around = row
    shift_of = orjson.loads(shifts) if shifts else {}
    around_today = grades_from_json(around, as_of=today)
    by_topic = grades_between(grades_from_json(first), grades_from_json(last), around_today, today)
    return LearnerGrades(
        {
            topic: _topic_grades(grades, DayEase(base, shift_of.get(topic)).topic)
            for topic, grades in by_topic.items()
            if topic
        },
        _strength(grades.learner_faded for grades in by_topic.values()),
        _strength(grades.weighted for grades in by_topic.values()),
    )


def _topic_grades(grades: GradeTotals, ease: float) -> TopicGrades:
    return TopicGrades(
        grades.last_day,
        grades.grades,
        grades.grade_milli,
        grades.typical_milli,
        is_right_or_wrong=grades.weighted.weight == grades.grades,
        faded=whole_exercises(*grades.topic_faded),
        unfaded=whole_exercises(*grades.weighted),
        ease=ease,
    )


def _strength(of_topics: Iterable[WeightedSums]) -> float:
    """The strength of a learner with these grades; the order of the topics must not show."""
    return learner_strength(whole_exercises(*map(math.fsum, zip(*(NO_WEIGHT, *of_topics), strict=True))))
