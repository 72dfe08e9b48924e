"""Daily history: each date with its sums, the totals so far and the streak. Exact even before the sweep has run."""

from datetime import date, timedelta
from uuid import UUID

from quart import Blueprint, Response

from milepost.api.edge.guard import current_caller, learner_named
from milepost.api.edge.problem_codes import declare
from milepost.api.edge.request_context import resources
from milepost.api.history.schemas import HistoryOut, HistoryQuery
from milepost.api.http.conditional_get import conditional
from milepost.api.http.contract import contract
from milepost.api.http.learner_routes import READ_ROLES
from milepost.api.http.parsing import read_query
from milepost.api.http.responses import time_json
from milepost.errors import Fault, Invalid
from milepost.queries.history import RecordedDays, achievements_earned, recorded_days
from milepost.queries.learners.facts import LOOK_AHEAD, LearnerFacts, learner_facts
from milepost.queries.learners.version import LearnerVersion
from milepost.rules.history import MAX_HISTORY_DAYS, HistoryDay, Snapshot, history, running_total, snapshots
from milepost.rules.policy import Policy
from milepost.rules.skills import average_grade

blueprint = Blueprint("history", __name__)

declare(invalid_range=(422, "The dates are not a valid range; `detail` or `errors` says why."))

DEFAULT_DAYS = 30


@blueprint.get("/progress/history")
@contract(
    operation="getHistory",
    summary="History, day by day",
    roles=READ_ROLES,
    query=HistoryQuery,
    answers=HistoryOut,
    problems=("learner_not_found", "learner_required", "invalid_range"),
    tag="progress",
)
async def show_history() -> Response:
    """Every date up to today with its sums, the totals so far, and the streak on that date.

    Give either `days` for the last days, or `start_date` and `end_date` (default: today). Future days are left out.
    """
    query = read_query(HistoryQuery)
    caller = current_caller()
    learner_id = learner_named(caller, query.learner_id)
    _check(query)

    async def build(version: LearnerVersion, today: date) -> object:
        first, last = _range(query, today)
        return await _history(version.learner_id, first, last)

    return await conditional(caller, learner_id, build)


def _check(query: HistoryQuery) -> None:
    """Check what does not depend on today's date.

    Raises:
        Invalid: `invalid_range`.
    """
    if query.days is not None and (query.start_date or query.end_date):
        raise _invalid("days", "Give either `days`, or `start_date` and `end_date`, not both.")
    if query.start_date is None and query.end_date is not None:
        raise _invalid("start_date", "`end_date` requires `start_date`.")
    if query.start_date is not None and query.end_date is not None:
        if query.end_date < query.start_date:
            raise _invalid("end_date", "`end_date` is before `start_date`.")
        if (query.end_date - query.start_date).days >= MAX_HISTORY_DAYS:
            raise _invalid("end_date", f"The range must be at most {MAX_HISTORY_DAYS} days.")


def _range(query: HistoryQuery, today: date) -> tuple[date, date]:
    """The first and the last date to show.

    Raises:
        Invalid: `invalid_range`, the range is entirely in the future, or too long up to today.
    """
    if query.start_date is None:
        return today - timedelta(days=(query.days or DEFAULT_DAYS) - 1), today
    if query.start_date > today:
        raise _invalid("start_date", "`start_date` is after the learner's today.")
    last = min(query.end_date or today, today)
    if (last - query.start_date).days >= MAX_HISTORY_DAYS:
        raise _invalid("start_date", f"The range must be at most {MAX_HISTORY_DAYS} days.")
    return query.start_date, last


def _invalid(parameter: str, sentence: str) -> Invalid:
    return Invalid("invalid_range", sentence, (Fault(f"/{parameter}", sentence),))


async def _history(learner_id: UUID, first: date, last: date) -> dict[str, object]:
    app = resources()
    async with app.database.snapshot() as connection:
        recorded = await recorded_days(connection, learner_id, first, last)
        facts = (await learner_facts(connection, [learner_id], app.policy))[learner_id]
        earned = await achievements_earned(connection, learner_id, last)
    days = history(first, last, [*recorded.taken, *_pending_snapshots(recorded, facts, app.policy)])
    unlocked = running_total(earned, [shown.day for shown in days])
    shapes = [_day_json(*shown) for shown in zip(days, unlocked, strict=True)]
    return {"from": first.isoformat(), "to": last.isoformat(), "days": shapes}


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
