"""Turns mastery into the shapes of `schemas`."""

from datetime import date

from milepost.api.http.responses import JsonObject
from milepost.queries.mastery.exercises import ExerciseEase
from milepost.rules.mastery.eases import ease_band, exercise_note
from milepost.rules.mastery.estimate import MasteryEstimate
from milepost.rules.mastery.wording import EstimatedTopic, mastery_sentence
from milepost.rules.rounding import proportion
from milepost.rules.skills import GRADE_SCALE, average_grade


def mastery_json(mastery: EstimatedTopic | None) -> JsonObject | None:
    """`MasteryOut`, or None where there is none."""
    if mastery is None:
        return None
    sentence, grades = mastery_sentence(mastery), mastery.estimate.grades
    return {
        **estimate_json(mastery.estimate),
        "average_grade": average_grade(grades, mastery.grade_milli),
        "typical": proportion(mastery.typical_milli, 100 * GRADE_SCALE * grades, 2),
        "code": sentence.code,
        "values": sentence.values,
        "text": sentence.text,
    }


def estimate_json(estimate: MasteryEstimate) -> JsonObject:
    """`MasteryEstimateOut`."""
    return {"estimate": estimate.estimate, "low": estimate.low, "high": estimate.high, "grades": estimate.grades}


def point_json(day: date, estimate: MasteryEstimate) -> JsonObject:
    """`MasteryPointOut`."""
    return {"local_day": day.isoformat(), **estimate_json(estimate)}


def exercise_json(exercise: ExerciseEase) -> JsonObject:
    """`ExerciseEaseOut`."""
    band = ease_band(exercise.ease, exercise.grades)
    return {
        "topic": exercise.topic,
        "exercise": exercise.object_id,
        "grades": exercise.grades,
        "average_grade": average_grade(exercise.grades, exercise.grade_milli),
        "typical": band.typical,
        "low": band.low,
        "high": band.high,
        "valid_from": exercise.valid_from.isoformat(),
        "note": exercise_note(band),
    }
