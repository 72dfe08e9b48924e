"""Progress on the wire: overview, streak, skills, and the small writes beside them."""

from typing import Literal

from pydantic import Field

from milepost.api.achievements.schemas import AchievementsAtAGlance
from milepost.api.goals.schemas import GoalsSummaryOut
from milepost.api.http.fields import Answer, Day
from milepost.api.streaks.schemas import StreakOut


class Grades(Answer):
    """Average grades, 0–100, two decimals; null without a grade. Recent: the last 7 days that have one."""

    average: float | None
    recent_average: float | None
    graded: int


class SkillSummary(Answer):
    """A topic in the overview."""

    topic: str
    level: str
    exercises: int
    average_grade: float | None


class OverviewOut(Answer):
    """A learner's progress at a glance. `skills`: the 20 topics practised last."""

    learner_id: str
    timezone: str
    zone_source: Literal["assumed", "claim", "profile", "admin"]
    zone_hint: str | None = Field(
        default=None, description="The token's zone while ours is only assumed: send PATCH /me."
    )
    local_day: Day
    revision: int
    exercises_completed: int
    exercises_today: int
    minutes: int
    points: int
    achievement_points: int
    hints_used: int
    streak: StreakOut
    grades: Grades
    achievements: AchievementsAtAGlance
    skills: list[SkillSummary]
    goals: GoalsSummaryOut | None = Field(default=None, description="Absent while goals are switched off.")
