"""The sums that mastery is estimated from: each topic's days with its ease, and the learner's days."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cached_property
from uuid import UUID

import orjson

from milepost.db.connection import Reading
from milepost.rules.insight.topic_mastery import TopicMastery
from milepost.rules.mastery.eases import DayEase
from milepost.rules.mastery.estimate import (
    WINDOW_DAYS,
    DaySums,
    faded_learner,
    faded_topic,
    learner_strength,
    topic_estimate,
    unfaded_estimate,
)
from milepost.rules.mastery.wording import EstimatedTopic

GRADE_SUMS = ", ".join(
    f"sum({name})::bigint" for name in ("graded", "grade_weight", "weighted_grade_milli", "weighted_typical_milli")
)
"""SELECT list over rows of `activity_cells`: the sums of a `DaySums`, in its order."""


def graded_topics_json(learner: str, today: str) -> str:
    """A SELECT of one JSON text with the graded topics of a learner and its days, null while grades are brought up.

    `learner` and `today` are SQL expressions.
    """
    return f"""
WITH topic_days AS (
    SELECT topic, {today} - local_day AS age, sum(graded)::bigint AS graded,
        sum(grade_weight)::bigint AS weight, sum(weighted_grade_milli)::bigint AS weighted_grade,
        sum(weighted_typical_milli)::bigint AS weighted_typical, sum(grade_milli)::bigint AS grade_milli,
        sum(typical_milli)::bigint AS typical_milli
    FROM activity_cells
    WHERE learner_id = {learner} AND local_day > {today} - {WINDOW_DAYS} AND grade_weight > 0
    GROUP BY topic, local_day
)
SELECT CASE WHEN (SELECT is_deciding FROM ease_state) THEN json_build_array(
    (SELECT ease FROM ease_publications WHERE valid_from <= {today} ORDER BY valid_from DESC LIMIT 1),
    (
        SELECT json_agg(json_build_array(age, graded, weight, weighted_grade, weighted_typical) ORDER BY age DESC)
        FROM (
            SELECT age, sum(graded)::bigint AS graded, sum(weight)::bigint AS weight,
                sum(weighted_grade)::bigint AS weighted_grade, sum(weighted_typical)::bigint AS weighted_typical
            FROM topic_days GROUP BY age
        ) d
    ),
    (
        SELECT json_agg(json_build_array(t.topic, e.shift, t.grade_milli, t.typical_milli, t.days)) FROM (
            SELECT topic, sum(grade_milli)::bigint AS grade_milli, sum(typical_milli)::bigint AS typical_milli,
                json_agg(json_build_array(age, graded, weight, weighted_grade, weighted_typical) ORDER BY age DESC)
                    AS days
            FROM topic_days WHERE topic <> '' GROUP BY topic
        ) t LEFT JOIN LATERAL (
            SELECT shift FROM eases e WHERE e.topic = t.topic AND e.object_id = '' AND e.valid_from <= {today}
            ORDER BY e.valid_from DESC LIMIT 1
        ) e ON true
    )
)::text END
"""


_GRADED_TOPICS = graded_topics_json("$1::uuid", "$2::date")


@dataclass(frozen=True, slots=True)
class TopicGrades:
    """A topic's grades of the last 400 days: by day, oldest first, and their plain sums in thousandths.

    `typical_milli`: what a typical learner would have got in their place. `ease`: the topic's, as a logit.
    """

    topic: str
    ease: float
    grade_milli: int
    typical_milli: int
    days: Sequence[DaySums]


@dataclass(frozen=True)
class LearnerGrades:
    """A learner's graded topics by name, and its days over all topics, oldest first, as of `today`."""

    today: date
    days: Sequence[DaySums] = ()
    topics: Mapping[str, TopicGrades] = field(default_factory=dict)

    @cached_property
    def strength(self) -> float:
        """How much better the learner does than a typical one, over all topics."""
        return learner_strength(faded_learner(self.days, self.today))

    def mastery(self, topic: str) -> EstimatedTopic | None:
        """The mastery of a topic; None below three grades."""
        grades = self.topics.get(topic)
        if grades is None:
            return None
        estimate = topic_estimate(grades.days, self.strength, self.today, grades.ease)
        if estimate is None:
            return None
        is_right_or_wrong = all(sums.weight == sums.grades for sums in grades.days)
        return EstimatedTopic(topic, estimate, grades.grade_milli, grades.typical_milli, is_right_or_wrong)

    def masteries(self, last_days: Mapping[str, date] | None = None) -> dict[str, TopicMastery]:
        """The mastery of every topic with three grades, as areas and recommendations need it.

        `last_days`: the last day of any activity in a topic. Without it the day of the last grade stands for it.
        """
        by_topic = {}
        for topic, grades in self.topics.items():
            estimate = topic_estimate(grades.days, self.strength, self.today, grades.ease)
            fresh = unfaded_estimate(grades.days, self.days, self.today, grades.ease)
            if estimate is not None and fresh is not None:
                bounds = (estimate.estimate, estimate.low, estimate.high, fresh.estimate)
                last_day = (last_days or {}).get(topic, grades.days[-1].day)
                faded = faded_topic(grades.days, self.today)
                by_topic[topic] = TopicMastery(topic, *bounds, *faded, estimate.grades, last_day)
        return by_topic


async def learner_grades(connection: Reading, learner_id: UUID, today: date) -> LearnerGrades:
    """The grades of a learner. One statement. Nothing while those of an earlier version are brought up."""
    return grades_from_json(await connection.fetchval(_GRADED_TOPICS, learner_id, today), today)


def grades_from_json(text: str | None, today: date) -> LearnerGrades:
    """The grades in the JSON of `graded_topics_json`."""
    if text is None:
        return LearnerGrades(today)
    base, days, topics = orjson.loads(text)
    return LearnerGrades(
        today,
        _days(days, today),
        {
            topic: TopicGrades(topic, DayEase(base, shift).topic, grade_milli, typical_milli, _days(of_topic, today))
            for topic, shift, grade_milli, typical_milli, of_topic in topics or ()
        },
    )


def _days(rows: Sequence[Sequence[int]] | None, today: date) -> list[DaySums]:
    return [DaySums(today - timedelta(days=age), *sums) for age, *sums in rows or ()]
