"""Closing the gap that broke a run: learners as `rules/streaks/repairs.py` allows, administrators unconditionally."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from milepost.db.connection import Writing
from milepost.db.learner_row import lock_learners
from milepost.errors import Conflict, Fault, Invalid, NotFound
from milepost.queries.streaks.streaks import StreakHistory, streak_history
from milepost.rules.policy import Policy, StreakPolicy
from milepost.rules.streaks.excused_days import spans_of
from milepost.rules.streaks.pauses import Span
from milepost.rules.streaks.repairs import RepairDecision, decide_repair
from milepost.services.streaks.excuses import LearnerStreak, excuse, excuses_changed

MAX_RESTORED_DAYS = 366

_IS_KNOWN = "SELECT 1 FROM learners WHERE learner_id = $1"


@dataclass(frozen=True, slots=True)
class Mended:
    """Spans of dates that are excused from now on, and the learner afterwards."""

    spans: Sequence[Span]
    learner: LearnerStreak


@dataclass(frozen=True, slots=True)
class Restoration:
    """What an administrator wants: the dates, or, without any, the gap that broke the newest run, however long."""

    days: Span | None
    reason: str
    administrator: str


async def repair_streak(connection: Writing, learner_id: UUID, policy: Policy, now: datetime) -> Mended:
    """The learner closes the gap that broke its newest run.

    Raises:
        Conflict: `nothing_to_repair`; `repair_not_possible`, with every condition, whether it held, and until when.
    """
    await lock_learners(connection, [learner_id])
    decision = _decision(await streak_history(connection, learner_id, policy), policy, now)
    if not decision.possible:
        raise _refusal(decision, policy.streak)
    spans = spans_of(decision.days)
    await excuse(connection, learner_id, "repair", spans, "", "learner", now)
    return Mended(spans, await excuses_changed(connection, learner_id, spans[0][0], policy, now))


async def restore_streak(
    connection: Writing, learner_id: UUID, wanted: Restoration, policy: Policy, now: datetime
) -> Mended:
    """An administrator excuses days that are over or today, without the conditions of a repair.

    Raises:
        NotFound: `learner_not_found`.
        Invalid: `impossible_restoration`.
        Conflict: `nothing_to_restore`.
    """
    if await connection.fetchval(_IS_KNOWN, learner_id) is None:
        # Before the lock: locking would make a row for a learner nobody knows.
        raise NotFound("learner_not_found", "There is no such learner.")
    await lock_learners(connection, [learner_id])
    history = await streak_history(connection, learner_id, policy)
    if wanted.days is None:
        spans = spans_of(_decision(history, policy, now).days)
        if not spans:
            raise Conflict("nothing_to_restore", "No run has broken.")
    else:
        _check_days(wanted.days, history.facts.today(now))
        spans = [wanted.days]
    await excuse(connection, learner_id, "restore", spans, wanted.reason, wanted.administrator, now)
    return Mended(spans, await excuses_changed(connection, learner_id, spans[0][0], policy, now))


def _decision(history: StreakHistory, policy: Policy, now: datetime) -> RepairDecision:
    facts, today = history.facts, history.facts.today(now)
    excused = history.excused(today, today, policy)
    zone = facts.zones.name_at(now)
    return decide_repair(history.days, excused, today, now, zone, history.repaired_at, policy.streak)


def _check_days(days: Span, today: date) -> None:
    first, last = days
    if last < first:
        sentence = "is before the first day"
    elif last > today:
        sentence = f"is after the learner's today, {today}"
    elif (last - first).days >= MAX_RESTORED_DAYS:
        sentence = f"at most {MAX_RESTORED_DAYS} days can be restored at once"
    else:
        return
    raise Invalid("impossible_restoration", "These days cannot be restored.", (Fault("/last_day", sentence),))


def _refusal(decision: RepairDecision, policy: StreakPolicy) -> Conflict:
    if "nothing_to_repair" in decision.failures:
        return Conflict("nothing_to_repair", "No run has broken, so there is nothing to repair.")
    days, until, again = len(decision.days), decision.repairable_until, decision.allowed_again_at
    told = {
        "too_many_days": f"The gap has {days} missed days; at most {policy.repair_max_days} can be repaired.",
        "too_late": f"The repair was possible until {_utc(until)}.",
        "too_soon": f"A repair is possible once in {policy.repair_interval_days} days; the next from {_utc(again)}.",
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
    sentences = " ".join(told[failure] for failure in decision.failures)
    return Conflict("repair_not_possible", sentences, {"conditions": conditions})


def _utc(instant: datetime | None) -> str:
    return "" if instant is None else instant.isoformat().replace("+00:00", "Z")
