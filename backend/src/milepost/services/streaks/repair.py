"""Closes the gap that broke a run: for learners as `rules/streaks/repairs.py` allows, for administrators always."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from milepost.db.connection import Writing
from milepost.db.learner_row import lock_learners
from milepost.errors import Conflict, Fault, Invalid, NotFound
from milepost.queries.streaks.streaks import StreakHistory, streak_history
from milepost.rules.days.wording import quantity
from milepost.rules.policy import Policy, StreakPolicy
from milepost.rules.streaks.excused_days import spans_of
from milepost.rules.streaks.pauses import Span
from milepost.rules.streaks.repairs import RepairDecision, decide_repair
from milepost.services.streaks.excuses import LearnerStreak, add_excuses, apply_excuse_change

MAX_RESTORED_DAYS = 366

_LEARNER_EXISTS = "SELECT 1 FROM learners WHERE learner_id = $1"


@dataclass(frozen=True, slots=True)
class StreakRepair:
    """The newly excused spans of dates, and the learner's streak after it."""

    spans: Sequence[Span]
    learner: LearnerStreak


@dataclass(frozen=True, slots=True)
class RestoreRequest:
    """A request of an administrator. `days` None: the gap that broke the newest run, however long."""

    days: Span | None
    reason: str
    administrator: str


async def repair_streak(connection: Writing, learner_id: UUID, policy: Policy, now: datetime) -> StreakRepair:
    """Close the gap that broke the learner's newest run, on the learner's own request.

    Raises:
        Conflict: `nothing_to_repair`; `repair_not_possible`, with each condition, whether it failed, and its deadline.
    """
    await lock_learners(connection, [learner_id])
    decision = _decision(await streak_history(connection, learner_id, policy), policy, now)
    if not decision.possible:
        raise _refusal(decision, policy.streak)
    spans = spans_of(decision.days)
    await add_excuses(connection, learner_id, "repair", spans, "", "learner", now)
    return StreakRepair(spans, await apply_excuse_change(connection, learner_id, spans[0][0], policy, now))


async def restore_streak(
    connection: Writing, learner_id: UUID, request: RestoreRequest, policy: Policy, now: datetime
) -> StreakRepair:
    """Excuse days up to today on an administrator's request, without the conditions of a repair.

    Raises:
        NotFound: `learner_not_found`.
        Invalid: `impossible_restoration`.
        Conflict: `nothing_to_restore`.
    """
    if await connection.fetchval(_LEARNER_EXISTS, learner_id) is None:
        # Before the lock: locking would create a row for an unknown learner.
        raise NotFound("learner_not_found", "There is no such learner.")
    await lock_learners(connection, [learner_id])
    history = await streak_history(connection, learner_id, policy)
    if request.days is None:
        spans = spans_of(_decision(history, policy, now).days)
        if not spans:
            raise Conflict("nothing_to_restore", "No run has broken.")
    else:
        _check_days(request.days, history.facts.today(now))
        spans = [request.days]
    await add_excuses(connection, learner_id, "restore", spans, request.reason, request.administrator, now)
    return StreakRepair(spans, await apply_excuse_change(connection, learner_id, spans[0][0], policy, now))


def _decision(history: StreakHistory, policy: Policy, now: datetime) -> RepairDecision:
    facts, today = history.facts, history.facts.today(now)
    excused = history.excused(today, today, policy)
    return decide_repair(history.days, excused, today, now, facts.zone, history.repaired_at, policy.streak)


def _check_days(days: Span, today: date) -> None:
    first, last = days
    if last < first:
        fault = Fault("/last_day", "is before the first day", "reversed")
    elif last > today:
        fault = Fault("/last_day", f"is after the learner's today, {today}", "in_the_future", {"today": today})
    elif (last - first).days >= MAX_RESTORED_DAYS:
        sentence = f"at most {MAX_RESTORED_DAYS} days can be restored at once"
        fault = Fault("/last_day", sentence, "too_long", {"max_days": MAX_RESTORED_DAYS})
    else:
        return
    raise Invalid("impossible_restoration", "These days cannot be restored.", (fault,))


def _refusal(decision: RepairDecision, policy: StreakPolicy) -> Conflict:
    if "nothing_to_repair" in decision.failures:
        return Conflict("nothing_to_repair", "No run has broken, so there is nothing to repair.")
    days, until, again = len(decision.days), decision.repairable_until, decision.allowed_again_at
    interval, missed = quantity(policy.repair_interval_days, "day"), quantity(days, "missed day")
    sentences = {
        "too_many_days": f"The gap has {missed}; at most {policy.repair_max_days} can be repaired.",
        "too_late": f"The repair was possible until {_utc(until)}.",
        "too_soon": f"A repair is possible once in {interval}; the next from {_utc(again)}.",
    }
    conditions = [
        {
            "condition": "days",
            "failed": "too_many_days" in decision.failures,
            "days": days,
            "most": policy.repair_max_days,
        },
        {"condition": "time", "failed": "too_late" in decision.failures, "until": until},
        {"condition": "interval", "failed": "too_soon" in decision.failures, "allowed_again_at": again},
    ]
    detail = " ".join(sentences[failure] for failure in decision.failures)
    return Conflict("repair_not_possible", detail, {"conditions": conditions})


def _utc(instant: datetime | None) -> str:
    return "" if instant is None else instant.isoformat().replace("+00:00", "Z")
