"""Turns skill levels into the shapes of `schemas`."""

from dataclasses import asdict

from milepost.api.http.responses import JsonObject, instant, time_json
from milepost.api.mastery.serializers import mastery_json
from milepost.queries.skills import Skill
from milepost.rules.mastery.wording import EstimatedTopic
from milepost.rules.policy import SkillsPolicy
from milepost.rules.skills import average_grade, next_step, skill_progress


def skill_json(skill: Skill, policy: SkillsPolicy, mastery: EstimatedTopic | None) -> JsonObject:
    """`SkillOut`."""
    return {
        "topic": skill.topic,
        "level": skill.level,
        "previous_level": skill.previous_level,
        "level_updated_at": instant(skill.level_updated_at),
        "exercises": skill.exercises,
        "graded": skill.sums.graded,
        "average_grade": average_grade(skill.sums.graded, skill.sums.grade_milli),
        **time_json(skill.sums.seconds),
        "next": next_json(skill.sums.graded, skill.sums.grade_milli, policy, skill.level),
        "progress": asdict(skill_progress(skill.sums, policy)),
        "mastery": mastery_json(mastery),
    }


def next_json(graded: int, grade_milli: int, policy: SkillsPolicy, level: str) -> JsonObject | None:
    """`NextLevelOut`, or None at the top level."""
    step = next_step(graded, grade_milli, policy, level)
    return None if step is None else asdict(step)
