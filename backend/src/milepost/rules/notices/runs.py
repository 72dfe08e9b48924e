"""What learners are told of their runs: milestones, a run at risk in the evening, and a run that ended.

Values only. `services/streaks/notices.py` knows which of it has been told.
"""

from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from typing import Any

from milepost.rules.days.calendar import day_end, local_day, zone
from milepost.rules.notices.streak_milestones import FIRST_MILESTONES, next_milestone
from milepost.rules.policy import StreakPolicy
from milepost.rules.streaks.excuse_kinds import ExcusedKind
from milepost.rules.streaks.repairs import decide_repair
from milepost.rules.streaks.streaks import StreakState, expiry_day


def begins_new_run(before: StreakState, after: StreakState, opened_days: int) -> bool:
    """Whether the newest run consists of newly met days alone. `opened_days`: how many days became met in between."""
    return after.last_met_day != before.last_met_day and after.run <= opened_days


def may_have_milestones(before: StreakState, after: StreakState, opened_days: int, today: date) -> bool:
    """Whether the newest run may have milestones to tell: it has passed one, or it was over and is alive again."""
    start = 0 if begins_new_run(before, after, opened_days) else before.run
    if next_milestone(start) <= after.run:
        return True
    return after.run >= FIRST_MILESTONES[0] and is_over_without_excuse(before, today)


def is_over_without_excuse(state: StreakState, today: date) -> bool:
    """Whether the last day that saves the run is before `today`, unless days in between are excused."""
    return state.last_met_day is not None and (today - state.last_met_day).days > state.freezes + 1


def is_evening(now: datetime, zone_name: str, evening_hour: int) -> bool:
    """Whether the clock of this zone shows `evening_hour` or later."""
    return now.astimezone(zone(zone_name)).hour >= evening_hour


def ended_on(
    state: StreakState,
    excused: Mapping[date, ExcusedKind],
    now: datetime,
    zone_name: str,
    policy: StreakPolicy,
) -> date | None:
    """The last day that could have saved a run, if it ended and a repair might still be in time.

    Later the end is no longer news, and nothing can be done about it.
    """
    if state.last_met_day is None:
        return None
    day = expiry_day(state.last_met_day, state.freezes, excused)
    if day >= local_day(now, zone_name):
        return None
    return day if now < day_end(day, zone_name) + timedelta(hours=policy.repair_window_hours) else None


def offered_repair(
    met_days: Iterable[date],
    excused: Mapping[date, ExcusedKind],
    now: datetime,
    zone_name: str,
    last_repaired_at: datetime | None,
    policy: StreakPolicy,
) -> dict[str, Any] | None:
    """What a repair would take, as notices show it; None if none is possible. Arguments as for `decide_repair`."""
    today = local_day(now, zone_name)
    decision = decide_repair(met_days, excused, today, now, zone_name, last_repaired_at, policy)
    if not decision.possible or decision.repairable_until is None:
        return None
    until = decision.repairable_until
    return {
        "days": [day.isoformat() for day in decision.days],
        "until": until.isoformat().replace("+00:00", "Z"),
        "until_day": local_day(until - timedelta.resolution, zone_name).isoformat(),
    }
