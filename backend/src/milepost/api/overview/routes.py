"""Progress: the overview, the streak and its calendar, skill levels, and the two small writes beside them."""

from datetime import date, datetime
from uuid import UUID, uuid4

from pydantic import TypeAdapter
from quart import Blueprint, Response, request

from milepost.api.achievements.serializers import unlocked_shape
from milepost.api.activities.parsing import idempotency_key
from milepost.api.activities.routes import sender_of
from milepost.api.activities.schemas import NamedLearner
from milepost.api.edge.guard import caller, learner_named
from milepost.api.edge.problems import EdgeRefusal, declare, problem
from milepost.api.edge.request_context import Caller, header, resources
from milepost.api.goals.serializers import summary_shape
from milepost.api.http.conditional_get import conditional, zone_hint
from milepost.api.http.contract import contract
from milepost.api.http.fields import Role
from milepost.api.http.parsing import parse, read_body, read_query, read_raw
from milepost.api.http.responses import answer
from milepost.api.overview.schemas import (
    ExerciseIn,
    OverviewOut,
    SkillLevelIn,
    SkillLevelOut,
    SkillsOut,
    StreakAnswer,
    StreakQuery,
    StreakUpdateIn,
    StreakUpdateOut,
)
from milepost.api.overview.serializers import calendar_shape, next_shape, overview_shape, skill_shape
from milepost.api.streaks.serializers import instant, streak_shape
from milepost.db.transactions import hot_reading, reading
from milepost.errors import Invalid
from milepost.queries.achievements.achievements import NOTHING_MEASURED, measured
from milepost.queries.goals.progress import goals_summary
from milepost.queries.learners.facts import learner_facts
from milepost.queries.learners.version import Standing
from milepost.queries.overview import overview, streak_now
from milepost.queries.skills import skills
from milepost.queries.streaks.streaks import StreakHistory, streak_history
from milepost.rules.activities import Activity
from milepost.rules.days.calendar import day_start, month_bounds
from milepost.rules.skills import average_grade
from milepost.rules.streaks.repairs import repairable
from milepost.rules.streaks.streaks import calendar, walk
from milepost.services.progress import Sender, Sent, StreakUpdate

blueprint = Blueprint("progress", __name__)

declare(
    activity_rejected=(422, "The activity may not be recorded; `reason` says why."),
    activity_conflict=(409, "The id is stored already with other content; `fields` names what differs."),
    at_in_the_future=(422, "`at` lies ahead of now."),
)

_ANYBODY: tuple[Role, ...] = ("learner", "service", "admin")
_ABOUT_A_LEARNER = ("learner_not_found", "learner_required")
_STREAK_UPDATE: TypeAdapter[StreakUpdateIn] = TypeAdapter(StreakUpdateIn)


@blueprint.get("/progress")
@contract(
    summary="Progress at a glance",
    roles=_ANYBODY,
    query=NamedLearner,
    answers=OverviewOut,
    problems=_ABOUT_A_LEARNER,
    tag="progress",
)
async def show_overview() -> Response:
    """Totals, streak, grades and the topics practised last. A learner without activities gets zeros everywhere."""
    known = caller()
    learner_id = learner_named(known, read_query(NamedLearner).learner_id)
    return await conditional(known, learner_id, lambda standing, today: _overview(known, standing, today))


@blueprint.get("/progress/streak")
@contract(
    summary="The streak and its calendar",
    roles=_ANYBODY,
    query=StreakQuery,
    answers=StreakAnswer,
    problems=(*_ABOUT_A_LEARNER, "role_not_allowed", "at_in_the_future"),
    tag="progress",
)
async def show_streak() -> Response:
    """How the streak stands, and every day of a month with its state and the reason in words.

    `at` shows it as of an instant: everything known now, cut to what had happened by then.
    """
    asked = read_query(StreakQuery)
    known = caller()
    learner_id = learner_named(known, asked.learner_id)
    if asked.at is not None:
        return answer(await _streak_at(known, learner_id, asked.month, asked.at))

    async def build(_standing: Standing, _today: date) -> object:
        return await _streak(learner_id, asked.month, resources().clock.now(), None)

    return await conditional(known, learner_id, build)


