"""The overview on the wire."""

from typing import Annotated, Literal

from pydantic import Field

from milepost.api.achievements.schemas import AchievementsAtAGlance
from milepost.api.edge.quiet import LOUD
from milepost.api.goals.schemas import GoalsSummaryOut
from milepost.api.http.fields import Answer, Day, UuidText
from milepost.api.mastery.schemas import MasteryOut
from milepost.api.streaks.schemas import StreakOut


class Grades(Answer):
    """Average grades, 0–100 with two decimals; null without grades. `recent_average`: over the last 7 days with a
    grade.
    """

    average: float | None
    recent_average: float | None
    graded: int


class SkillSummary(Answer):
    """A topic in the overview."""

    topic: str
    level: str
    exercises: int
    average_grade: float | None
    mastery: MasteryOut | None = Field(
        description="What can be expected in typical exercises today; null with fewer than three grades in the last 400"
        " days, and while an upgraded installation still works out earlier grades."
    )


class OverviewOut(Answer):
    """A learner's progress at a glance. `skills`: the 20 most recently practised topics."""

    learner_id: UuidText
    timezone: str
    zone_source: Literal["assumed", "activity", "claim", "profile", "admin"]
    zone_hint: str | None = Field(
        default=None,
        description="The zone in the token, while the stored zone is only assumed; send it with PATCH /me.",
    )
    local_day: Day
    revision: int
    exercises_completed: int
    exercises_today: int
    minutes: int
    seconds: int
    points: int
    achievement_points: Annotated[int, LOUD]
    hints_used: int
    streak: Annotated[StreakOut, LOUD]
    grades: Grades
    achievements: Annotated[AchievementsAtAGlance, LOUD]
    skills: list[SkillSummary]
    goals: GoalsSummaryOut | None = Field(default=None, description="Absent while goals are disabled.")
