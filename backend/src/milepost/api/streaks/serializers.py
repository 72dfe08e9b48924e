"""Turns streaks into JSON, the same way in every response."""

from collections.abc import Sequence

from milepost.api.http.responses import JsonObject, instant
from milepost.rules.streaks.streaks import CalendarDay, StreakView


def streak_json(view: StreakView) -> dict[str, object]:
    """`StreakOut`."""
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


def calendar_json(days: Sequence[CalendarDay]) -> list[JsonObject]:
    """A list of `StreakDayOut`."""
    shapes: list[JsonObject] = []
    for day in days:
        reason = day.reason
        shape: JsonObject = {"day": day.day.isoformat(), "state": day.state, "reason": reason.text}
        shape |= {"code": reason.code, "values": reason.values}
        if day.kind is not None:
            shape["kind"] = str(day.kind)
        shapes.append(shape)
    return shapes
