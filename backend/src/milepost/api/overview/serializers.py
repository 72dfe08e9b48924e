"""Turns rows into the overview of `schemas`: rounds and names values, decides nothing."""

from datetime import date

from milepost.api.achievements.serializers import achievement_points, glance_json
from milepost.api.http.responses import JsonObject, time_json
from milepost.api.mastery.serializers import mastery_json
from milepost.api.streaks.serializers import streak_json
from milepost.queries.learners.version import LearnerVersion
from milepost.queries.mastery.grades import LearnerGrades
from milepost.queries.overview import Overview
from milepost.rules.achievements.catalogue import Catalogue
from milepost.rules.skills import average_grade
from milepost.rules.streaks.streaks import StreakView


def overview_json(
    version: LearnerVersion,
    today: date,
    hint: str | None,
    totals: Overview,
    streak: StreakView,
    catalogue: Catalogue,
    grades: LearnerGrades,
) -> JsonObject:
    """`OverviewOut`. Minutes are whole, rounded down."""
    shape: JsonObject = {
        "learner_id": str(version.learner_id),
        "timezone": version.zone,
        "zone_source": version.zone_source,
        "local_day": today.isoformat(),
        "revision": version.revision,
        "exercises_completed": totals.exercises,
        "exercises_today": totals.exercises_today,
        **time_json(totals.seconds),
        "points": totals.points,
        "achievement_points": achievement_points(catalogue, totals.measures),
        "hints_used": totals.hints,
        "streak": streak_json(streak),
        "grades": {
            "average": average_grade(totals.graded, totals.grade_milli),
            "recent_average": average_grade(totals.recent_graded, totals.recent_grade_milli),
            "graded": totals.graded,
        },
        "achievements": glance_json(catalogue, totals.measures, streak.current),
        "skills": [
            {
                "topic": topic.topic,
                "level": topic.level,
                "exercises": topic.exercises,
                "average_grade": average_grade(topic.graded, topic.grade_milli),
                "mastery": mastery_json(grades.mastery(topic.topic)),
            }
            for topic in totals.topics
        ],
    }
    if hint is not None:
        shape["zone_hint"] = hint
    return shape
