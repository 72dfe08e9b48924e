"""One streak on the wire, the same in every answer that shows one."""

from datetime import datetime

from milepost.rules.streaks.streaks import StreakView


def instant(value: datetime | None) -> str | None:
    """An instant in UTC as RFC 3339 with `Z`; whole seconds without a fraction."""
    return None if value is None else value.isoformat().replace("+00:00", "Z")


def streak_shape(view: StreakView) -> dict[str, object]:
    """A streak as `StreakOut` declares it."""
    return {
        "current_streak": view.current,
        "longest_streak": view.longest,
        "state": view.state,
        "met_today": view.met_today,
        "paused": view.paused,
        "last_exercise_date": None if view.last_met_day is None else view.last_met_day.isoformat(),
        "freezes": view.freezes,
        "freezes_pending": view.freezes_pending,
        "next_freeze_in_days": view.next_freeze_in_days,
        "expires_at": instant(view.expires_at),
    }
