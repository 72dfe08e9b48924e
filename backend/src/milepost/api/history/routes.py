"""Daily history: each date with its sums, the totals so far and the streak. Exact even before the sweep has run."""

from datetime import date
from uuid import UUID

from quart import Blueprint

from milepost.api.edge.guard import current_caller, learner_named
from milepost.api.edge.request_context import resources
from milepost.api.history.schemas import HistoryOut, HistoryQuery
from milepost.api.http.conditional_get import conditional
from milepost.api.http.contract import contract
from milepost.api.http.learner_routes import READ_ROLES
from milepost.api.http.parsing import read_query
from milepost.api.http.responses import JsonObject, Reply, time_json
from milepost.api.http.windows import window_json, window_of
from milepost.queries.history import RecordedDays, achievements_earned, recorded_days
from milepost.queries.learners.facts import LOOK_AHEAD, LearnerFacts, learner_facts
from milepost.queries.learners.version import LearnerVersion
from milepost.rules.days.periods import Days
from milepost.rules.history import HistoryDay, Snapshot, history, running_total, snapshots
from milepost.rules.policy import Policy
from milepost.rules.skills import average_grade

blueprint = Blueprint("history", __name__)

DEFAULT_DAYS = 30


@blueprint.get("/progress/history")
@contract(
    operation="getHistory",
    summary="History, day by day",
    roles=READ_ROLES,
    query=HistoryQuery,
    answers=HistoryOut,
    problems=("learner_not_found", "learner_required"),
    tag="progress",
)
async def show_history() -> Reply:
    """Every date up to today with its sums, the totals so far, and the streak on that date.

    Dates after the learner's today are left out.
    """
    query = read_query(HistoryQuery)
    caller = current_caller()
    learner_id = learner_named(caller, query.learner_id)
    length = None if query.days is None else "days"
    window = window_of(query, start_date=query.start_date, end_date=query.end_date, length=length)

    async def build(version: LearnerVersion, today: date) -> object:
        return await _history(version.learner_id, window.past(today, query.days or DEFAULT_DAYS), today)

    return await conditional(caller, learner_id, build)


async def _history(learner_id: UUID, window: Days, today: date) -> JsonObject:
    app, first, last = resources(), window.first, window.last
    # Today's row is the learner as it stands: also after a flight west, when a date ahead of today has been practised.
    until = date.max if last == today else last
    async with app.database.snapshot() as connection:
        recorded = await recorded_days(connection, learner_id, first, until)
        facts = (await learner_facts(connection, [learner_id], app.policy, with_goals=False))[learner_id]
        earned = await achievements_earned(connection, learner_id, until)
    days = history(first, last, [*recorded.taken, *_pending_snapshots(recorded, facts, app.policy)])
    unlocked = running_total(earned, [*(shown.day for shown in days[:-1]), until])
    shapes = [_day_json(*shown) for shown in zip(days, unlocked, strict=True)]
    return {**window_json(window, today), "days": shapes}


def _pending_snapshots(recorded: RecordedDays, facts: LearnerFacts, policy: Policy) -> list[Snapshot]:
    """The snapshots that the sweep has yet to take."""
    if not recorded.after:
        return []
    start = recorded.taken[-1] if recorded.taken else None
    begins = (start and start.streak.last_met_day) or recorded.after[0].day
    excused = facts.excused(begins, recorded.after[-1].day + LOOK_AHEAD, policy)
    return snapshots(recorded.after, start, excused, policy.streak)


def _day_json(shown: HistoryDay, achievements_unlocked: int) -> dict[str, object]:
    total, today = shown.sums, shown.day_sums
    return {
        "snapshot_date": shown.day.isoformat(),
        "exercises_completed": total.exercises,
        "exercises_today": today.exercises,
        "current_streak": shown.current_streak,
        "longest_streak": shown.longest_streak,
        **time_json(total.seconds),
        "minutes_today": today.seconds // 60,
        "seconds_today": today.seconds,
        "average_grade": average_grade(total.graded, total.grade_milli),
        "average_grade_today": average_grade(today.graded, today.grade_milli),
        "hints_used": total.hints,
        "points": total.points,
        "achievements_unlocked": achievements_unlocked,
    }
