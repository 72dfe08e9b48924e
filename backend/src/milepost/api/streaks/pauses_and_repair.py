"""How learners protect their streaks: pauses in advance, and repairs afterwards."""

from datetime import date
from uuid import UUID

from quart import Blueprint

from milepost.api.edge.guard import current_caller
from milepost.api.edge.problem_codes import declare
from milepost.api.edge.request_context import resources
from milepost.api.http.contract import contract
from milepost.api.http.learner_routes import learner_answer, refuse_departed
from milepost.api.http.parsing import read_body
from milepost.api.http.responses import Reply, answer, instant
from milepost.api.streaks.schemas import PauseChangedOut, PauseIn, PausesOut, RepairedOut
from milepost.api.streaks.serializers import streak_json
from milepost.queries.learners.facts import learner_facts
from milepost.queries.streaks.pauses import Pause, pauses
from milepost.rules.streaks.pauses import paused_days
from milepost.services.streaks.excuses import LearnerStreak
from milepost.services.streaks.pauses import PauseChange, create_pause, end_pause
from milepost.services.streaks.repair import repair_streak

blueprint = Blueprint("pauses_and_repair", __name__)

declare(
    impossible_pause=(422, "This pause is not possible; `errors` says why, and `possible_from` when it would be."),
    pause_overlaps=(409, "Some of these days are already paused."),
    pause_allowance_used=(
        409,
        "The pause exceeds the allowed number of paused days; `possible_from` says when it would be possible.",
    ),
    pause_not_found=(404, "The learner has no such pause."),
    pause_is_over=(409, "The pause has already ended."),
    nothing_to_repair=(409, "There is no broken run to repair."),
    repair_not_possible=(409, "A repair is not possible; `conditions` says which condition failed and until when."),
)


@blueprint.get("/me/pauses")
@contract(operation="listPauses", summary="My pauses", roles=("learner",), answers=PausesOut, tag="me")
async def show_pauses() -> Reply:
    """Lists all pauses, the latest first, and how many days of the allowance they use."""
    app, learner_id = resources(), current_caller().learner_id
    await refuse_departed()
    async with app.database.snapshot() as connection:
        facts = (await learner_facts(connection, [learner_id], app.policy, with_goals=False))[learner_id]
        all_pauses = await pauses(connection, learner_id)
    today = facts.today(app.clock.now())
    used = paused_days([(pause.first_day, pause.last_day) for pause in all_pauses], today, app.policy.pauses)
    return answer(
        {
            "pauses": [_pause_json(pause) for pause in all_pauses],
            "days_used": used,
            "days_allowed": app.policy.pauses.days_in_window,
        }
    )


@blueprint.post("/me/pauses")
@contract(
    operation="createPause",
    summary="Pause my streak",
    roles=("learner",),
    request=PauseIn,
    answers=PauseChangedOut,
    problems=("impossible_pause", "pause_overlaps", "pause_allowance_used"),
    tag="me",
    keyed=True,
)
async def add_pause() -> Reply:
    """Pauses days from today on, or from tomorrow if today is already met. Paused days cannot break the run; practice
    on them still counts.
    """
    app, learner_id = resources(), current_caller().learner_id
    body = await read_body(PauseIn)
    days = (body.first_day, body.last_day)
    async with app.database.write() as connection:
        change = await create_pause(connection, learner_id, days, body.reason, app.policy, app.clock.now())
    return _change_answer(change)


@blueprint.delete("/me/pauses/<uuid:pause_id>")
@contract(
    operation="endPause",
    summary="Cancel or end a pause",
    roles=("learner",),
    answers=PauseChangedOut,
    problems=("pause_not_found", "pause_is_over"),
    tag="me",
)
async def remove_pause(pause_id: UUID) -> Reply:
    """Deletes a pause that has not begun. A running pause ends with yesterday."""
    app, learner_id = resources(), current_caller().learner_id
    async with app.database.write() as connection:
        change = await end_pause(connection, learner_id, pause_id, app.policy, app.clock.now())
    return _change_answer(change)


@blueprint.post("/me/streak-repair")
@contract(
    operation="repairStreak",
    summary="Repair my streak",
    roles=("learner",),
    answers=RepairedOut,
    problems=("nothing_to_repair", "repair_not_possible"),
    tag="me",
    keyed=True,
)
async def repair() -> Reply:
    """Closes the gap that broke the newest run, and joins it with the days practised since. The gap must be short and
    recent, and the last repair long enough ago.

    A refusal lists the three conditions, whether each failed, and until when.
    """
    app, learner_id = resources(), current_caller().learner_id
    async with app.database.write() as connection:
        repaired = await repair_streak(connection, learner_id, app.policy, app.clock.now())
    days = [span_json(span) for span in repaired.spans]
    return learner_answer({"repaired": days, **learner_json(repaired.learner)}, is_quiet=repaired.learner.is_quiet)


def span_json(span: tuple[date, date]) -> dict[str, object]:
    """`SpanOut`."""
    return {"first_day": span[0].isoformat(), "last_day": span[1].isoformat()}


def learner_json(learner: LearnerStreak) -> dict[str, object]:
    """The revision and the streak, as in `CaredOut`."""
    return {"revision": learner.revision, "streak": streak_json(learner.streak)}


def _change_answer(change: PauseChange) -> Reply:
    pause = None if change.pause is None else _pause_json(change.pause)
    return learner_answer({"pause": pause, **learner_json(change.learner)}, is_quiet=change.learner.is_quiet)


def _pause_json(pause: Pause) -> dict[str, object]:
    return {
        "id": str(pause.id),
        "first_day": pause.first_day.isoformat(),
        "last_day": pause.last_day.isoformat(),
        "reason": pause.reason,
        "created_at": instant(pause.created_at),
    }