@blueprint.post("/progress/update-streak")
@contract(
    summary="Record an exercise, or check in",
    roles=("learner", "service"),
    query=NamedLearner,
    request=StreakUpdateIn,
    answers=StreakUpdateOut,
    problems=(
        *_ABOUT_A_LEARNER,
        "activity_rejected",
        "activity_conflict",
        "invalid_idempotency_key",
        "intake_busy",
    ),
    tag="progress",
)
async def update_streak() -> Response:
    """With an exercise: it is recorded like any activity. Without one: a check-in, which only counts the day."""
    known, held = caller(), resources()
    asked = await _streak_update()
    named = asked.learner_id or (asked.exercise and asked.exercise.learner_id) or read_query(NamedLearner).learner_id
    learner_id = learner_named(known, named)
    key = idempotency_key(header(b"idempotency-key"))
    now = held.clock.now()
    sender = sender_of(known)
    if asked.exercise is None:
        return _streak_update_answer(await _check_in(sender, learner_id, now))
    return _streak_update_answer(
        await held.progress.update_streak(sender, _exercise(asked.exercise, learner_id, key), now)
    )


@blueprint.get("/progress/skill-levels")
@contract(
    summary="Skill levels by topic",
    roles=_ANYBODY,
    query=NamedLearner,
    answers=SkillsOut,
    problems=_ABOUT_A_LEARNER,
    tag="progress",
)
async def show_skill_levels() -> Response:
    """Each topic with its level, what it rests on and what the next level still needs."""
    known = caller()
    learner_id = learner_named(known, read_query(NamedLearner).learner_id)

    async def build(_standing: Standing, _today: date) -> object:
        async with reading(resources().engine) as connection:
            found = await skills(connection, learner_id)
        return {"skills": [skill_shape(skill, resources().policy.skills) for skill in found]}

    return await conditional(known, learner_id, build)


@blueprint.post("/progress/calculate-skill-level")
@contract(
    summary="Decide a topic's level again",
    roles=("learner", "service"),
    query=NamedLearner,
    request=SkillLevelIn,
    answers=SkillLevelOut,
    problems=_ABOUT_A_LEARNER,
    tag="progress",
)
async def calculate_skill_level() -> Response:
    """From the grades that are known: the level, whether it changed, and what the next one needs."""
    asked = await read_body(SkillLevelIn)
    learner_id = learner_named(caller(), asked.learner_id or read_query(NamedLearner).learner_id)
    held = resources()
    decided = await held.progress.calculate_skill_level(learner_id, asked.topic, held.clock.now())
    return answer(
        {
            "topic": decided.topic,
            "level": decided.level,
            "previous_level": decided.previous_level,
            "changed": decided.changed,
            "exercises": decided.exercises,
            "graded": decided.graded,
            "average_grade": average_grade(decided.graded, decided.grade_milli),
            "next": next_shape(decided.graded, decided.grade_milli, held.policy.skills, decided.level),
        }
    )


async def _overview(known: Caller, standing: Standing, today: date) -> object:
    held = resources()
    now = held.clock.now()
    async with hot_reading(held.hot_pool, held.settings) as connection:
        found = await overview(connection, standing.learner_id, today)
        facts = (await learner_facts(connection, [standing.learner_id], held.policy))[standing.learner_id]
        in_force = await held.catalogues.recall(connection, standing.catalogue_revision)
        done = (await measured(connection, [standing.learner_id], held.policy)).get(
            standing.learner_id, NOTHING_MEASURED
        )
        aims = facts.goals if held.settings.feature_goals else []
        goals = await goals_summary(connection, standing.learner_id, aims, today)
        streak = await streak_now(connection, found, facts, standing.learner_id, now, held.policy)
    shape = overview_shape(standing, today, zone_hint(known, standing), found, streak, in_force.catalogue, done)
    return {**shape, "goals": summary_shape(goals)} if held.settings.feature_goals else shape


