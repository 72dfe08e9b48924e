"""Progress on the wire: overview, streak, skills, and the small writes beside them."""

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from milepost.api.achievements.schemas import AchievementsAtAGlance, UnlockedOut
from milepost.api.activities.schemas import ActivityIn, LevelChangeOut, NamedLearner, StreakOut, Topic, Word
from milepost.api.goals.schemas import GoalsSummaryOut
from milepost.api.http.fields import Answer, Day, Instant, LearnerRef, Sent, ZoneName

Outcome = Literal["started", "continued", "continued_with_freeze", "already_counted", "broken_and_restarted", "late"]


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


class StreakQuery(NamedLearner):
    """Which month of the calendar; `at` (services and administrators): how it stood at an instant that is past."""

    month: Annotated[str, StringConstraints(pattern=r"^(19|20|21)[0-9]{2}-(0[1-9]|1[0-2])$")] | None = None
    at: Instant | None = None


class StreakDayOut(Answer):
    """One day of the calendar; `kind` says why an excused one is."""

    day: Day
    state: Literal["met", "frozen", "excused", "missed", "open", "future", "none"]
    kind: str | None = None
    reason: str


class StreakAnswer(StreakOut):
    """A streak with a month of its calendar. `repairable_until`: until when the newest gap can be repaired."""

    local_day: Day
    timezone: str
    repairable_until: Instant | None
    month: str
    calendar: list[StreakDayOut]


class ExerciseIn(ActivityIn):
    """An activity; what is not said is a completed exercise, now."""

    verb: Word = "completed"
    object_type: Word = "exercise"
    occurred_at: Instant | None = None  # type: ignore[assignment]  # needed elsewhere, "now" here


class StreakUpdateIn(Sent):
    """With an exercise: it is recorded. Without one: a check-in for today."""

    exercise: ExerciseIn | None = None
    learner_id: LearnerRef | None = None


class StreakUpdateOut(Answer):
    """What the exercise or check-in did to the streak."""

    current_streak: int
    longest_streak: int
    outcome: Outcome
    is_new_record: bool
    last_exercise_date: Day | None
    freezes: int
    level_changes: list[LevelChangeOut]
    unlocked: list[UnlockedOut]


class NextLevelOut(Answer):
    """What the next level still needs: graded exercises, and points of the average grade (rounded up)."""

    level: str
    exercises_missing: int
    grade_missing: float


class SkillProgressOut(Answer):
    """0–100; parts without data are absent and the others share their weight."""

    total: float
    parts: dict[str, float]
    weights_used: dict[str, float]


class SkillOut(Answer):
    """A topic with its level, what it rests on, and what the next one needs (null at the top).

    Levels count exercises with a grade: `graded` of `exercises`.
    """

    topic: str
    level: str
    previous_level: str | None
    level_updated_at: Instant | None
    exercises: int
    graded: int
    average_grade: float | None
    minutes: int
    next: NextLevelOut | None
    progress: SkillProgressOut


class SkillsOut(Answer):
    """All topics by name."""

    skills: list[SkillOut]


class SkillLevelIn(Sent):
    """Which topic."""

    topic: Topic
    learner_id: LearnerRef | None = None


class SkillLevelOut(Answer):
    """The level of a topic, decided now. `changed`: it differs from the one kept before."""

    topic: str
    level: str
    previous_level: str
    changed: bool
    exercises: int
    graded: int
    average_grade: float | None
    next: NextLevelOut | None


class MeOut(Answer):
    """What is known about the caller. `zone_change_allowed_at`: null when it may change now."""

    learner_id: str
    timezone: str
    zone_source: Literal["assumed", "claim", "profile", "admin"]
    zone_hint: str | None = None
    zone_change_allowed_at: Instant | None
    local_day: Day


class MeIn(Sent):
    """What to change."""

    zone: ZoneName
