"""Insights: sentences about a learner's practice, each with its numbers.

There are none below three active days, and no insight that chance explains or whose numbers are equal: it would say
nothing. Second person, no exclamation marks, no guilt. This module does not know the clock or where sums are stored.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from statistics import NormalDist
from typing import TypeVar

from milepost.rules.days.wording import WEEKDAYS, quantity
from milepost.rules.insight.engagement import NO_EFFORT, Effort
from milepost.rules.insight.topic_mastery import MASTERED_GRADE, Masteries
from milepost.rules.insight.topic_strengths import Area, areas
from milepost.rules.rounding import quotient_down, share_percent
from milepost.rules.skills import GRADE_SCALE

MIN_ACTIVE_DAYS = 3
INSIGHT_DAYS = 90
TREND_DAYS = 28
MIN_DAYS_FOR_TREND = 2 * TREND_DAYS
"""A trend needs this many days since the first activity: else it compares with days before the learner began."""
SIGNIFICANCE = 0.05
"""A best weekday or hour, or a trend, is said only if chance explains it less often than this."""
_NORMAL_QUANTILE = NormalDist().inv_cdf(1 - SIGNIFICANCE / 2)
WEEK_DAYS, DAY_HOURS = 7, 24

TOO_FEW = "Insights need three active days."
NOTHING_STANDS_OUT = f"Nothing stands out in the last {INSIGHT_DAYS} days."

Numbers = Mapping[str, int | float | str]
Key = TypeVar("Key")


@dataclass(frozen=True, slots=True)
class Insight:
    """A sentence and the numbers it is based on, so that a frontend can say it in its own language.

    `variant` distinguishes sentences of one kind.
    """

    kind: str
    text: str
    numbers: Numbers
    variant: str = ""

    @property
    def code(self) -> str:
        """Which sentence it is."""
        return self.kind + self.variant


@dataclass(frozen=True, slots=True)
class ActiveDays:
    """The number of active days of the last 90, in total and by weekday, Monday first.

    `lately` is the number of active days of the last 28; `effort_lately` are the totals of these 28 days, and
    `effort_before` those of the 28 days before. `squares_lately` and `squares_before` are the sums of the squares of
    each day's amounts, which tell how much days differ. `days_since_first`: from the first activity ever to today.
    """

    count: int = 0
    on_weekdays: Sequence[int] = (0,) * 7
    lately: int = 0
    effort_lately: Effort = NO_EFFORT
    effort_before: Effort = NO_EFFORT
    squares_lately: Effort = NO_EFFORT
    squares_before: Effort = NO_EFFORT
    days_since_first: int = 0


@dataclass(frozen=True, slots=True)
class HoursOfDays:
    """By local hour (0–23), on how many of the `count` newest days with an activity there was one in that hour."""

    on_days: Mapping[int, int] = field(default_factory=dict)
    count: int = 0


@dataclass(frozen=True, slots=True)
class Practice:
    """The last 90 days: active days, the hours of the newest of them, points by type. And the graded topics, with what
    the learner can do in them.
    """

    days: ActiveDays = field(default_factory=ActiveDays)
    hours: HoursOfDays = field(default_factory=HoursOfDays)
    points: Sequence[tuple[str, int]] = ()
    topics: Iterable[Area] = ()
    masteries: Masteries = field(default_factory=dict)


def insights(practice: Practice) -> list[Insight]:
    """In a fixed order: weekday, hour, trend, consistency, strongest and weakest topic, points; without empty ones."""
    if practice.days.count < MIN_ACTIVE_DAYS:
        return []
    ranked = areas(practice.topics, practice.masteries)
    candidates = [
        _weekday(practice.days),
        _hour(practice.hours),
        _trend(practice.days),
        _consistency(practice.days),
        _strongest(ranked.strongest, practice.masteries),
        _improvement(ranked.improvement, practice.masteries),
        _points(practice.points),
    ]
    return [insight for insight in candidates if insight is not None]


def _most_frequent(counts: Mapping[Key, int]) -> Key | None:
    """The key with the highest count; None if several share it or there are no counts."""
    highest = max(counts.values(), default=0)
    keys = [key for key, count in counts.items() if count == highest]
    return keys[0] if len(keys) == 1 else None


def _beats_chance(count: int, days: int, chance: float, bins: int) -> bool:
    """Is it unlikely that the best of `bins` has `count` of `days` by chance, if each day falls into it with `chance`?

    The exact upper tail of the binomial distribution, times the number of bins, because the best of them was picked
    (Bonferroni: Dunn, Multiple comparisons among means, 1961).
    """
    tail = sum(math.comb(days, k) * chance**k * (1 - chance) ** (days - k) for k in range(count, days + 1))
    return tail * bins < SIGNIFICANCE


def _weekday(days: ActiveDays) -> Insight | None:
    best = _most_frequent(dict(enumerate(days.on_weekdays)))
    if best is None or not _beats_chance(days.on_weekdays[best], days.count, 1 / WEEK_DAYS, WEEK_DAYS):
        return None
    count = days.on_weekdays[best]
    text = f"{WEEKDAYS[best]} is your most active day: {count} of your {days.count} active days."
    return Insight("best_weekday", text, {"weekday": best + 1, "active_days": count, "of_active_days": days.count})


def _hour(hours: HoursOfDays) -> Insight | None:
    best = _most_frequent(hours.on_days)
    if best is None or hours.count < MIN_ACTIVE_DAYS:
        return None
    # Who practises in several hours of a day meets each hour more often.
    chance = min(sum(hours.on_days.values()) / (DAY_HOURS * hours.count), 1.0)
    count = hours.on_days[best]
    if not _beats_chance(count, hours.count, chance, DAY_HOURS):
        return None
    span = f"between {best:02}:00 and {(best + 1) % DAY_HOURS:02}:00"
    text = f"You practise most often {span}: on {count} of your last {hours.count} active days."
    return Insight("best_hour", text, {"hour": best, "active_days": count, "of_active_days": hours.count})


def _more_than_chance(lately: int, before: int, squares: int) -> bool:
    """Do two totals of `TREND_DAYS` days differ by more than days differ anyway? `squares`: of all days' amounts.

    The difference in units of its standard error, from the variances between the days of each side (Welch, The
    significance of the difference between two means, 1938), against the normal distribution.
    """
    variances = (squares - (lately**2 + before**2) / TREND_DAYS) / (TREND_DAYS - 1)
    return (lately - before) ** 2 > _NORMAL_QUANTILE**2 * TREND_DAYS * variances


def _trend(days: ActiveDays) -> Insight | None:
    if days.days_since_first < MIN_DAYS_FOR_TREND:
        return None
    now, before = days.effort_lately, days.effort_before
    unit, size, place = "activity", 1, Effort._fields.index("activities")
    if now.seconds >= 60 and before.seconds >= 60:
        unit, size, place = "minute", 60, Effort._fields.index("seconds")
    amounts = (now[place] // size, before[place] // size)
    difference = amounts[0] - amounts[1]
    squares = days.squares_lately[place] + days.squares_before[place]
    if not amounts[1] or not difference or not _more_than_chance(now[place], before[place], squares):
        return None
    word = "more" if difference > 0 else "fewer"
    text = (
        f"{quantity(amounts[0], unit)} in the last {TREND_DAYS} days, {abs(difference)} {word} than in the "
        f"{TREND_DAYS} days before."
    )
    return Insight(
        "trend",
        text,
        {"unit": unit, "now": amounts[0], "before": amounts[1], "difference": abs(difference), "days": TREND_DAYS},
    )


def _consistency(days: ActiveDays) -> Insight | None:
    if not days.lately:
        return None
    # Days before the first activity were not missed.
    span = min(TREND_DAYS, days.days_since_first + 1)
    text = f"You were active on {days.lately} of the last {span} days."
    return Insight("consistency", text, {"active_days": days.lately, "days": span})


def _strongest(strongest: Sequence[Area], masteries: Masteries) -> Insight | None:
    if not strongest:
        return None
    area = strongest[0]
    start = f"Your strongest topic is {area.topic}"
    if masteries:
        mastery = masteries[area.topic]
        expected = mastery.numbers()
        text = f"{start}: we expect {expected['estimate']} of 100 there ({expected['low']}–{expected['high']})."
        return Insight("strongest_area", text, _area_numbers(area) | expected, variant="_expected")
    text = f"{start}: {_average(area):g} on average over {area.graded} grades."
    return Insight("strongest_area", text, _area_numbers(area))


def _improvement(weakest: Sequence[Area], masteries: Masteries) -> Insight | None:
    if not weakest:
        return None
    area = weakest[0]
    start = f"Practice would help most in {area.topic}"
    if masteries:
        mastery = masteries[area.topic]
        compared = mastery.comparison()
        text = (
            f"{start}: lately you got {compared['won']:g} of 100, "
            f"others get {compared['typical']:g} in the same exercises."
        )
        numbers = _area_numbers(area) | mastery.numbers() | compared
        return Insight("improvement_area", text, numbers, variant="_expected")
    if area.grade_milli >= MASTERED_GRADE * GRADE_SCALE * area.graded:
        # More exercises of a topic with such an average teach little.
        return None
    text = f"{start}: {_average(area):g} on average over {area.graded} grades so far."
    return Insight("improvement_area", text, _area_numbers(area))


def _points(points: Sequence[tuple[str, int]]) -> Insight | None:
    by_type = {name: count for name, count in points if count}
    if len(by_type) < 2:
        return None
    best = _most_frequent(by_type)
    if best is None:
        return None
    total = sum(by_type.values())
    percent = share_percent(by_type[best], total)
    share = f"{percent:g} % of your {quantity(total, 'point')}"
    text = f"{share} in the last {INSIGHT_DAYS} days came from activities of type {best}."
    return Insight(
        "points_mix",
        text,
        {"object_type": best, "points": by_type[best], "of_points": total, "percent": percent, "days": INSIGHT_DAYS},
    )


def _average(area: Area) -> float:
    return quotient_down(area.grade_milli, GRADE_SCALE * area.graded, 1)


def _area_numbers(area: Area) -> dict[str, int | float | str]:
    return {
        "topic": area.topic,
        "average_grade": quotient_down(area.grade_milli, GRADE_SCALE * area.graded, 2),
        "graded": area.graded,
    }
