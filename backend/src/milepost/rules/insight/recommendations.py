"""Recommendations: what to do next, ranked, each with its reason.

They are about a run that ends today, an overdue task, a topic close to a level, a topic that is weak or long not
practised, an achievement within reach, or a neglected path. At most one is about any topic, and none contradicts the
predictions beside it. In quiet mode the caller gives neither a run nor an achievement.

Second person, no exclamation marks, no guilt: the number, then the next step. This module does not know the clock or
where facts are stored.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Literal

from milepost.rules.achievements.metrics import unit_of
from milepost.rules.days.wording import date_in_words, quantity
from milepost.rules.insight.predictions import Estimate
from milepost.rules.insight.topic_mastery import (
    MASTERED_ESTIMATE,
    MASTERED_GRADE,
    Masteries,
    TopicMastery,
    whole,
)
from milepost.rules.insight.topic_strengths import MIN_GRADED, Area, areas
from milepost.rules.policy import SkillsPolicy
from milepost.rules.skills import GRADE_SCALE, NextLevel, average_grade, next_step
from milepost.rules.streaks.streaks import StreakView

MAX_OF_A_KIND = 3
NEAR_EXERCISES = 5
"""A level is near if at most this many graded exercises are missing and the average is enough."""
NEAR_GRADE = 3.0
"""A level is near if at most this many points of the average are missing and the exercises are enough."""
MAX_REST_DAYS = 28
"""A level is near only in a topic practised within this many days: an abandoned topic is not the next step."""
MIN_REVIEW_REST_DAYS = 60
"""A topic is to be reviewed after this many days without practice."""
MIN_REVIEW_ESTIMATE = 80.0
"""A topic is to be reviewed if this much was expected when it was fresh."""
NEAR_PERCENT = 75.0
"""An achievement is within reach from this percentage."""
MIN_REST_ACTIVITIES = 3
"""The minimum number of activities for a path to count as practised."""

Kind = Literal[
    "streak_at_risk",
    "overdue_task",
    "near_level",
    "weak_topic",
    "near_achievement",
    "review_topic",
    "neglected_path",
]
Numbers = Mapping[str, int | float | str]


@dataclass(frozen=True, slots=True)
class Recommendation:
    """What to do and why. `subject` is the topic, path, code or task it is about; `weight` (0–100) is its rank.

    `topic`: the topic to practise for it, if there is one.
    """

    kind: Kind
    text: str
    reason: str
    subject: str | None
    numbers: Numbers
    weight: float
    topic: str | None = None


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
    """A locked achievement: its progress, `now` of `needed` in the unit of its metric, and in percent. `topic`: the
    only one whose practice counts, if there is one.
    """

    code: str
    title: str
    metric: str
    now: int
    needed: int
    percent: float
    topic: str | None = None


@dataclass(frozen=True, slots=True)
class Situation:
    """Everything recommendations are based on. `tasks` are the overdue ones, the longest overdue first.

    Without a `streak` none is about the run. `level_estimates`: when the next level of a topic is likely, by topic.
    `nearest`: the achievement with the earliest likely date of those within reach.
    """

    streak: StreakView | None
    topics: Sequence[Topic] = ()
    tasks: Sequence[OpenTask] = ()
    paths: Sequence[PathRest] = ()
    nearest: NearAchievement | None = None
    level_estimates: Mapping[str, Estimate] = field(default_factory=dict)
    masteries: Masteries = field(default_factory=dict)
    today: date = field(kw_only=True)
    policy: SkillsPolicy = field(kw_only=True)


def recommendations(situation: Situation) -> list[Recommendation]:
    """By descending weight, then by kind and subject. At most three of a kind, and the first about each topic."""
    unsorted = [
        *_streak(situation.streak),
        *(_task(task, index) for index, task in enumerate(situation.tasks[:MAX_OF_A_KIND])),
        *_levels(situation),
        *_weak_topic(situation),
        *_achievement(situation.nearest),
        *_review_topic(situation.masteries.values(), situation.today),
        *_path(situation.paths),
    ]
    ranked, seen = [], set()
    for item in sorted(unsorted, key=lambda item: (-item.weight, item.kind, item.subject or "")):
        if item.topic is None or item.topic not in seen:
            ranked.append(item)
            seen.add(item.topic)
    return ranked


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


def _levels(situation: Situation) -> list[Recommendation]:
    """Those with the earliest likely date first, as predictions offer them, then by what is missing."""
    near = []
    for topic in situation.topics:
        step = next_step(topic.graded, topic.grade_milli, situation.policy, topic.level)
        average = average_grade(topic.graded, topic.grade_milli)
        if step is None or average is None or topic.rested_days > MAX_REST_DAYS or not _is_near(step):
            continue
        expected = situation.level_estimates.get(topic.topic)
        if expected is not None and expected.state == "unlikely":
            # The prediction beside it says that few get there.
            continue
        mastery = situation.masteries.get(topic.topic)
        if average < MASTERED_GRADE if mastery is None else _is_expected(topic, step, mastery, situation.policy):
            day = None if expected is None else expected.p50
            near.append((day or date.max, step.exercises_missing or NEAR_EXERCISES + step.grade_missing, topic, step))
    near.sort(key=lambda item: (item[0], item[1], item[2].topic))
    return [_level(topic, step, 80.0 - place) for place, (*_, topic, step) in enumerate(near[:MAX_OF_A_KIND])]


def _is_near(step: NextLevel) -> bool:
    if step.grade_missing:
        return not step.exercises_missing and step.grade_missing <= NEAR_GRADE
    return step.exercises_missing <= NEAR_EXERCISES


def _is_expected(topic: Topic, step: NextLevel, mastery: TopicMastery, policy: SkillsPolicy) -> bool:
    """Do the next exercises lead to the level by what is expected of them, in a topic that is not mastered yet?

    The average has to rise if it is too low, and to stay high enough if exercises are missing.
    """
    needed = next(level.average_grade for level in policy.levels if level.name == step.level)
    if step.grade_missing:
        return needed < mastery.estimate < MASTERED_ESTIMATE
    count = step.exercises_missing
    spare = topic.grade_milli / GRADE_SCALE - needed * topic.graded
    return not mastery.is_mastered and spare + count * (mastery.estimate - needed) >= 0


def _level(topic: Topic, step: NextLevel, weight: float) -> Recommendation:
    missing, average = step.exercises_missing, average_grade(topic.graded, topic.grade_milli) or 0.0
    if missing:
        text = f"{quantity(missing, 'more exercise')} in {topic.topic} to reach {step.level}."
        reason = f"Your average of {average:g} is already enough."
    else:
        text = f"{quantity(step.grade_missing, 'point')} more on average in {topic.topic} to reach {step.level}."
        reason = f"You have {quantity(topic.graded, 'graded exercise')}, which is already enough."
    numbers: Numbers = {
        "level": step.level,
        "exercises_missing": missing,
        "grade_missing": step.grade_missing,
        "average_grade": average,
        "graded": topic.graded,
    }
    return Recommendation("near_level", text, reason, topic.topic, numbers, weight, topic.topic)


def _weak_topic(situation: Situation) -> Iterable[Recommendation]:
    """The topic with the lowest upper bound of those where others do better in the same exercises.

    Never one that is called a strongest area beside it, or that is mastered.
    """
    graded = [Area(topic.topic, topic.graded, topic.grade_milli) for topic in situation.topics]
    strongest = {area.topic for area in areas(graded, situation.masteries).strongest}
    weak = [
        mastery
        for mastery in situation.masteries.values()
        if mastery.is_below_typical
        and mastery.grades >= MIN_GRADED
        and mastery.rested_days(situation.today) <= MAX_REST_DAYS
        and mastery.topic not in strongest
        and not mastery.is_mastered
    ]
    if not weak:
        return
    topic = min(weak, key=lambda mastery: (mastery.high, -mastery.grades, mastery.topic))
    compared = topic.comparison()
    yield Recommendation(
        kind="weak_topic",
        text=f"Practice in {topic.topic} is worth it now.",
        reason=(
            f"Lately you got {compared['won']:g} of 100 there; "
            f"others get {compared['typical']:g} in the same exercises."
        ),
        subject=topic.topic,
        numbers=topic.numbers() | compared,
        # Below every near level, which is a step of known length.
        weight=75.0,
        topic=topic.topic,
    )


def _review_topic(masteries: Iterable[TopicMastery], today: date) -> Iterable[Recommendation]:
    """The topic that lost most of those that went well and have long not been practised."""
    resting = [
        mastery
        for mastery in masteries
        if mastery.fresh_estimate >= MIN_REVIEW_ESTIMATE
        and mastery.grades >= MIN_GRADED
        and mastery.rested_days(today) >= MIN_REVIEW_REST_DAYS
    ]
    if not resting:
        return
    topic = min(resting, key=lambda mastery: (mastery.estimate - mastery.fresh_estimate, mastery.topic))
    fresh = whole(topic.fresh_estimate)
    yield Recommendation(
        kind="review_topic",
        text=f"A few exercises in {topic.topic} would refresh it.",
        reason=(
            f"Your last practice there was on {date_in_words(topic.last_practised_on)}; "
            f"you would have got {fresh} of 100 then."
        ),
        subject=topic.topic,
        numbers=topic.numbers() | {"fresh_estimate": fresh, "last_day": topic.last_practised_on.isoformat()},
        # Below an achievement within reach, above a neglected path.
        weight=55.0,
        topic=topic.topic,
    )


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
        # From 60 to 70: below a weak topic.
        weight=60.0 + (nearest.percent - NEAR_PERCENT) * 0.4,
        topic=nearest.topic,
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
