"""Replays a timeline by hand: from the facts of its days alone, the streak that the learner sees must follow."""

from collections.abc import Mapping
from datetime import date, datetime

from oracles import brute
from support.callers import Answer


def assert_replayed(
    answer: Answer, met: Mapping[date, datetime], standing: brute.Standing, here: brute.WallCalendar
) -> None:
    """The days of the timeline, which begins before the first met day, name the met days with the first instant of
    each; walked by the naive rule they give the expected streak, as does the last of them by its own account.
    """
    timeline = answer.ok()
    days = {date.fromisoformat(day["day"]): day for day in timeline["days"]}
    assert {day: datetime.fromisoformat(told["met_at"]) for day, told in days.items() if told["activities"]} == met
    assert {day for day, told in days.items() if told["first_activity"]} == set(met)
    excused = {day for day, told in days.items() if "kind" in told}
    replayed = brute.streak(set(met), excused, date.fromisoformat(timeline["today"]), here)
    expected = (standing.current, standing.longest, standing.freezes)
    assert (replayed.current, replayed.longest, replayed.freezes) == expected
    after = timeline["days"][-1]["after"]
    assert (after["current_streak"], after["longest_streak"], after["freezes"]) == expected
    assert timeline["before"]["longest_streak"] == 0
    stored = {fact["id"] for fact in (*timeline["excuses"], *timeline["outages"])}
    assert {told["excused_by"] for told in days.values()} - {None} == stored
    for told in days.values():
        assert (told["excused_by"] is not None) == (told.get("kind") in {"pause", "repair", "restore", "outage"})
