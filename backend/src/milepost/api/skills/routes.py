"""Skill levels: GET /progress/skill-levels and POST /progress/calculate-skill-level."""

from datetime import date

from quart import Blueprint

from milepost.api.edge.guard import current_caller, learner_named
from milepost.api.edge.request_context import resources
from milepost.api.http.conditional_get import conditional
from milepost.api.http.contract import contract
from milepost.api.http.fields import NamedLearner
from milepost.api.http.learner_routes import (
    BODY_LEARNER_PROBLEMS,
    LEARNER_PROBLEMS,
    READ_ROLES,
    WRITE_ROLES,
    learner_answer,
    refuse_departed,
)
from milepost.api.http.parsing import read_body, read_query
from milepost.api.http.responses import Reply
from milepost.api.skills.schemas import SkillLevelIn, SkillLevelOut, SkillsOut
from milepost.api.skills.serializers import next_json, skill_json
from milepost.queries.learners.version import LearnerVersion
from milepost.queries.mastery.grades import learner_grades
from milepost.queries.skills import skills
from milepost.rules.skills import average_grade

blueprint = Blueprint("skills", __name__)


@blueprint.get("/progress/skill-levels")
@contract(
    operation="listSkillLevels",
    summary="Skill levels by topic",
    roles=READ_ROLES,
    query=NamedLearner,
    answers=SkillsOut,
    problems=LEARNER_PROBLEMS,
    tag="progress",
)
async def show_skill_levels() -> Reply:
    """Each topic with its level, the numbers behind it, what the next level still needs, and what the learner can be
    expected to get in typical exercises.
    """
    caller = current_caller()
    learner_id = learner_named(caller, read_query(NamedLearner).learner_id)

    async def build(_version: LearnerVersion, today: date) -> object:
        async with resources().database.snapshot() as connection:
            topics = await skills(connection, learner_id)
            grades = await learner_grades(connection, learner_id, today)
        policy = resources().policy.skills
        return {"skills": [skill_json(skill, policy, grades.mastery(skill.topic)) for skill in topics]}

    return await conditional(caller, learner_id, build)


@blueprint.post("/progress/calculate-skill-level")
@contract(
    operation="calculateSkillLevel",
    summary="Recalculate a topic's level",
    roles=WRITE_ROLES,
    query=NamedLearner,
    request=SkillLevelIn,
    answers=SkillLevelOut,
    problems=BODY_LEARNER_PROBLEMS,
    tag="progress",
)
async def calculate_skill_level() -> Reply:
    """Recalculates the level from all grades so far. Answers the level, whether it changed, and what the next one
    needs.
    """
    body = await read_body(SkillLevelIn)
    in_query = read_query(NamedLearner).learner_id
    learner_id = learner_named(current_caller(), body.learner_id, in_query, place="/learner_id")
    app = resources()
    await refuse_departed()
    change = await app.progress.calculate_skill_level(learner_id, body.topic, app.clock.now())
    is_quiet = (await app.versions.read(learner_id)).is_quiet
    return learner_answer(
        {
            "topic": change.topic,
            "level": change.level,
            "previous_level": change.previous_level,
            "changed": change.changed,
            "exercises": change.exercises,
            "graded": change.graded,
            "average_grade": average_grade(change.graded, change.grade_milli),
            "next": next_json(change.graded, change.grade_milli, app.policy.skills, change.level),
        },
        is_quiet=is_quiet,
    )
