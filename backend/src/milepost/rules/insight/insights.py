"""What a learner's practice shows, in words, with the numbers beside them. Nothing below three active days, and nothing
where the numbers are equal: a sentence must say something.

Second person, no exclamation marks, no guilt. Knows neither the clock nor where sums are kept.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from milepost.rules.days.wording import WEEKDAYS
from milepost.rules.insight.engagement import NO_EFFORT, Effort
from milepost.rules.insight.topic_strengths import Area, areas
from milepost.rules.rounding import quotient, share_percent
from milepost.rules.skills import GRADE_SCALE

MIN_ACTIVE_DAYS = 3
DAYS_LOOKED_AT = 90
TREND_DAYS = 28

TOO_FEW = "Three active days make an insight possible."

Numbers = Mapping[str, int | float | str]


@dataclass(frozen=True, slots=True)
class Insight:
    """A sentence and the numbers it rests on."""

    kind: str
    text: str
    numbers: Numbers


@dataclass(frozen=True, slots=True)
class ActiveDays:
    """The active days of the last 90: how many, and how many on each weekday, Monday first.

    Of the last 28 days how many are active, and what these and the 28 before came to.
    """

    count: int = 0
    on_weekdays: Sequence[int] = (0,) * 7
    lately: int = 0
    effort_lately: Effort = NO_EFFORT
    effort_before: Effort = NO_EFFORT


@dataclass(frozen=True, slots=True)
class Practice:
    """The last 90 days: those that were active, the newest activities by local hour (0–23), points by type; and graded
    topics."""

    days: ActiveDays = field(default_factory=ActiveDays)
    hours: Mapping[int, int] = field(default_factory=dict)
    points: Sequence[tuple[str, int]] = ()
    topics: Iterable[Area] = ()


def insights(practice: Practice) -> list[Insight]:
    """In a fixed order: weekday, hour, trend, consistency, strongest and weakest topic, points; each where it says
    something."""
    if practice.days.count < MIN_ACTIVE_DAYS:
        return []
    ranked = areas(practice.topics)
    found = [
        _weekday(practice.days),
        _hour(practice.hours),
        _trend(practice.days),
        _consistency(practice.days),
        _strongest(ranked.strongest),
        _improvement(ranked.improvement),
        _points(practice.points),
    ]
    return [insight for insight in found if insight is not None]


def _most(counts: Mapping[int, int]) -> int | None:
    """The key with the greatest count, None where several have it or nothing was counted."""
    best = max(counts.values(), default=0)
    keys = [key for key, count in counts.items() if count == best]
    return keys[0] if len(keys) == 1 else None


def _weekday(days: ActiveDays) -> Insight | None:
    best = _most(dict(enumerate(days.on_weekdays)))
    if best is None:
        return None
    most = days.on_weekdays[best]
    text = f"{WEEKDAYS[best]} is your most active day: {most} of your {days.count} active days."
    return Insight("best_weekday", text, {"weekday": best + 1, "active_days": most, "of_active_days": days.count})


def _hour(hours: Mapping[int, int]) -> Insight | None:
    best = _most(hours)
    if best is None:
        return None
    whole = sum(hours.values())
    span = f"between {best:02}:00 and {(best + 1) % 24:02}:00"
    text = f"You do most {span}: {hours[best]} of your last {whole} activities."
    return Insight("best_hour", text, {"hour": best, "activities": hours[best], "of_activities": whole})


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
        f"{_counted(amounts[0], unit)} in the last {TREND_DAYS} days, {abs(difference)} {word} than in the "
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
    text = f"Practice helps most in {area.topic}: {_average(area):g} on average over {area.graded} grades so far."
    return Insight("improvement_area", text, _area_numbers(area))


def _points(points: Sequence[tuple[str, int]]) -> Insight | None:
    found = {name: count for name, count in points if count}
    if len(found) < 2:
        return None
    best = min(found, key=lambda name: (-found[name], name))
    whole = sum(found.values())
    percent = share_percent(found[best], whole)
    text = f"{percent:g} % of your {whole} points in {DAYS_LOOKED_AT} days came from activities of the type {best}."
    return Insight("points_mix", text, {"object_type": best, "points": found[best], "of_points": whole})


def _average(area: Area) -> float:
    return quotient(area.grade_milli, GRADE_SCALE * area.graded, 1)


def _area_numbers(area: Area) -> Numbers:
    return {
        "topic": area.topic,
        "average_grade": quotient(area.grade_milli, GRADE_SCALE * area.graded, 2),
        "graded": area.graded,
    }


def _counted(count: int, noun: str) -> str:
    """`1 activity`, `2 activities`."""
    if count == 1:
        return f"1 {noun}"
    return f"{count} {noun[:-1]}ies" if noun.endswith("y") else f"{count} {noun}s"
