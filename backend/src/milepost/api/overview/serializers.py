"""Progress on the wire, from rows: rounding and naming, nothing decided. Shapes are those of `schemas/progress.py`."""

from datetime import date

from milepost.api.achievements.serializers import achievement_points, glance_json
from milepost.api.http.responses import JsonObject
from milepost.api.streaks.serializers import streak_json
from milepost.queries.achievements.achievements import Measured
from milepost.queries.learners.version import LearnerVersion
from milepost.queries.overview import Overview
from milepost.rules.achievements.catalogue import Catalogue
from milepost.rules.skills import average_grade
from milepost.rules.streaks.streaks import StreakView


def overview_json(
    version: LearnerVersion,
    today: date,
    hint: str | None,
    found: Overview,
    streak: StreakView,
    catalogue: Catalogue,
    done: Measured,
) -> JsonObject:
    """`OverviewOut`. Minutes are whole, rounded down."""
    shape: JsonObject = {
        "learner_id": str(version.learner_id),
        "timezone": version.zone,
        "zone_source": version.zone_source,
        "local_day": today.isoformat(),
        "revision": version.revision,
        "exercises_completed": found.exercises,
        "exercises_today": found.exercises_today,
        "minutes": found.seconds // 60,
        "points": found.points,
        "achievement_points": achievement_points(catalogue, done),
        "hints_used": found.hints,
        "streak": streak_json(streak),
        "grades": {
            "average": average_grade(found.graded, found.grade_milli),
            "recent_average": average_grade(found.recent_graded, found.recent_grade_milli),
            "graded": found.graded,
        },
        "achievements": glance_json(catalogue, done, streak.current),
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
