"""Pauses: days without practice that a learner announces beforehand. Which may be taken, and what is left of one that
is ended early.

A pause is a span of dates. This module does not know the clock, the learner's zone or where pauses are stored.
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
    """The pause is possible exactly if `failures` is empty; otherwise it lists every condition that failed.

    `possible_from`: the first date, not before the requested one, on which a pause of that length could begin; None if
    that length is never possible, or not within the time that can be planned.
    """

    failures: tuple[PauseFailure, ...]
    possible_from: date | None


def decide_pause(
    pause: Span, pauses: Sequence[Span], today: date, met_today: bool, policy: PausesPolicy
) -> PauseDecision:
    """May a learner who already has these pauses take this one?

    It begins today, if today is not met, or at most `ahead_days` later; lasts at most `longest_days`; does not overlap
    another pause; and leaves at most `days_in_window` paused dates in any `window_days` dates.
    """
    first, last = pause
    if last < first:
        return PauseDecision(("ends_before_it_begins",), None)
    paused = {day for span in pauses for day in _ordinals(span)}
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


def last_day_if_ended(pause: Span, today: date) -> date | None:
    """The last day that stays excused if this pause, which is not over, is ended today: yesterday. None if it has not
    begun before today."""
    return today - _DAY if pause[0] < today else None


def paused_days(pauses: Sequence[Span], today: date, policy: PausesPolicy) -> int:
    """The number of paused dates in the last `window_days`, including today, and after today."""
    window_start = today.toordinal() - policy.window_days + 1
    return sum(day >= window_start for span in pauses for day in _ordinals(span))


def _ordinals(span: Span) -> range:
    return range(span[0].toordinal(), span[1].toordinal() + 1)


def _clashes(first: date, length: int, paused: AbstractSet[int], policy: PausesPolicy) -> list[PauseFailure]:
    days = range(first.toordinal(), first.toordinal() + length)
    if not paused.isdisjoint(days):
        return ["overlaps"]
    if _max_in_a_window(paused | set(days), days, policy.window_days) > policy.days_in_window:
        return ["too_many_days"]
    return []


def _max_in_a_window(days: AbstractSet[int], around: range, length: int) -> int:
    """The maximum number of `days` in any `length` consecutive dates that include one of `around`."""
    count = sum(day in days for day in range(around.start - length + 1, around.start + 1))
    maximum = count
    for end in range(around.start + 1, around.stop + length - 1):
        count += (end in days) - (end - length in days)
        maximum = max(maximum, count)
    return maximum


def _possible_from(
    earliest: date, length: int, paused: AbstractSet[int], today: date, policy: PausesPolicy
) -> date | None:
    days_left = policy.ahead_days - (earliest - today).days
    candidates = (earliest + timedelta(days=days) for days in range(days_left + 1))
    return next((first for first in candidates if not _clashes(first, length, paused, policy)), None)
