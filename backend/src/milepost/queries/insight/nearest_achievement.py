"""A learner's current streak, the achievements that may come next with the condition they lack, and recent topics.

One statement reads everything about the learner: the facts that decide its days, its streak, its sums and topics.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

import orjson

from milepost.db.connection import Reading
from milepost.queries.achievements.achievements import VALUE_COLUMNS, values_of
from milepost.queries.learners.facts import DAY_FACTS, facts_from_rows
from milepost.queries.streaks.streaks import settled_streak
from milepost.rules.achievements.catalogue import Catalogue
from milepost.rules.achievements.conditions import MetricValues
from milepost.rules.achievements.definitions import Condition, Definition
from milepost.rules.achievements.progress import AchievementProgress, deciding_condition, nearest_of_each_kind
from milepost.rules.insight.forecasts import GradedTopic
from milepost.rules.insight.predictions import ACTIVE_DAYS_WINDOW
from milepost.rules.policy import Policy
from milepost.rules.streaks.streaks import EMPTY, StreakState, StreakView

TOPICS_FORECAST = 8
"""The most recent topics with a grade, and the requested one."""
MAX_CANDIDATES = 6
"""The achievements whose dates are compared; each may take one more statement."""

_OUTLOOK = f"""
{DAY_FACTS} UNION ALL
SELECT 'sums', k.learner_id, NULL, NULL, json_build_array(
    coalesce(l.outage_seen, 0),
    EXISTS (
        SELECT FROM activity_days t WHERE t.learner_id = k.learner_id AND t.local_day = $2 AND t.streak_activities > 0
    ),
    CASE WHEN l.learner_id IS NOT NULL THEN json_build_array(
        json_build_array(l.run, l.longest, l.last_met_day, l.freezes, l.progress),
        json_build_array({", ".join(f"l.{name}" for name in VALUE_COLUMNS)}),
        (SELECT json_object_agg(topic, level) FROM skill_levels s WHERE s.learner_id = k.learner_id AND s.level <> $3),
        (SELECT json_object_agg(counter, value) FROM metric_counters m WHERE m.learner_id = k.learner_id),
        (SELECT json_agg(code) FROM unlocks u WHERE u.learner_id = k.learner_id AND u.revoked_at IS NULL)
    ) END
)::text, NULL, NULL, 0, 0
FROM (SELECT unnest($1::uuid[]) AS learner_id) k LEFT JOIN learners l USING (learner_id)
UNION ALL
SELECT 'topics', NULL, NULL, NULL,
    json_agg(json_build_array(topic, level, graded, grade_milli, coalesce(lately, 0)))::text, NULL, NULL, 0, 0
FROM (
    SELECT topic, level, graded, grade_milli FROM skill_levels
    WHERE learner_id = ($1::uuid[])[1] AND (graded > 0 OR topic = $5)
    ORDER BY coalesce(topic = $5, false) DESC, last_day DESC, topic
    LIMIT {TOPICS_FORECAST}
) chosen LEFT JOIN (
    SELECT topic, sum(graded)::bigint AS lately FROM activity_cells
    WHERE learner_id = ($1::uuid[])[1] AND local_day >= $4 GROUP BY topic
) practised USING (topic)
"""


@dataclass(frozen=True, slots=True)
class NearestAchievement:
    """A locked achievement, and the condition that its progress shows."""

    definition: Definition
    progress: AchievementProgress
    condition: Condition


@dataclass(frozen=True, slots=True)
class Outlook:
    """The streak, the most recent topics, and `candidates`: of the locked achievements that count the same, the nearest
    one; the nearest of all first.
    """

    streak: StreakView
    topics: Sequence[GradedTopic] = ()
    candidates: Sequence[NearestAchievement] = ()


@dataclass(frozen=True, slots=True)
class Moment:
    """The instant of a read: now, the learner's date, and the catalogue and policy in force."""

    now: datetime
    today: date
    catalogue: Catalogue
    policy: Policy


async def outlook(connection: Reading, learner_id: UUID, moment: Moment, topic: str | None = None) -> Outlook:
    """The learner's outlook; with `topic` among the topics, if the learner has it.

    One statement; one more while an outage has yet to reach the learner's row.
    """
    first_level = moment.policy.skills.levels[0].name
    since = moment.today - timedelta(days=ACTIVE_DAYS_WINDOW)
    rows = await connection.fetch(_OUTLOOK, [learner_id], moment.today, first_level, since, topic)
    parts = {row[0]: orjson.loads(row["name"] or b"[]") for row in rows if row[0] in ("sums", "topics")}
    policy, catalogue = moment.policy, moment.catalogue
    facts = facts_from_rows((row for row in rows if row[0] not in parts), [learner_id], policy)[learner_id]
    outage_seen, met_today, learner_row = parts["sums"]
    state, values = EMPTY, MetricValues()
    if learner_row is not None:
        (run, longest, last_met_day, *rest), columns, levels, counters, unlocked = learner_row
        state = StreakState(run, longest, last_met_day and date.fromisoformat(last_met_day), *rest)
        values = values_of(columns, levels or {}, counters or {}, policy)
        values = values._replace(unlocked=catalogue.mask_of(unlocked or ()))
    state = await settled_streak(connection, learner_id, state, outage_seen, facts, policy)
    streak = facts.streak_view(state, moment.now, met_today, policy)
    values = values.with_streak(streak.current, streak.longest)
    topics = [GradedTopic(*topic) for topic in parts["topics"]]

    def with_condition(definition: Definition, shown: AchievementProgress) -> NearestAchievement:
        return NearestAchievement(definition, shown, deciding_condition(catalogue, definition.code, values))

    # What no pace can date comes last, so that it pushes out nothing that has a date.
    candidates = sorted(
        (with_condition(*item) for item in nearest_of_each_kind(catalogue, values)),
        key=lambda candidate: candidate.condition.declared.forecast_by is None,
    )
    return Outlook(streak, topics, candidates[:MAX_CANDIDATES])
