"""Creates and ends the pauses of a learner's streak. `rules/streaks/pauses.py` decides which are allowed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from milepost.db.connection import Writing
from milepost.db.learner_row import lock_learners
from milepost.errors import Conflict, Fault, FaultCode, Invalid, NotFound, Refused
from milepost.queries.learners.facts import learner_facts
from milepost.queries.streaks.pauses import PAUSES, Pause
from milepost.rules.days.wording import quantity
from milepost.rules.policy import PausesPolicy, Policy
from milepost.rules.streaks.pauses import PauseDecision, PauseFailure, Span, decide_pause, last_day_if_ended
from milepost.services.streaks.excuses import LearnerStreak, add_excuses, apply_excuse_change, is_today_met

_PAUSE_BY_ID = f"{PAUSES} AND excuse_id = $2"
_DELETE = "DELETE FROM streak_excuses WHERE learner_id = $1 AND excuse_id = $2"
_SET_LAST_DAY = "UPDATE streak_excuses SET last_day = $3 WHERE learner_id = $1 AND excuse_id = $2"


@dataclass(frozen=True, slots=True)
class PauseChange:
    """The pause after a change, None if it is deleted; and the learner's streak."""

    pause: Pause | None
    learner: LearnerStreak


async def create_pause(
    connection: Writing, learner_id: UUID, span: Span, reason: str, policy: Policy, now: datetime
) -> PauseChange:
    """Pause the streak from the first to the last date of `span`.

    Raises:
        Invalid: `impossible_pause`, regardless of other pauses.
        Conflict: `pause_overlaps`, `pause_allowance_used`.
    """
    await lock_learners(connection, [learner_id])
    facts = (await learner_facts(connection, [learner_id], policy))[learner_id]
    met_today = await is_today_met(connection, learner_id, facts, now)
    taken = [(row["first_day"], row["last_day"]) for row in await connection.fetch(PAUSES, learner_id)]
    decision = decide_pause(span, taken, facts.today(now), met_today, policy.pauses)
    if decision.failures:
        raise _refusal(decision, span, taken, policy.pauses)
    (pause_id,) = await add_excuses(connection, learner_id, "pause", [span], reason, "learner", now)
    learner = await apply_excuse_change(connection, learner_id, span[0], policy, now)
    return PauseChange(Pause(pause_id, *span, reason, now), learner)


async def end_pause(
    connection: Writing, learner_id: UUID, pause_id: UUID, policy: Policy, now: datetime
) -> PauseChange:
    """End a pause: one that has not begun is deleted, a running one ends as of yesterday.

    Raises:
        NotFound: `pause_not_found`.
        Conflict: `pause_is_over`.
    """
    if await connection.fetchrow(_PAUSE_BY_ID, learner_id, pause_id) is None:
        # Before the lock: locking would create a row for an unknown learner.
        raise NotFound("pause_not_found", "The learner has no such pause.")
    await lock_learners(connection, [learner_id])
    row = await connection.fetchrow(_PAUSE_BY_ID, learner_id, pause_id)
    if row is None:
        raise NotFound("pause_not_found", "The learner has no such pause.")
    pause = Pause(**row)
    facts = (await learner_facts(connection, [learner_id], policy))[learner_id]
    today = facts.today(now)
    if pause.last_day < today:
        raise Conflict("pause_is_over", f"The pause already ended on {pause.last_day}.", {"last_day": pause.last_day})
    last_day = last_day_if_ended((pause.first_day, pause.last_day), today)
    if last_day is None:
        await connection.execute(_DELETE, learner_id, pause_id)
    else:
        await connection.execute(_SET_LAST_DAY, learner_id, pause_id, last_day)
    learner = await apply_excuse_change(connection, learner_id, max(pause.first_day, today), policy, now)
    ended = None if last_day is None else Pause(pause_id, pause.first_day, last_day, pause.reason, pause.created_at)
    return PauseChange(ended, learner)


_CODES: dict[PauseFailure, str] = {"overlaps": "pause_overlaps", "too_many_days": "pause_allowance_used"}
_POINTERS: dict[PauseFailure, str] = {"ends_before_it_begins": "/last_day", "too_long": "/last_day"}
_FAULT_CODES: dict[PauseFailure, FaultCode] = {
    "ends_before_it_begins": "reversed",
    "in_the_past": "in_the_past",
    "too_far_ahead": "out_of_range",
    "too_long": "too_long",
}


def _refusal(decision: PauseDecision, span: Span, taken: Sequence[Span], policy: PausesPolicy) -> Refused:
    """The error: one sentence per failed condition, and the first day on which such a pause would be possible."""
    sentences = {failure: _sentence(failure, span, taken, policy) for failure in decision.failures}
    details = [*sentences.values()]
    possible_from = decision.possible_from
    if possible_from is not None:
        days = (span[1] - span[0]).days + 1
        details.append(f"A pause of {quantity(days, 'day')} is possible from {possible_from}.")
    members = {"conditions": list(sentences), "possible_from": possible_from}
    faults = tuple(
        Fault(_POINTERS.get(failure, "/first_day"), sentence, _FAULT_CODES[failure], _values(failure, policy))
        for failure, sentence in sentences.items()
        if failure not in _CODES
    )
    if faults:
        return Invalid("impossible_pause", " ".join(details), faults, members)
    return Conflict(_CODES[decision.failures[0]], " ".join(details), members)


def _values(failure: PauseFailure, policy: PausesPolicy) -> dict[str, object]:
    limits = {"too_far_ahead": policy.ahead_days, "too_long": policy.longest_days}
    return {"max_days": limits[failure]} if failure in limits else {}


def _sentence(failure: PauseFailure, span: Span, taken: Sequence[Span], policy: PausesPolicy) -> str:
    match failure:
        case "ends_before_it_begins":
            return "The pause ends before it begins."
        case "in_the_past":
            return "A pause must begin in the future, or today if today is not met yet."
        case "too_far_ahead":
            return f"A pause must begin within the next {quantity(policy.ahead_days, 'day')}."
        case "too_long":
            return f"A pause must last at most {quantity(policy.longest_days, 'day')}."
        case "overlaps":
            first, last = next(other for other in sorted(taken) if other[0] <= span[1] and span[0] <= other[1])
            return f"There is already a pause from {first} to {last}."
        case "too_many_days":
            window = quantity(policy.window_days, "day")
            return f"At most {quantity(policy.days_in_window, 'day')} in any {window} can be paused."
