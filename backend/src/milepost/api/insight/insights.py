"""GET /progress/insights: observations about recent practice, in words."""

from dataclasses import replace
from datetime import date

from quart import Blueprint

from milepost.api.edge.guard import current_caller, learner_named
from milepost.api.edge.request_context import resources
from milepost.api.http.conditional_get import conditional
from milepost.api.http.contract import contract
from milepost.api.http.fields import NamedLearner
from milepost.api.http.learner_routes import LEARNER_PROBLEMS, READ_ROLES
from milepost.api.http.parsing import read_query
from milepost.api.http.responses import JsonObject, Reply
from milepost.api.insight.prediction_schemas import InsightsOut
from milepost.queries.insight.practice import practice_facts
from milepost.queries.learners.version import LearnerVersion
from milepost.queries.mastery.grades import learner_grades
from milepost.rules.days.periods import last_days
from milepost.rules.insight.insights import (
    INSIGHT_DAYS,
    MIN_ACTIVE_DAYS,
    NOTHING_STANDS_OUT,
    TOO_FEW,
    Insight,
    insights,
)

blueprint = Blueprint("insights", __name__)


@blueprint.get("/progress/insights")
@contract(
    operation="getInsights",
    summary="Insights in words",
    roles=READ_ROLES,
    query=NamedLearner,
    answers=InsightsOut,
    problems=LEARNER_PROBLEMS,
    tag="progress",
)
async def show_insights() -> Reply:
    """Observations about the last 90 days. Each sentence comes with its numbers; the list may be empty."""
    caller = current_caller()
    learner_id = learner_named(caller, read_query(NamedLearner).learner_id)

    async def build(_version: LearnerVersion, today: date) -> object:
        days, app = last_days(INSIGHT_DAYS, today), resources()
        async with app.database.snapshot() as connection:
            recent_practice = await practice_facts(connection, learner_id, days)
            grades = await learner_grades(connection, learner_id, today)
        found = insights(replace(recent_practice, masteries=grades.masteries()))
        note = None if found else NOTHING_STANDS_OUT
        return {
            "from": days.first.isoformat(),
            "to": days.last.isoformat(),
            "active_days": recent_practice.days.count,
            "note": note if recent_practice.days.count >= MIN_ACTIVE_DAYS else TOO_FEW,
            "insights": [insight_json(insight) for insight in found],
        }

    return await conditional(caller, learner_id, build)


def insight_json(insight: Insight) -> JsonObject:
    """`InsightOut`."""
    return {
        "kind": insight.kind,
        "code": insight.code,
        "text": insight.text,
        "numbers": insight.numbers,
        "values": insight.numbers,
    }
