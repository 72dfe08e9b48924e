"""Which counts an achievement or a level waits for, and when they will be there; the sentences are here too.

The arithmetic is in `predictions`. Second person, no exclamation marks, no guilt.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from milepost.rules.days.periods import Days
from milepost.rules.days.wording import date_in_words
from milepost.rules.insight.predictions import HORIZON_DAYS, Estimate, daily_series, level_estimate
from milepost.rules.policy import SkillsPolicy
from milepost.rules.skills import next_step

DAY_SUMS: Mapping[str, str] = {
    "exercises_completed": "exercises",
    "activities": "activities",
    "points": "points",
    "minutes": "seconds",
    "active_days": "activities",
    "perfect_grades": "perfect",
    "no_hint_exercises": "no_hint",
}
"""Metrics that grow day by day, and the sum of a day each is read from."""


@dataclass(frozen=True, slots=True)
class LevelForecast:
    """A topic's next level: what it lacks, and when it is likely."""

    topic: str
    level: str
    exercises_missing: int
    grade_missing: float
    estimate: Estimate


@dataclass(frozen=True, slots=True)
class GradedTopic:
    """A topic: its level, grades as a count and a sum in thousandths, and `lately`: graded exercises since 28 days."""

    topic: str
    level: str
    graded: int
    grade_milli: int
    lately: int


def in_unit(metric: str, amount: int) -> int:
    """A day's sum in the unit of the metric: whole minutes of seconds, 1 for an active day."""
    if metric == "minutes":
        return amount // 60
    return int(amount > 0) if metric == "active_days" else amount


_WITHOUT_DATE: Mapping[str, str] = {
    "reached": "Everything it takes is there.",
    "unlikely": f"More than {HORIZON_DAYS} days ahead at your present pace.",
    "too_few_days": "Three active days in four weeks make an estimate possible.",
    "not_predictable": "This one follows no daily pace, so there is no date.",
}


def series_of(counts: Mapping[date, int], began_on: date | None, window: Days) -> list[int]:
    """Daily counts from `began_on` (None: from the first that is there) to the end of the window, not before it."""
    start = began_on or min((day for day, count in counts.items() if count), default=window.last)
    return daily_series(counts, max(window.first, start), window.last)


def level_forecast(
    topic: GradedTopic, days: Mapping[date, int], policy: SkillsPolicy, window: Days, today: date
) -> LevelForecast | None:
    """When the next level of a topic is likely; None at the top. `window` ends yesterday.

    `days`: graded exercises by day of the window and after; of a topic that lacks grade nothing needs to be there.
    """
    step = next_step(topic.graded, topic.grade_milli, policy, topic.level)
    if step is None:
        return None
    # With grades from before the window, its days without any are days without any; else the topic is younger than it.
    is_older = topic.graded > sum(days.values())
    counts = series_of(days, window.first if is_older else None, window)
    found = level_estimate(counts, step.exercises_missing, step.grade_missing, today)
    return LevelForecast(topic.topic, step.level, step.exercises_missing, step.grade_missing, found)


def lacks_grade(topic: GradedTopic, policy: SkillsPolicy) -> bool:
    """Does the next level ask for a better average, so that no pace of exercises reaches it?"""
    step = next_step(topic.graded, topic.grade_milli, policy, topic.level)
    return step is not None and step.grade_missing > 0


def next_topic(topics: Iterable[GradedTopic], policy: SkillsPolicy, level: str | None = None) -> GradedTopic | None:
    """The topic whose next level (only `level`, if given) is the fewest days away by the counts of the last 28 days.

    One that lacks only exercises comes before one that lacks grade. None where no topic has a level to reach.
    """
    best: tuple[bool, float, str] | None = None
    chosen = None
    for topic in topics:
        step = next_step(topic.graded, topic.grade_milli, policy, topic.level)
        if step is None or level not in (None, step.level):
            continue
        place = (step.grade_missing > 0, step.exercises_missing / (topic.lately + 0.5), topic.topic)
        if best is None or place < best:
            best, chosen = place, topic
    return chosen


def sentence(found: Estimate, grade_missing: float = 0.0) -> str:
    """An estimate in words."""
    match found.state:
        case "expected":
            return _dated(found)
        case "if_unbroken":
            return f"{_spoken(found.p50)}, if no day is left out."
        case "grade_missing":
            return f"The average decides here: {grade_missing:g} points more."
        case _:
            return _WITHOUT_DATE[found.state]


def _dated(found: Estimate) -> str:
    until = f"to {_spoken(found.p90)}" if found.p90 else f"to more than {HORIZON_DAYS} days ahead"
    return f"At your pace: about {_spoken(found.p50)}. Likely from {_spoken(found.p10)} {until}."


def _spoken(day: date | None) -> str:
    assert day is not None  # a state that has dates has these
    return date_in_words(day)
