"""GET /progress/streak: the streak with its calendar, now or at a given instant."""

from datetime import date, datetime
from uuid import UUID

from quart import Blueprint

from milepost.api.edge.caller import Caller
from milepost.api.edge.guard import current_caller, learner_named
from milepost.api.edge.problem_codes import EdgeRefusal, declare
from milepost.api.edge.request_context import resources
from milepost.api.http.conditional_get import conditional
from milepost.api.http.contract import contract
from milepost.api.http.learner_routes import LEARNER_PROBLEMS, READ_ROLES, learner_answer
from milepost.api.http.parsing import read_query
from milepost.api.http.responses import JsonObject, Reply, instant
from milepost.api.http.windows import Window, conflicting, invalid_window, window_json, window_of
from milepost.api.streaks.schemas import QuietStreakOut, StreakAnswer, StreakQuery
from milepost.api.streaks.serializers import calendar_json, streak_json
from milepost.errors import Fault, Invalid
from milepost.queries.learners.version import LearnerVersion
from milepost.queries.streaks.streaks import StreakHistory, streak_history
from milepost.rules.days.calendar import day_start, month_bounds
from milepost.rules.days.periods import Days
from milepost.rules.streaks.repairs import decide_repair
from milepost.rules.streaks.streaks import calendar, walk

blueprint = Blueprint("streaks", __name__)

declare(at_in_the_future=(422, "`at` is in the future."))


@blueprint.get("/progress/streak")
@contract(
    operation="getStreak",
    summary="The streak and its calendar",
    roles=READ_ROLES,
    query=StreakQuery,
    answers=StreakAnswer | QuietStreakOut,
    when_quiet=QuietStreakOut(quiet=True, calendar=[]),
    problems=(*LEARNER_PROBLEMS, "role_not_allowed", "at_in_the_future"),
    tag="progress",
)
async def show_streak() -> Reply:
    """The current streak, and every day of a month or a window with its state and the reason in words.

    `at` shows the streak at a past instant: from everything known now, but only what had happened by then.
    """
    query = read_query(StreakQuery)
    caller = current_caller()
    learner_id = learner_named(caller, query.learner_id)
    window = _window(query)
    if query.at is not None:
        return await _streak_at(caller, learner_id, query.month, window, query.at)

    async def build(_version: LearnerVersion, _today: date) -> object:
        return await _streak(learner_id, query.month, window, resources().clock.now(), None)

    return await conditional(caller, learner_id, build)


def _window(query: StreakQuery) -> Window:
    window = window_of(query, length=None if query.month is None else "month")
    if query.month is not None and window.last is not None:
        raise invalid_window(conflicting("to", "month"))
    return window


def _calendar_days(month: str | None, window: Window, today: date) -> Days:
    """The days of the calendar. Without a first day, those of the last day's month up to it."""
    if window.first is not None:
        return window.planned(today)
    if window.last is not None:
        return Days(month_bounds(window.last)[0], window.last)
    return Days(*month_bounds(date.fromisoformat(f"{month}-01") if month else today))


async def _streak_at(caller: Caller, learner_id: UUID, month: str | None, window: Window, at: datetime) -> Reply:
    if caller.role == "learner":
        raise EdgeRefusal("role_not_allowed", "`at` is for services and administrators.")
    if at > resources().clock.now():
        sentence = "`at` is in the future."
        raise Invalid("at_in_the_future", sentence, (Fault("/at", sentence, "in_the_future"),))
    is_quiet = (await resources().versions.read(learner_id)).is_quiet
    return learner_answer(await _streak(learner_id, month, window, at, at), is_quiet=is_quiet)


async def _streak(
    learner_id: UUID, month: str | None, window: Window, now: datetime, as_of: datetime | None
) -> JsonObject:
    app = resources()
    async with app.database.snapshot() as connection:
        history = await streak_history(connection, learner_id, app.policy, as_of)
    return _streak_json(history, _calendar_days(month, window, history.facts.today(now)), now)


def _streak_json(history: StreakHistory, shown: Days, now: datetime) -> JsonObject:
    first, last = shown.first, shown.last
    policy, facts, days = resources().policy, history.facts, history.days
    today, zone = facts.today(now), facts.zone
    excused = history.excused(min(first, today), max(last, today), policy)
    state = walk(days, excused, policy.streak)
    # The time to repair may run out during a day, but a cached response must hold all day. So the start of the day
    # decides whether the instant is shown; the client can see when it has passed.
    repair = decide_repair(days, excused, today, day_start(today, zone), zone, history.repaired_at, policy.streak)
    return {
        **streak_json(facts.streak_view(state, now, today in days, policy)),
        "local_day": today.isoformat(),
        "timezone": zone,
        "repairable_until": instant(repair.repairable_until) if repair.possible else None,
        "month": f"{first:%Y-%m}",
        **window_json(shown, today),
        "calendar": calendar_json(calendar(first, last, days, excused, today, policy.streak)),
    }
