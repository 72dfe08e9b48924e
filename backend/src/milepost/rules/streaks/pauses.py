"""Pauses: days that a learner says beforehand will be without practice. Which may be taken, and what is left of one
that is taken back.

A pure decision; a pause is a span of dates, and the clock, the learner's zone and where pauses are kept are unknown.
"""

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from milepost.rules.policy import PausesPolicy

PauseFailure = Literal["ends_before_it_begins", "in_the_past", "too_far_ahead", "too_long", "overlaps", "too_many_days"]
Span = tuple[date, date]
"""First and last date, both inclusive."""

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class PauseDecision:
    """The answer. The pause is possible exactly when `failures` is empty; otherwise they name every condition that
    failed.

    `possible_from`: the first date, not before the wanted one, from which a pause of that many days would be possible;
    None when none of that length ever is, or not within the time that can be planned.
    """

    failures: tuple[PauseFailure, ...]
    possible_from: date | None


def decide_pause(
    wanted: Span, taken: Sequence[Span], today: date, met_today: bool, policy: PausesPolicy
) -> PauseDecision:
    """May a learner who has taken these pauses take the wanted one?

    From today, if it is not met, or later, beginning at most `ahead_days` from today; at most `longest_days`; no date
    twice; and in any `window_days` dates at most `days_in_window` paused ones.
    """
    first, last = wanted
    if last < first:
        return PauseDecision(("ends_before_it_begins",), None)
    paused = {day for span in taken for day in _ordinals(span)}
    earliest = today + _DAY if met_today else today
    failures: list[PauseFailure] = []
    if first < earliest:
        failures.append("in_the_past")
    if first > today + timedelta(days=policy.ahead_days):
        failures.append("too_far_ahead")
    length = (last - first).days + 1
    if length > policy.longest_days:
        failures.append("too_long")
        return PauseDecision((*failures, *_clashes(first, length, paused, policy)), None)
    failures += _clashes(first, length, paused, policy)
    if not failures:
        return PauseDecision((), first)
    return PauseDecision(tuple(failures), _possible_from(max(first, earliest), length, paused, today, policy))


def last_day_of_ended(pause: Span, today: date) -> date | None:
    """Of a pause that is not over and is ended today: the last day that stays excused, which is yesterday; None when
    nothing of it stays."""
    return today - _DAY if pause[0] < today else None


def paused_days(taken: Sequence[Span], today: date, policy: PausesPolicy) -> int:
    """Paused dates in the last `window_days`, today included, and ahead of today."""
    begins = today.toordinal() - policy.window_days + 1
    return sum(day >= begins for span in taken for day in _ordinals(span))


def _ordinals(span: Span) -> range:
    return range(span[0].toordinal(), span[1].toordinal() + 1)


def _clashes(first: date, length: int, paused: AbstractSet[int], policy: PausesPolicy) -> list[PauseFailure]:
    wanted = range(first.toordinal(), first.toordinal() + length)
    if not paused.isdisjoint(wanted):
        return ["overlaps"]
    if _most_in_a_window(paused | set(wanted), wanted, policy.window_days) > policy.days_in_window:
        return ["too_many_days"]
    return []


def _most_in_a_window(days: AbstractSet[int], around: range, length: int) -> int:
    """The most of `days` that lie in any `length` consecutive dates of which one is `around`."""
    inside = sum(day in days for day in range(around.start - length + 1, around.start + 1))
    most = inside
    for end in range(around.start + 1, around.stop + length - 1):
        inside += (end in days) - (end - length in days)
        most = max(most, inside)
    return most


def _possible_from(
    earliest: date, length: int, paused: AbstractSet[int], today: date, policy: PausesPolicy
) -> date | None:
    days_left = policy.ahead_days - (earliest - today).days
    candidates = (earliest + timedelta(days=days) for days in range(days_left + 1))
    return next((first for first in candidates if not _clashes(first, length, paused, policy)), None)
