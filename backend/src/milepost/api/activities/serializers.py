"""Turns outcomes of intake into the shapes of `schemas`."""

from collections.abc import Sequence

from milepost.api.achievements.serializers import unlocked_json
from milepost.api.activities.parsing import ReadItem
from milepost.api.activities.schemas import LearnerOut
from milepost.api.edge.guard import current_caller
from milepost.api.edge.problems import shown
from milepost.api.edge.quiet import QuietForm, hides_gains, loud_members
from milepost.api.streaks.serializers import streak_json
from milepost.services.activities import Outcome
from milepost.services.activities.outcome import LearnerAfter

_QUIET = QuietForm(loud_members(LearnerOut))


def result_json(item: ReadItem, outcome: Outcome, sent_as: str | None) -> dict[str, object]:
    """`ResultOut`. `sent_as`: the learner as a service named it in a batch."""
    shape: dict[str, object] = {"id": item.id, "status": outcome.status}
    if sent_as is not None:
        shape["learner_id"] = sent_as
    if outcome.reason is not None:
        shape["reason"] = outcome.reason
    if outcome.merged_into is not None:
        shape["merged_into"] = str(outcome.merged_into)
    if outcome.fields:
        shape["fields"] = list(outcome.fields)
    if outcome.not_counted is not None:
        shape["not_counted"] = outcome.not_counted
    if outcome.counted_seconds is not None:
        shape |= {"counted_in_part": True, "counted_seconds": outcome.counted_seconds}
    if outcome.voided:
        shape["voided"] = True
    if outcome.note is not None:
        shape["note"] = outcome.note
    if item.faults:
        shape["errors"] = shown(item.faults)
    return shape


def learner_after_json(learner: LearnerAfter, sent_as: Sequence[str] = ()) -> object:
    """`LearnerOut`, as the caller may see it. `sent_as`: the names of the learner in a batch."""
    shape = {
        "learner_id": str(learner.learner_id),
        **({"sent_as": list(sent_as)} if sent_as else {}),
        "revision": learner.revision,
        "streak": streak_json(learner.streak),
        "level_changes": [
            {"topic": change.topic, "from": change.from_level, "to": change.to_level}
            for change in learner.level_changes
        ],
        "unlocked": unlocked_json(learner.unlocked),
        "points": learner.points,
    }
    return _QUIET.of(shape) if hides_gains(current_caller(), is_quiet=learner.is_quiet) else shape
