"""Insights: sentences about a learner's practice, each with its numbers.

There are none below three active days, and no insight where the numbers are equal: it would say nothing. Second person,
no exclamation marks, no guilt. This module does not know the clock or where sums are stored.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from milepost.rules.days.wording import WEEKDAYS
from milepost.rules.insight.engagement import NO_EFFORT, Effort
from milepost.rules.insight.topic_strengths import Area, areas
from milepost.rules.rounding import quotient_down, share_percent
from milepost.rules.skills import GRADE_SCALE

MIN_ACTIVE_DAYS = 3
INSIGHT_DAYS = 90
TREND_DAYS = 28

TOO_FEW = "Insights need three active days."

Numbers = Mapping[str, int | float | str]


@dataclass(frozen=True, slots=True)
class Insight:
    """A sentence and the numbers it is based on."""

    kind: str
    text: str
    numbers: Numbers


@dataclass(frozen=True, slots=True)
class ActiveDays:
    """The number of active days of the last 90, in total and by weekday, Monday first.

    `lately` is the number of active days of the last 28; `effort_lately` are the totals of these 28 days, and
    `effort_before` those of the 28 days before.
    """

    count: int = 0
    on_weekdays: Sequence[int] = (0,) * 7
    lately: int = 0
    effort_lately: Effort = NO_EFFORT
    effort_before: Effort = NO_EFFORT


@dataclass(frozen=True, slots=True)
class Practice:
    """The last 90 days: active days, newest activities by local hour (0–23), points by type. And the graded topics."""

    days: ActiveDays = field(default_factory=ActiveDays)
    hours: Mapping[int, int] = field(default_factory=dict)
    points: Sequence[tuple[str, int]] = ()
    topics: Iterable[Area] = ()


def insights(practice: Practice) -> list[Insight]:
    """In a fixed order: weekday, hour, trend, consistency, strongest and weakest topic, points; without empty ones."""
    if practice.days.count < MIN_ACTIVE_DAYS:
        return []
    ranked = areas(practice.topics)
    candidates = [
        _weekday(practice.days),
        _hour(practice.hours),
        _trend(practice.days),
        _consistency(practice.days),
        _strongest(ranked.strongest),
        _improvement(ranked.improvement),
        _points(practice.points),
    ]
    return [insight for insight in candidates if insight is not None]


def _most_frequent(counts: Mapping[int, int]) -> int | None:
    """The key with the highest count; None if several share it or there are no counts."""
    highest = max(counts.values(), default=0)
    keys = [key for key, count in counts.items() if count == highest]
    return keys[0] if len(keys) == 1 else None


def _weekday(days: ActiveDays) -> Insight | None:
    best = _most_frequent(dict(enumerate(days.on_weekdays)))
    if best is None:
        return None
    count = days.on_weekdays[best]
    text = f"{WEEKDAYS[best]} is your most active day: {count} of your {days.count} active days."
    return Insight("best_weekday", text, {"weekday": best + 1, "active_days": count, "of_active_days": days.count})


def _hour(hours: Mapping[int, int]) -> Insight | None:
    best = _most_frequent(hours)
    if best is None:
        return None
    total = sum(hours.values())
    span = f"between {best:02}:00 and {(best + 1) % 24:02}:00"
    text = f"You practise most {span}: {hours[best]} of your last {total} activities."
    return Insight("best_hour", text, {"hour": best, "activities": hours[best], "of_activities": total})


def _trend(days: ActiveDays) -> Insight | None:
    now, before = days.effort_lately, days.effort_before
    unit, amounts = "activity", (now.activities, before.activities)
    if now.seconds >= 60 and before.seconds >= 60:
        unit, amounts = "minute", (now.seconds // 60, before.seconds // 60)
    difference = amounts[0] - amounts[1]
    if not amounts[1] or not difference:
        return None
    word = "more" if difference > 0 else "fewer"
    text = (
        f"{_quantity(amounts[0], unit)} in the last {TREND_DAYS} days, {abs(difference)} {word} than in the "
        f"{TREND_DAYS} days before."
    )
    return Insight("trend", text, {"unit": unit, "now": amounts[0], "before": amounts[1], "days": TREND_DAYS})


def _consistency(days: ActiveDays) -> Insight | None:
    if not days.lately:
        return None
    text = f"You were active on {days.lately} of the last {TREND_DAYS} days."
    return Insight("consistency", text, {"active_days": days.lately, "days": TREND_DAYS})


def _strongest(strongest: Sequence[Area]) -> Insight | None:
    if not strongest:
        return None
    area = strongest[0]
    text = f"Your strongest topic is {area.topic}: {_average(area):g} on average over {area.graded} grades."
    return Insight("strongest_area", text, _area_numbers(area))


def _improvement(weakest: Sequence[Area]) -> Insight | None:
    if not weakest:
        return None
    area = weakest[0]
    text = f"Practice would help most in {area.topic}: {_average(area):g} on average over {area.graded} grades so far."
    return Insight("improvement_area", text, _area_numbers(area))


def _points(points: Sequence[tuple[str, int]]) -> Insight | None:
    by_type = {name: count for name, count in points if count}
    if len(by_type) < 2:
        return None
    best = min(by_type, key=lambda name: (-by_type[name], name))
    total = sum(by_type.values())
    percent = share_percent(by_type[best], total)
    text = f"{percent:g} % of your {total} points in the last {INSIGHT_DAYS} days came from activities of type {best}."
    return Insight("points_mix", text, {"object_type": best, "points": by_type[best], "of_points": total})


def _average(area: Area) -> float:
    return quotient_down(area.grade_milli, GRADE_SCALE * area.graded, 1)


def _area_numbers(area: Area) -> Numbers:
    return {
        "topic": area.topic,
        "average_grade": quotient_down(area.grade_milli, GRADE_SCALE * area.graded, 2),
        "graded": area.graded,
    }


def _quantity(count: int, noun: str) -> str:
    """`1 activity`, `2 activities`."""
    if count == 1:
        return f"1 {noun}"
    return f"{count} {noun[:-1]}ies" if noun.endswith("y") else f"{count} {noun}s"
