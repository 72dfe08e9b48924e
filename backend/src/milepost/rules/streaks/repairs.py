"""Streak repairs: whether a learner may close the gap that broke the newest run, and which days that would excuse.

This module only decides; `services` stores the excuse.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal

from milepost.rules.days.calendar import day_end
from milepost.rules.policy import StreakPolicy
from milepost.rules.streaks.excuse_kinds import ExcusedKind
from milepost.rules.streaks.streaks import EMPTY, StreakState, advance, expiry_day

RepairFailure = Literal["nothing_to_repair", "too_many_days", "too_late", "too_soon"]


@dataclass(frozen=True, slots=True)
class RepairDecision:
    """A repair is possible exactly if `failures` is empty; otherwise it lists every condition that failed.

    `days` are the days to excuse, ascending, even if they are too many. `repairable_until` is the deadline for this gap
    (exclusive). `allowed_again_at` is when the interval since the last repair ends; None without an earlier repair.
    """

    failures: tuple[RepairFailure, ...]
    days: tuple[date, ...]
    repairable_until: datetime | None
    allowed_again_at: datetime | None

    @property
    def possible(self) -> bool:
        """Are all conditions met?"""
        return not self.failures


def decide_repair(
    met_days: Iterable[date],
    excused: Mapping[date, ExcusedKind],
    today: date,
    now: datetime,
    zone_name: str,
    last_repaired_at: datetime | None,
    policy: StreakPolicy,
) -> RepairDecision:
    """Decide on the gap between the newest broken run and the first met day after it, or yesterday.

    n = the gap's days that are neither excused nor covered by the freezes of that run. A repair excuses the last n, so
    that the others become frozen and practice since then joins the run. It is allowed while n ≤ `repair_max_days`, less
    than `repair_window_hours` after that run expired, and once in `repair_interval_days` × 24 hours.

    `met_days` are all met days, ascending; `excused` all known excused days; `zone_name` is the zone in force now.
    """
    allowed_again_at = None
    if last_repaired_at is not None:
        allowed_again_at = last_repaired_at + timedelta(days=policy.repair_interval_days)
    broken = _newest_broken(met_days, excused, today, policy)
    if broken is None:
        return RepairDecision(("nothing_to_repair",), (), None, allowed_again_at)
    last_met, freezes, gap = broken
    days = gap[freezes:]
    window = timedelta(hours=policy.repair_window_hours)
    repairable_until = day_end(expiry_day(last_met, freezes, excused), zone_name) + window
    failures: list[RepairFailure] = []
    if len(days) > policy.repair_max_days:
        failures.append("too_many_days")
    if now >= repairable_until:
        failures.append("too_late")
    if allowed_again_at is not None and now < allowed_again_at:
        failures.append("too_soon")
    return RepairDecision(tuple(failures), days, repairable_until, allowed_again_at)


def _newest_broken(
    met_days: Iterable[date], excused: Mapping[date, ExcusedKind], today: date, policy: StreakPolicy
) -> tuple[date, int, tuple[date, ...]] | None:
    """The last met day and the freezes of the newest run that broke, and the days of its gap that are not excused.

    The gap ends before today, which can still be met, even if a later date has been met (the learner flew west). None
    if no day of the gap needs a repair.
    """
    newest: tuple[StreakState, date] | None = None
    state = EMPTY
    for met_day in met_days:
        before, state = state, advance(state, met_day, excused, policy)
        if before.last_met_day is not None and state.run == 1:
            newest = before, met_day
    if state.last_met_day is not None and expiry_day(state.last_met_day, state.freezes, excused) < today:
        newest = state, today
    if newest is None or newest[0].last_met_day is None:
        return None
    run, end = newest
    start = newest[0].last_met_day.toordinal() + 1
    dates = (date.fromordinal(ordinal) for ordinal in range(start, min(end, today).toordinal()))
    gap = tuple(day for day in dates if day not in excused)
    return (newest[0].last_met_day, run.freezes, gap) if len(gap) > run.freezes else None
