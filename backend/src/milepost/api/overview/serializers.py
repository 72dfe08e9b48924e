"""Progress on the wire, from rows: rounding and naming, nothing decided. Shapes are those of `schemas/progress.py`."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import date

from milepost.api.achievements.serializers import achievement_points, glance_shape
from milepost.api.streaks.serializers import instant, streak_shape
from milepost.queries.achievements.achievements import Measured
from milepost.queries.learners.version import Standing
from milepost.queries.overview import Overview
from milepost.queries.skills import Skill
from milepost.rules.achievements.catalogue import Catalogue
from milepost.rules.policy import SkillsPolicy
from milepost.rules.skills import average_grade, next_step, skill_progress
from milepost.rules.streaks.streaks import CalendarDay, StreakView

Shape = dict[str, object]


def overview_shape(
    standing: Standing,
    today: date,
    hint: str | None,
    found: Overview,
    streak: StreakView,
    catalogue: Catalogue,
    done: Measured,
) -> Shape:
    """`OverviewOut`. Minutes are whole, rounded down."""
    shape: Shape = {
        "learner_id": str(standing.learner_id),
        "timezone": standing.zone,
        "zone_source": standing.zone_source,
        "local_day": today.isoformat(),
        "revision": standing.revision,
        "exercises_completed": found.exercises,
        "exercises_today": found.exercises_today,
        "minutes": found.seconds // 60,
        "points": found.points,
        "achievement_points": achievement_points(catalogue, done),
        "hints_used": found.hints,
        "streak": streak_shape(streak),
        "grades": {
            "average": average_grade(found.graded, found.grade_milli),
            "recent_average": average_grade(found.recent_graded, found.recent_grade_milli),
            "graded": found.graded,
        },
        "achievements": glance_shape(catalogue, done, streak.current),
        "skills": [
            {
                "topic": topic.topic,
                "level": topic.level,
                "exercises": topic.exercises,
                "average_grade": average_grade(topic.graded, topic.grade_milli),
            }
            for topic in found.topics
        ],
    }
    if hint is not None:
        shape["zone_hint"] = hint
    return shape


def skill_shape(skill: Skill, policy: SkillsPolicy) -> Shape:
    """`SkillOut`."""
    return {
        "topic": skill.topic,
        "level": skill.level,
        "previous_level": skill.previous_level,
        "level_updated_at": instant(skill.level_updated_at),
        "exercises": skill.exercises,
        "graded": skill.sums.graded,
        "average_grade": average_grade(skill.sums.graded, skill.sums.grade_milli),
        "minutes": skill.sums.seconds // 60,
        "next": next_shape(skill.sums.graded, skill.sums.grade_milli, policy, skill.level),
        "progress": asdict(skill_progress(skill.sums, policy)),
    }


def next_shape(graded: int, grade_milli: int, policy: SkillsPolicy, held: str) -> Shape | None:
    """`NextLevelOut`, or nothing at the top."""
    step = next_step(graded, grade_milli, policy, held)
    return None if step is None else asdict(step)


def calendar_shape(days: Sequence[CalendarDay]) -> list[Shape]:
    """A list of `StreakDayOut`."""
    shapes: list[Shape] = []
    for day in days:
        shape: Shape = {"day": day.day.isoformat(), "state": day.state, "reason": day.reason}
        if day.kind is not None:
            shape["kind"] = str(day.kind)
        shapes.append(shape)
    return shapes
