"""POST /progress/update-streak: record an exercise or a check-in, and answer with its effect on the streak."""

from datetime import date, datetime
from uuid import UUID, uuid4

from pydantic import TypeAdapter
from quart import Blueprint

from milepost.api.achievements.serializers import unlocked_json
from milepost.api.activities.schemas import ExerciseIn, QuietStreakUpdateOut, StreakUpdateIn, StreakUpdateOut
from milepost.api.edge.guard import current_caller, learner_named, sender_of
from milepost.api.edge.problem_codes import declare
from milepost.api.edge.problems import problem
from milepost.api.edge.request_context import header, resources
from milepost.api.http.contract import contract
from milepost.api.http.fields import NamedLearner
from milepost.api.http.idempotency import idempotency_key
from milepost.api.http.learner_routes import BODY_LEARNER_PROBLEMS, WRITE_ROLES, learner_answer
from milepost.api.http.parsing import has_body, parse, read_query, read_raw
from milepost.api.http.responses import Reply
from milepost.errors import Departed, LearnersGone
from milepost.queries.check_ins import check_in_id
from milepost.rules.activities import Activity
from milepost.services.activities.outcome import Sender, SentActivity
from milepost.services.progress import StreakUpdate

blueprint = Blueprint("update_streak", __name__)

declare(
    activity_rejected=(422, "The activity cannot be recorded; `reason` says why."),
    activity_conflict=(409, "The id is already stored with different content; `fields` lists the fields that differ."),
)

_STREAK_UPDATE: TypeAdapter[StreakUpdateIn] = TypeAdapter(StreakUpdateIn)


@blueprint.post("/progress/update-streak")
@contract(
    operation="updateStreak",
    summary="Record an exercise, or check in",
    roles=WRITE_ROLES,
    query=NamedLearner,
    request=StreakUpdateIn,
    answers=StreakUpdateOut | QuietStreakUpdateOut,
    when_quiet=QuietStreakUpdateOut(quiet=True, level_changes=[], unlocked=[]),
    problems=(
        *BODY_LEARNER_PROBLEMS,
        "activity_rejected",
        "activity_conflict",
        "invalid_idempotency_key",
        "intake_busy",
    ),
    tag="progress",
    charges="intake",
)
async def update_streak() -> Reply:
    """Records the exercise like any other activity. Without one, records a check-in, which only counts the day."""
    caller, app = current_caller(), resources()
    body = await _streak_update()
    in_exercise = None if body.exercise is None else body.exercise.learner_id
    place = "/learner_id" if in_exercise is None else "/exercise/learner_id"
    learner_id = learner_named(caller, in_exercise, body.learner_id, read_query(NamedLearner).learner_id, place=place)
    key = idempotency_key(header(b"idempotency-key"))
    now = app.clock.now()
    sender = sender_of(caller)
    if body.exercise is None:
        return _streak_update_answer(await _check_in(sender, learner_id, now))
    return _streak_update_answer(
        await app.progress.update_streak(sender, _exercise(body.exercise, learner_id, key), now)
    )


async def _streak_update() -> StreakUpdateIn:
    """The body. An empty body means a check-in."""
    if not await has_body():
        return StreakUpdateIn()
    return parse(_STREAK_UPDATE, await read_raw())


def _exercise(exercise: ExerciseIn, learner_id: UUID, key: str | None) -> SentActivity:
    return SentActivity(learner_id, exercise.id or key or str(uuid4()), exercise.activity())


async def _check_in(sender: Sender, learner_id: UUID, now: datetime) -> StreakUpdate:
    """Record a check-in, which counts the day once because the day is part of its id.

    A check-in with this id may have been voided, or moved to another day when the learner's first zone became known.
    Then this one gets the next number.
    """
    app = resources()
    check_in = Activity(verb="practised", object_type="check_in")
    day = (await app.versions.read(learner_id)).today(now)
    update = await app.progress.update_streak(sender, SentActivity(learner_id, f"check-in:{day}", check_in), now)
    today = (await app.versions.read(learner_id)).today(now)
    if _counts(update, today):
        return update
    async with app.database.read() as connection:
        activity_id = await check_in_id(connection, learner_id, sender.name, today)
    return await app.progress.update_streak(sender, SentActivity(learner_id, activity_id, check_in), now)


def _counts(update: StreakUpdate, today: date) -> bool:
    """Whether a check-in counts today, or was refused permanently."""
    activity = update.activity
    if activity.status == "duplicate":
        return not activity.voided and activity.local_day == today
    return activity.status != "conflict"


def _streak_update_answer(update: StreakUpdate) -> Reply:
    activity, learner = update.activity, update.learner
    if activity.status == "conflict":
        detail = "This id is already stored with different content; nothing was changed."
        return problem(409, "activity_conflict", detail, fields=list(activity.fields))
    if activity.reason in ("learner_erased", "learner_merged"):
        raise LearnersGone([Departed(activity.learner_id, activity.merged_into)])
    if learner is None:
        return problem(422, "activity_rejected", "The activity cannot be recorded.", reason=activity.reason)
    streak = learner.streak
    return learner_answer(
        {
            "current_streak": streak.current,
            "longest_streak": streak.longest,
            "outcome": activity.streak_outcome,
            "is_new_record": activity.is_new_record,
            "last_exercise_date": None if streak.last_met_day is None else streak.last_met_day.isoformat(),
            "freezes": streak.freezes,
            "level_changes": [
                {"topic": change.topic, "from": change.from_level, "to": change.to_level}
                for change in learner.level_changes
            ],
            "unlocked": unlocked_json(learner.unlocked),
            **({"voided": True} if activity.voided else {}),
            **({"note": activity.note} if activity.note else {}),
        },
        is_quiet=learner.is_quiet,
    )
