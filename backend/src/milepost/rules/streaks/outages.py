"""Outages: spans in which no learner could practise. Which may be entered, and how one would affect a learner's streak.

`excused_days` decides which local days an outage excuses.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal, NamedTuple

from milepost.rules.policy import StreakPolicy
from milepost.rules.streaks.excuse_kinds import ExcusedKind
from milepost.rules.streaks.streaks import uncovered_days, walk

OutageFault = Literal["ends_before_it_begins", "ahead_of_now", "too_long"]


@dataclass(frozen=True, slots=True)
class OutageEffect:
    """How an outage would affect one learner: excuse a day that was open or missed; lengthen the current run."""

    excuses_a_day: bool
    lengthens_the_run: bool


class Excused(NamedTuple):
    """A learner's excused days without the outage (`before`) and with it (`after`)."""

    before: Mapping[date, ExcusedKind]
    after: Mapping[date, ExcusedKind]


def outage_fault(starts_at: datetime, ends_at: datetime, now: datetime, max_hours: int) -> OutageFault | None:
    """Why an outage from `starts_at` to `ends_at` (exclusive) cannot be entered; None if it can.

    It must have begun, but may not have ended yet.
    """
    if ends_at <= starts_at:
        return "ends_before_it_begins"
    if starts_at > now:
        return "ahead_of_now"
    return "too_long" if ends_at - starts_at > timedelta(hours=max_hours) else None


def outage_effect(met_days: Sequence[date], excused: Excused, today: date, policy: StreakPolicy) -> OutageEffect:
    """The effect of an outage on a learner with these met days: ascending, at least one."""
    met = set(met_days)
    excuses_a_day = any(day > met_days[0] and day not in met for day in excused.after.keys() - excused.before.keys())
    before, after = (_current_run(met_days, days, today, policy) for days in excused)
    return OutageEffect(excuses_a_day, after > before)


def _current_run(
    met_days: Sequence[date], excused: Mapping[date, ExcusedKind], today: date, policy: StreakPolicy
) -> int:
    state = walk(met_days, excused, policy)
    return state.run if uncovered_days(met_days[-1], today, excused) <= state.freezes else 0
