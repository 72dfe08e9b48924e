"""Forecasts of achievements and levels: the daily counts each depends on, and the estimate in words.

The arithmetic is in `predictions`. Second person, no exclamation marks, no guilt.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from milepost.rules.days.periods import Days
from milepost.rules.days.wording import date_in_words, quantity
from milepost.rules.insight.predictions import (
    ACTIVE_DAYS_WINDOW,
    HORIZON_DAYS,
    MIN_ACTIVE_DAYS,
    Estimate,
    daily_series,
    level_estimate,
)
from milepost.rules.policy import SkillsPolicy
from milepost.rules.skills import next_step


@dataclass(frozen=True, slots=True)
class LevelForecast:
    """A topic's next level: what is missing, and when it is likely to be reached."""

    topic: str
    level: str
    exercises_missing: int
    grade_missing: float
    estimate: Estimate


@dataclass(frozen=True, slots=True)
class GradedTopic:
    """A topic: its level, its grades (count, sum in thousandths); `lately`: graded exercises in the last 28 days."""

    topic: str
    level: str
    graded: int
    grade_milli: int
    lately: int


_WITHOUT_DATE: Mapping[str, str] = {
    "reached": "You already have everything it takes.",
    "not_predictable": "This does not follow a daily pace, so there is no date.",
}


def series_of(counts: Mapping[date, int], began_on: date | None, window: Days) -> list[int]:
    """Daily counts from `began_on` (None: the first day with a count), but not before the window, to its end."""
    start = began_on or min((day for day, count in counts.items() if count), default=window.last)
    return daily_series(counts, max(window.first, start), window.last)


def level_forecast(
    topic: GradedTopic, days: Mapping[date, int], policy: SkillsPolicy, window: Days, today: date
) -> LevelForecast | None:
    """When the next level of a topic is likely to be reached; None at the top. `window` ends yesterday.

    `days` are graded exercises by day, from the start of the window on; they may be empty if the topic lacks grade.
    """
    step = next_step(topic.graded, topic.grade_milli, policy, topic.level)
    if step is None:
        return None
    # If the topic has grades from before the window, its empty days count from the start of the window. Otherwise the
    # topic is younger than the window.
    is_older = topic.graded > sum(days.values())
    counts = series_of(days, window.first if is_older else None, window)
    counted_today = days.get(today, 0)
    estimate = level_estimate(counts, step.exercises_missing, step.grade_missing, today, counted_today)
    return LevelForecast(topic.topic, step.level, step.exercises_missing, step.grade_missing, estimate)


def lacks_grade(topic: GradedTopic, policy: SkillsPolicy) -> bool:
    """Does the next level need a better average, so that no number of exercises alone reaches it?"""
    step = next_step(topic.graded, topic.grade_milli, policy, topic.level)
    return step is not None and step.grade_missing > 0


def next_topic(topics: Iterable[GradedTopic], policy: SkillsPolicy, level: str | None = None) -> GradedTopic | None:
    """The topic whose next level (only `level`, if given) is the fewest days away by the counts of the last 28 days.

    Topics that lack only exercises come before those that lack grade. None if no topic has a level to reach.
    """
    best: tuple[bool, float, str] | None = None
    chosen = None
    for topic in topics:
        step = next_step(topic.graded, topic.grade_milli, policy, topic.level)
        if step is None or level not in (None, step.level):
            continue
        rank = (step.grade_missing > 0, step.exercises_missing / (topic.lately + 0.5), topic.topic)
        if best is None or rank < best:
            best, chosen = rank, topic
    return chosen


def soonest(estimates: Sequence[Estimate]) -> int | None:
    """The place of the estimate to offer: the soonest with a likely date, else the first. None if there are none.

    Of equal dates the first: the caller puts the nearest first.
    """
    dated = [(estimate.p50 or estimate.likely_until, place) for place, estimate in enumerate(estimates)]
    likely = [(day, place) for day, place in dated if day is not None]
    return min(likely)[1] if likely else (0 if estimates else None)


def sentence(estimate: Estimate, counted: str, grade_missing: float = 0.0) -> str:
    """An estimate in words. `counted`: what it counts, such as "graded exercises in loops"."""
    match estimate.state:
        case "expected":
            return _with_dates(estimate)
        case "if_unbroken":
            return f"{_in_words(estimate.p50)}, if you practise every day."
        case "grade_missing":
            return f"This needs a better average: {quantity(grade_missing, 'point')} more."
        case "unlikely":
            return (
                f"About {estimate.within_60_percent} of 100 get there within {HORIZON_DAYS} days at your current pace."
            )
        case "too_few_days":
            days = f"{MIN_ACTIVE_DAYS} of the {ACTIVE_DAYS_WINDOW} days before today"
            return f"An estimate needs {counted} on {days}."
        case _:
            return _WITHOUT_DATE[estimate.state]


def _with_dates(estimate: Estimate) -> str:
    span = f"between {_in_words(estimate.likely_from)} and {_in_words(estimate.likely_until)}"
    if estimate.likely_from == estimate.likely_until:
        span = f"on {_in_words(estimate.likely_from)}"
    return (
        f"About {estimate.within_60_percent} of 100 get there within {HORIZON_DAYS} days at your pace, mostly {span}."
    )


def _in_words(day: date | None) -> str:
    assert day is not None  # states with dates have these dates
    return date_in_words(day)
