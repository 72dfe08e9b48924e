"""The achievements and levels that a learner may reach next, the earliest likely date first.

Predictions and recommendations both come from here, so that they never contradict each other.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from milepost.db.connection import Reading
from milepost.queries.insight.nearest_achievement import NearestAchievement, Outlook
from milepost.queries.insight.pace import Pace, pace
from milepost.rules.achievements.definitions import Condition
from milepost.rules.days.periods import Days
from milepost.rules.insight.forecasts import (
    LevelForecast,
    earliest_first,
    is_likely,
    lacks_grade,
    level_forecast,
    levels_by_date,
    series_of,
)
from milepost.rules.insight.predictions import WINDOW_DAYS, Estimate, estimate, streak_estimate
from milepost.rules.policy import SkillsPolicy
from milepost.rules.streaks.streaks import StreakView


@dataclass(frozen=True, slots=True)
class AchievementProspect:
    """A locked achievement and when it is likely. `level`: the level that its rule depends on, if any."""

    nearest: NearestAchievement
    level: LevelForecast | None
    estimate: Estimate


@dataclass(frozen=True, slots=True)
class Prospects:
    """The earliest likely date first; then runs that must last longer than they have; then those without a date,
    achievements with the most progress first.
    """

    achievements: Sequence[AchievementProspect] = ()
    levels: Sequence[LevelForecast] = ()


async def prospects(
    connection: Reading, learner_id: UUID, ahead: Outlook, today: date, policy: SkillsPolicy
) -> Prospects:
    """The prospects of the candidates and topics of `ahead`.

    One statement for the topics and the first candidate, and one for each other candidate whose metric has a pace.
    """
    window = Days(today - timedelta(days=WINDOW_DAYS), today - timedelta(days=1))
    paced = sorted(topic.topic for topic in ahead.topics if not lacks_grade(topic, policy))
    conditions: list[Condition | None] = [candidate.condition for candidate in ahead.candidates] or [None]
    first = await pace(connection, learner_id, window, today, conditions[0], paced)
    paces = [first, *[await pace(connection, learner_id, window, today, other, ()) for other in conditions[1:]]]
    forecasts = {
        topic.topic: forecast
        for topic in ahead.topics
        if (forecast := level_forecast(topic, first.topics.get(topic.topic, {}), policy, window, today)) is not None
    }
    levels = levels_by_date(ahead.topics, forecasts)
    achievements = [
        _achievement(nearest, pace_of_rule, _required_level(nearest.condition, levels), ahead.streak, window, today)
        # Without a candidate, the only pace is that of the topics.
        for nearest, pace_of_rule in zip(ahead.candidates, paces, strict=False)
    ]
    run = ahead.streak.current
    order = earliest_first(
        [
            (prospect.estimate, is_likely(prospect.estimate, prospect.nearest.progress.missing, run))
            for prospect in achievements
        ]
    )
    return Prospects([achievements[place] for place in order], levels)


def _required_level(condition: Condition, levels: Sequence[LevelForecast]) -> LevelForecast | None:
    """The level that the condition depends on, in its topic or in the topic where it comes first, if any."""
    if condition.declared.forecast_by != "next_level":
        return None
    return next(
        (
            forecast
            for forecast in levels
            if forecast.level == condition.level and condition.topic in (None, forecast.topic)
        ),
        None,
    )


def _achievement(
    nearest: NearestAchievement,
    pace_of_rule: Pace,
    level: LevelForecast | None,
    streak: StreakView,
    window: Days,
    today: date,
) -> AchievementProspect:
    """Estimated from the pace of what the rule counts. `level`: the one that the rule depends on, if any."""
    missing = nearest.progress.missing
    counted = pace_of_rule.counted
    if nearest.condition.declared.forecast_by == "unbroken_streak":
        expected = streak_estimate(missing, streak.met_today, today)
    elif level is not None:
        expected = level.estimate
    elif counted is None:
        expected = Estimate("not_predictable")
    else:
        counts = series_of(counted, pace_of_rule.began_on or today, window)
        expected = estimate(counts, missing, today, counted.get(today, 0))
    return AchievementProspect(nearest, level, expected)
