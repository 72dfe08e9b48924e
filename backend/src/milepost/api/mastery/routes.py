"""Mastery: GET /progress/mastery and GET /admin/exercises."""

import math
from datetime import date

from quart import Blueprint

from milepost.api.edge.guard import current_caller, learner_named
from milepost.api.edge.request_context import resources
from milepost.api.http.conditional_get import conditional
from milepost.api.http.contract import contract
from milepost.api.http.cursors import read_cursor, write_cursor
from milepost.api.http.learner_routes import LEARNER_PROBLEMS, READ_ROLES
from milepost.api.http.parsing import read_query
from milepost.api.http.responses import Reply, answer
from milepost.api.http.windows import window_json, window_of
from milepost.api.mastery.schemas import ExercisesOut, ExercisesQuery, MasteryCurveOut, MasteryQuery
from milepost.api.mastery.serializers import exercise_json, mastery_json, point_json
from milepost.queries.learners.version import LearnerVersion
from milepost.queries.mastery.curve import curve_facts
from milepost.queries.mastery.exercises import ExercisePlace, exercises_by_ease
from milepost.queries.mastery.grades import learner_grades
from milepost.rules.mastery.curve import mastery_curve

blueprint = Blueprint("mastery", __name__)

DEFAULT_DAYS = 90


@blueprint.get("/progress/mastery")
@contract(
    operation="getMastery",
    summary="Mastery of a topic over time",
    roles=READ_ROLES,
    query=MasteryQuery,
    answers=MasteryCurveOut,
    problems=LEARNER_PROBLEMS,
    tag="progress",
)
async def show_mastery() -> Reply:
    """What the learner can be expected to get in typical exercises of the topic, today and at the end of each day, with
    an 80 % band. A topic without three grades has no points.
    """
    query, caller = read_query(MasteryQuery), current_caller()
    window, learner_id = window_of(query), learner_named(caller, query.learner_id)

    async def build(_version: LearnerVersion, today: date) -> object:
        days = window.past(today, DEFAULT_DAYS)
        async with resources().database.snapshot() as connection:
            grades = await learner_grades(connection, learner_id, today)
            facts = await curve_facts(connection, learner_id, query.topic, days)
        points = mastery_curve(facts.topic_days, facts.learner_days, days.first, days.last, facts.ease_on)
        return {
            **window_json(days, today),
            "topic": query.topic,
            "mastery": mastery_json(grades.mastery(query.topic)),
            "points": [point_json(day, estimate) for day, estimate in points],
        }

    return await conditional(caller, learner_id, build)


@blueprint.get("/admin/exercises")
@contract(
    operation="listExercises",
    summary="Exercises by ease",
    roles=("admin",),
    query=ExercisesQuery,
    answers=ExercisesOut,
    problems=("invalid_cursor",),
    tag="admin",
)
async def show_exercises() -> Reply:
    """Lists exercises by what a typical learner gets in them, as the newest publication has it: once a night, from all
    grades of activities that name an `object_id`. An exercise that only strong learners try does not look easy.
    """
    query = read_query(ExercisesQuery)
    after = None if query.cursor is None else read_cursor(query.cursor, lambda values: _place_from(*values))
    async with resources().database.read() as connection:
        exercises = await exercises_by_ease(connection, query.topic, query.order, after, query.limit + 1)
    page = exercises[: query.limit]
    last = page[-1] if len(exercises) > len(page) else None
    next_cursor = None if last is None else write_cursor([repr(last.ease), last.topic, last.object_id])
    return answer({"exercises": [exercise_json(exercise) for exercise in page], "next": next_cursor})


def _place_from(ease: str, topic: str, object_id: str) -> ExercisePlace:
    place = ExercisePlace(float(ease), topic, object_id)
    if not math.isfinite(place.ease):
        raise ValueError(ease)
    return place
