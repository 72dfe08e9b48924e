"""A learner's progress at a glance, in one statement: the facts that decide its days, the row of sums, today, the last
grades, the most recent topics, and what rules of achievements read."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from uuid import UUID

import orjson

from milepost.db.connection import Reading
from milepost.db.tables.sums import SUMS
from milepost.queries.achievements.achievements import NO_MEASURES, VALUE_COLUMNS, LearnerMeasures, measures_from_json
from milepost.queries.learners.facts import FACTS, LearnerFacts, facts_from_rows
from milepost.queries.streaks.streaks import settled_streak
from milepost.rules.policy import Policy
from milepost.rules.streaks.streaks import EMPTY, StreakState, StreakView

TOPICS_SHOWN = 20
DAYS_OF_RECENT_AVERAGE = 7

_TOTALS = f"""
SELECT {", ".join(f"coalesce(l.{name}, 0) AS {name}" for name in SUMS)},
    l.run, l.longest, l.last_met_day, l.freezes, l.progress, coalesce(l.outage_seen, 0) AS outage_seen,
    coalesce(t.exercises, 0) AS exercises_today, coalesce(t.streak_activities, 0) > 0 AS met_today,
    r.graded AS recent_graded, r.grade_milli AS recent_grade_milli, s.topics,
    CASE WHEN l.learner_id IS NOT NULL THEN json_build_array(
        json_build_array({", ".join(f"l.{name}" for name in VALUE_COLUMNS)}),
        (SELECT json_object_agg(topic, level) FROM skill_levels s WHERE s.learner_id = k.learner_id AND s.level <> $3),
        (SELECT json_object_agg(counter, value) FROM metric_counters m WHERE m.learner_id = k.learner_id),
        encode(l.unlocked, 'hex'),
        (
            SELECT json_agg(json_build_array(code, unlocked_at, earned_on) ORDER BY unlocked_at, code)
            FROM unlocks u WHERE u.learner_id = k.learner_id AND u.revoked_at IS NULL
        )
    ) END AS measures
FROM (SELECT ($1::uuid[])[1] AS learner_id) k
LEFT JOIN learners l USING (learner_id)
LEFT JOIN activity_days t ON t.learner_id = k.learner_id AND t.local_day = $2
CROSS JOIN LATERAL (
    SELECT coalesce(sum(graded), 0)::bigint AS graded, coalesce(sum(grade_milli), 0)::bigint AS grade_milli
    FROM (
        SELECT graded, grade_milli FROM activity_days
        WHERE learner_id = k.learner_id AND graded > 0 AND local_day <= $2
        ORDER BY local_day DESC LIMIT {DAYS_OF_RECENT_AVERAGE}
    ) graded_days
) r
CROSS JOIN LATERAL (
    SELECT json_agg(
        json_build_array(topic, level, exercises, graded, grade_milli) ORDER BY last_day DESC, topic
    ) AS topics
    FROM (
        SELECT topic, level, exercises, graded, grade_milli, last_day FROM skill_levels
        WHERE learner_id = k.learner_id ORDER BY last_day DESC, topic LIMIT {TOPICS_SHOWN}
    ) recent
) s
"""
_OVERVIEW = f"""
{FACTS} UNION ALL
SELECT 'totals', NULL, NULL, NULL, row_to_json(o)::text, NULL, NULL, 0, 0 FROM ({_TOTALS}) o
"""


@dataclass(frozen=True, slots=True)
class TopicOverview:
    """A topic's level, its exercises, how many of them have a grade, and the sum of the grades in thousandths."""

    topic: str
    level: str
    exercises: int
    graded: int
    grade_milli: int


@dataclass(frozen=True, slots=True)
class Overview:
    """A learner's totals; grades as counts and sums in thousandths. All zero for an unknown learner.

    `streak` is complete, also while an outage has not reached the learner's row.
    """

    exercises: int
    exercises_today: int
    met_today: bool
    seconds: int
    points: int
    hints: int
    graded: int
    grade_milli: int
    recent_graded: int
    recent_grade_milli: int
    streak: StreakState
    topics: Sequence[TopicOverview]
    facts: LearnerFacts
    measures: LearnerMeasures

    def streak_view(self, now: datetime, policy: Policy) -> StreakView:
        """The streak at `now`."""
        return self.facts.streak_view(self.streak, now, self.met_today, policy)


async def overview(connection: Reading, learner_id: UUID, today: date, policy: Policy) -> Overview:
    """The overview on the learner's date `today`. One statement; one more while an outage has not reached its row."""
    rows = await connection.fetch(_OVERVIEW, [learner_id], today, policy.skills.levels[0].name)
    facts = facts_from_rows((row for row in rows if row[0] != "totals"), [learner_id], policy)[learner_id]
    totals = orjson.loads(next(row["name"] for row in rows if row[0] == "totals"))
    streak, measures = EMPTY, NO_MEASURES
    if totals["measures"] is not None:
        last_met_day = totals["last_met_day"] and date.fromisoformat(totals["last_met_day"])
        streak = StreakState(totals["run"], totals["longest"], last_met_day, totals["freezes"], totals["progress"])
        measures = measures_from_json(totals["measures"], policy)
        settled = await settled_streak(connection, learner_id, streak, totals["outage_seen"], facts, policy)
        if settled is not streak:
            streak = settled
            measures = replace(measures, values=measures.values.with_streak(streak.run, streak.longest))
    return Overview(
        exercises=totals["exercises"],
        exercises_today=totals["exercises_today"],
        met_today=totals["met_today"],
        seconds=totals["seconds"],
        points=totals["points"],
        hints=totals["hints"],
        graded=totals["graded"],
        grade_milli=totals["grade_milli"],
        recent_graded=totals["recent_graded"],
        recent_grade_milli=totals["recent_grade_milli"],
        streak=streak,
        topics=[TopicOverview(*topic) for topic in totals["topics"] or ()],
        facts=facts,
        measures=measures,
    )
