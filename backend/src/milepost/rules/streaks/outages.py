"""Outages: spans in which nobody could practise. Which may be entered, and what one would do to a learner's streak.

Which local days one touches is `excused_days`' matter.
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
    """What an outage would do to one learner: excuse a day that was open or missed; make the present run longer."""

    excuses_a_day: bool
    lengthens_the_run: bool


class Excused(NamedTuple):
    """A learner's excused days without an outage, and with it."""

    before: Mapping[date, ExcusedKind]
    after: Mapping[date, ExcusedKind]


def outage_fault(starts_at: datetime, ends_at: datetime, now: datetime, longest_hours: int) -> OutageFault | None:
    """Why no outage can have lasted from `starts_at` to `ends_at` (exclusive); None when one can.

    It must have begun, and may still last.
    """
    if ends_at <= starts_at:
        return "ends_before_it_begins"
    if starts_at > now:
        return "ahead_of_now"
    return "too_long" if ends_at - starts_at > timedelta(hours=longest_hours) else None


def effect_of(met_days: Sequence[date], excused: Excused, today: date, policy: StreakPolicy) -> OutageEffect:
    """The difference an outage would make to a learner with these met days, ascending, at least one."""
    met = set(met_days)
    excuses_a_day = any(day > met_days[0] and day not in met for day in excused.after.keys() - excused.before.keys())
    before, after = (_present_run(met_days, days, today, policy) for days in excused)
    return OutageEffect(excuses_a_day, after > before)


def _present_run(
    met_days: Sequence[date], excused: Mapping[date, ExcusedKind], today: date, policy: StreakPolicy
) -> int:
    state = walk(met_days, excused, policy)
    return state.run if uncovered_days(met_days[-1], today, excused) <= state.freezes else 0