async def _streak_at(known: Caller, learner_id: UUID, month: str | None, at: datetime) -> object:
    if known.role == "learner":
        raise EdgeRefusal("role_not_allowed", "`at` is for services and administrators.")
    if at > resources().clock.now():
        raise Invalid("at_in_the_future", "`at` lies ahead of now.")
    return await _streak(learner_id, month, at, at)


async def _streak(learner_id: UUID, month: str | None, now: datetime, as_of: datetime | None) -> object:
    held = resources()
    async with hot_reading(held.hot_pool, held.settings) as connection:
        history = await streak_history(connection, learner_id, held.policy, as_of)
    today = history.facts.today(now)
    first, last = month_bounds(date.fromisoformat(f"{month}-01") if month else today)
    return _streak_shape(history, first, last, now)


def _streak_shape(history: StreakHistory, first: date, last: date, now: datetime) -> dict[str, object]:
    policy, facts, days = resources().policy, history.facts, history.days
    today, zone = facts.today(now), facts.zones.name_at(now)
    excused = history.excused(min(first, today), max(last, today), policy)
    state = walk(days, excused, policy.streak)
    # The time may run out in the middle of a day. What is kept for a day must hold all day, so the day's start decides
    # whether the instant is shown; its reader sees when it has passed.
    repair = repairable(days, excused, today, day_start(today, zone), zone, history.repaired_at, policy.streak)
    return {
        **streak_shape(facts.streak_view(state, now, today in days, policy)),
        "local_day": today.isoformat(),
        "timezone": zone,
        "repairable_until": instant(repair.repairable_until) if repair.possible else None,
        "month": f"{first:%Y-%m}",
        "calendar": calendar_shape(calendar(first, last, days, excused, today, policy.streak)),
    }


async def _streak_update() -> StreakUpdateIn:
    """The body; none at all is a check-in too."""
    if request.content_length == 0 or (request.content_length is None and not await request.get_data()):
        return StreakUpdateIn()
    return parse(_STREAK_UPDATE, await read_raw())


def _exercise(exercise: ExerciseIn, learner_id: UUID, key: str | None) -> Sent:
    return Sent(learner_id, exercise.id or key or str(uuid4()), exercise.activity())


async def _check_in(sender: Sender, learner_id: UUID, now: datetime) -> StreakUpdate:
    """Being there counts the day, once: the day is the id.

    An id may be taken by a check-in that was assigned another day when the learner's first zone became known; then the
    zone makes a second one.
    """
    held = resources()
    being_there = Activity(verb="practised", object_type="check_in")
    day = (await held.standings.read(learner_id)).today(now)
    update = await held.progress.update_streak(sender, Sent(learner_id, f"check-in:{day}", being_there), now)
    standing = await held.standings.read(learner_id)
    today = standing.today(now)
    if update.activity.status == "duplicate" and update.activity.local_day != today:
        sent = Sent(learner_id, f"check-in:{today}:{standing.zone}", being_there)
        update = await held.progress.update_streak(sender, sent, now)
    return update


def _streak_update_answer(update: StreakUpdate) -> Response:
    activity, learner = update.activity, update.learner
    if activity.status == "conflict":
        detail = "This id is stored already with other content; nothing was changed."
        return problem(409, "activity_conflict", detail, fields=list(activity.fields))
    if learner is None or update.outcome is None:
        return problem(422, "activity_rejected", "The activity may not be recorded.", reason=activity.reason)
    streak = learner.streak
    return answer(
        {
            "current_streak": streak.current,
            "longest_streak": streak.longest,
            "outcome": update.outcome,
            "is_new_record": update.is_new_record,
            "last_exercise_date": None if streak.last_met_day is None else streak.last_met_day.isoformat(),
            "freezes": streak.freezes,
            "level_changes": [
                {"topic": change.topic, "from": change.from_level, "to": change.to_level}
                for change in learner.level_changes
            ],
            "unlocked": unlocked_shape(learner.unlocked),
        }
    )
