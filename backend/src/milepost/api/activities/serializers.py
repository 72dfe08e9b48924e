"""Turns outcomes of intake into the shapes of `schemas`."""

from milepost.api.achievements.serializers import unlocked_json
from milepost.api.activities.parsing import ReadItem
from milepost.api.edge.problems import shown
from milepost.api.streaks.serializers import streak_json
from milepost.services.activities import Outcome
from milepost.services.activities.outcome import LearnerAfter


def result_json(item: ReadItem, outcome: Outcome) -> dict[str, object]:
    """`ResultOut`."""
    shape: dict[str, object] = {"id": item.id, "status": outcome.status}
    if outcome.reason is not None:
        shape["reason"] = outcome.reason
    if outcome.fields:
        shape["fields"] = list(outcome.fields)
    if outcome.not_counted is not None:
        shape["not_counted"] = outcome.not_counted
    if outcome.voided:
        shape["voided"] = True
    if item.faults:
        shape["errors"] = shown(item.faults)
    return shape


def learner_after_json(learner: LearnerAfter) -> dict[str, object]:
    """`LearnerOut`."""
    return {
        "learner_id": str(learner.learner_id),
        "revision": learner.revision,
        "streak": streak_json(learner.streak),
        "level_changes": [
            {"topic": change.topic, "from": change.from_level, "to": change.to_level}
            for change in learner.level_changes
        ],
        "unlocked": unlocked_json(learner.unlocked),
        "points": learner.points,
    }
