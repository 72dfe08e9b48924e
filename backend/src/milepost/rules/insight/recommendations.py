"""Recommendations: what to do next, ranked, each with its reason.

They are about a run that ends today, an overdue task, a topic close to a level, an achievement within reach, or a
neglected path. In quiet mode the caller gives neither a run nor an achievement.

Second person, no exclamation marks, no guilt: the number, then the next step. This module does not know the clock or
where facts are stored.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Literal

from milepost.rules.achievements.metrics import unit_of
from milepost.rules.days.wording import date_in_words, quantity
from milepost.rules.policy import SkillsPolicy
from milepost.rules.skills import NextLevel, average_grade, next_step
from milepost.rules.streaks.streaks import StreakView

MAX_OF_A_KIND = 3
NEAR_EXERCISES = 5
"""A level is near if at most this many graded exercises are missing and the average is enough."""
NEAR_GRADE = 3.0
"""A level is near if at most this many points of the average are missing and the exercises are enough."""
MAX_REST_DAYS = 28
"""A level is near only in a topic practised within this many days: an abandoned topic is not the next step."""
MASTERED_GRADE = 95.0
"""From this average on, more exercises of a topic teach little: its next level comes by itself."""
NEAR_PERCENT = 75.0
"""An achievement is within reach from this percentage."""
MIN_REST_ACTIVITIES = 3
"""The minimum number of activities for a path to count as practised."""

Kind = Literal["streak_at_risk", "overdue_task", "near_level", "near_achievement", "neglected_path"]
Numbers = Mapping[str, int | float | str]


@dataclass(frozen=True, slots=True)
class Recommendation:
    """What to do and why. `subject` is the topic, path, code or task it is about; `weight` (0–100) is its rank."""

    kind: Kind
    text: str
    reason: str
    subject: str | None
    numbers: Numbers
    weight: float


@dataclass(frozen=True, slots=True)
class Topic:
    """A topic: its level, its grades as a count and a sum in thousandths, and the days since its last activity."""

    topic: str
    level: str
    graded: int
    grade_milli: int
    rested_days: int = 0


@dataclass(frozen=True, slots=True)
class PathRest:
    """A path: its activities lately and in the longer time before, both lengths in days, and its last active day."""

    path: str
    lately: int
    before: int
    last_day: date
    days_lately: int
    days_before: int


@dataclass(frozen=True, slots=True)
class OpenTask:
    """A task that is not completed and was due before today."""

    task_id: str
    title: str
    due_day: date


@dataclass(frozen=True, slots=True)
class NearAchievement:
    """The nearest locked achievement: its progress, `now` of `needed` in the unit of its metric, and in percent."""

    code: str
    title: str
    metric: str
    now: int
    needed: int
    percent: float


@dataclass(frozen=True, slots=True)
class Situation:
    """Everything recommendations are based on. `tasks` are the overdue ones, the longest overdue first.

    Without a `streak` none is about the run.
    """

    streak: StreakView | None
    topics: Sequence[Topic] = ()
    tasks: Sequence[OpenTask] = ()
    paths: Sequence[PathRest] = ()
    nearest: NearAchievement | None = None
    policy: SkillsPolicy = field(kw_only=True)


def recommendations(situation: Situation) -> list[Recommendation]:
    """By descending weight, then by kind and subject. At most three of a kind."""
    unsorted = [
        *_streak(situation.streak),
        *(_task(task, index) for index, task in enumerate(situation.tasks[:MAX_OF_A_KIND])),
        *_levels(situation.topics, situation.policy),
        *_achievement(situation.nearest),
        *_path(situation.paths),
    ]
    return sorted(unsorted, key=lambda item: (-item.weight, item.kind, item.subject or ""))


def _streak(streak: StreakView | None) -> Iterable[Recommendation]:
    if streak is None or streak.state != "at_risk" or streak.met_today or streak.paused:
        return
    yield Recommendation(
        kind="streak_at_risk",
        text=f"One activity today makes it day {streak.current + 1}.",
        reason=f"Your run of {streak.current} lasts until the end of today.",
        subject=None,
        numbers={"current_streak": streak.current, "next_day": streak.current + 1},
        weight=100.0,
    )


def _task(task: OpenTask, index: int) -> Recommendation:
    return Recommendation(
        kind="overdue_task",
        text=f"“{task.title}” is still open.",
        reason=f"It was due on {date_in_words(task.due_day)}. You can also choose a new date.",
        subject=task.task_id,
        numbers={"due_day": task.due_day.isoformat()},
        weight=90.0 - index,
    )


def _levels(topics: Iterable[Topic], policy: SkillsPolicy) -> list[Recommendation]:
    near = []
    for topic in topics:
        step = next_step(topic.graded, topic.grade_milli, policy, topic.level)
        average = average_grade(topic.graded, topic.grade_milli)
        if step is None or average is None or topic.rested_days > MAX_REST_DAYS or average >= MASTERED_GRADE:
            continue
        if _is_near(step):
            near.append(_level(topic, step, average))
    return sorted(near, key=lambda item: (-item.weight, item.subject))[:MAX_OF_A_KIND]


def _is_near(step: NextLevel) -> bool:
    if step.grade_missing:
        return not step.exercises_missing and step.grade_missing <= NEAR_GRADE
    return step.exercises_missing <= NEAR_EXERCISES


def _level(topic: Topic, step: NextLevel, average: float) -> Recommendation:
    missing = step.exercises_missing
    if missing:
        text = f"{quantity(missing, 'more exercise')} in {topic.topic} to reach {step.level}."
        reason = f"Your average of {average:g} is already enough."
        weight = 80.0 - missing
    else:
        text = f"{quantity(step.grade_missing, 'point')} more on average in {topic.topic} to reach {step.level}."
        reason = f"You have {quantity(topic.graded, 'graded exercise')}, which is already enough."
        weight = 80.0 - NEAR_EXERCISES - step.grade_missing
    numbers: Numbers = {
        "level": step.level,
        "exercises_missing": missing,
        "grade_missing": step.grade_missing,
        "average_grade": average,
        "graded": topic.graded,
    }
    return Recommendation("near_level", text, reason, topic.topic, numbers, weight)


def _achievement(nearest: NearAchievement | None) -> Iterable[Recommendation]:
    if nearest is None or not NEAR_PERCENT <= nearest.percent < 100:
        return
    missing = nearest.needed - nearest.now
    yield Recommendation(
        kind="near_achievement",
        text=f"{missing} more {unit_of(nearest.metric)[missing != 1]} for “{nearest.title}”.",
        reason=f"You have {nearest.now} of {nearest.needed}.",
        subject=nearest.code,
        numbers={
            "metric": nearest.metric,
            "now": nearest.now,
            "needed": nearest.needed,
            "missing": missing,
            "percent": nearest.percent,
        },
        # From 60 to 70: below a near level, above a neglected path.
        weight=60.0 + (nearest.percent - NEAR_PERCENT) * 0.4,
    )


def _path(paths: Iterable[PathRest]) -> Iterable[Recommendation]:
    resting = [path for path in paths if not path.lately and path.before >= MIN_REST_ACTIVITIES]
    if not resting or all(not path.lately for path in paths):
        # If no path is practised at all, none is neglected in favour of another.
        return
    path = min(resting, key=lambda candidate: (-candidate.before, candidate.path))
    yield Recommendation(
        kind="neglected_path",
        text=f"Your last activity in {path.path} was on {date_in_words(path.last_day)}.",
        reason=(
            f"{path.before} activities in the {path.days_before} days before, none in the last {path.days_lately}, "
            "while you practised other paths."
        ),
        subject=path.path,
        numbers={
            "activities_before": path.before,
            "days_before": path.days_before,
            "days_lately": path.days_lately,
            "last_day": path.last_day.isoformat(),
        },
        weight=50.0,
    )
