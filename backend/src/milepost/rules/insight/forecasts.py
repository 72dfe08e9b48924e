"""Forecasts of achievements and levels: the daily counts each depends on, and the estimate in words.

The arithmetic is in `predictions`. Second person, no exclamation marks, no guilt.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from milepost.rules.achievements.definitions import Condition
from milepost.rules.achievements.metrics import unit_of
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
    # Without any grade, none is too low: the estimate needs exercises first.
    grade_missing = step.grade_missing if topic.graded else 0.0
    estimate = level_estimate(counts, step.exercises_missing, grade_missing, today, days.get(today, 0))
    return LevelForecast(topic.topic, step.level, step.exercises_missing, step.grade_missing, estimate)


def lacks_grade(topic: GradedTopic, policy: SkillsPolicy) -> bool:
    """Does the next level need a better average, so that no number of exercises alone reaches it?"""
    step = next_step(topic.graded, topic.grade_milli, policy, topic.level)
    return bool(topic.graded) and step is not None and step.grade_missing > 0


def earliest_first(estimates: Sequence[tuple[Estimate, bool]]) -> list[int]:
    """The places of the estimates: those with a likely date, the earliest first; then those whose date is not likely;
    then those without. Equals as they come.

    Each with the answer to: is its date likely? Of two with the same median, the one whose likely days end first.
    """
    return sorted(range(len(estimates)), key=lambda place: (not estimates[place][1], *_earliness(estimates[place][0])))


def _earliness(estimate: Estimate) -> tuple[date, date]:
    day = estimate.p50 or date.max
    return day, estimate.likely_until or day


def is_likely(estimate: Estimate, missing: int, run: int) -> bool:
    """Is the date of an estimate at least as likely as not? That of a run that is not broken may be anything else.

    After a run of `run` days, the next `missing` are all met with probability (run + 1) / (run + missing + 1), by
    Laplace's rule of succession: a run is expected to last as long again as it has.
    """
    return estimate.state == "expected" or (estimate.state == "if_unbroken" and missing <= run + 1)


def counted_words(condition: Condition) -> str:
    """What a condition counts, in the plural: "exercises", "minutes in loops", "points of type quiz"."""
    # Of a day all activities count as one active day.
    noun = "activities" if condition.metric == "active_days" else unit_of(condition.metric)[1]
    where = condition.where
    if where is None:
        return noun
    parts = (noun, where.object_type and f"of type {where.object_type}", where.topic and f"in {where.topic}")
    return " ".join(part for part in parts if part)


def levels_by_date(topics: Iterable[GradedTopic], forecasts: Mapping[str, LevelForecast]) -> list[LevelForecast]:
    """The forecasts of these topics, the earliest likely date first.

    Without a date, those that lack only exercises come before those that lack grade, and then the one that is the
    fewest days away by the counts of the last 28 days.
    """
    paced = [(topic, forecasts[topic.topic]) for topic in topics if topic.topic in forecasts]
    paced.sort(key=lambda item: (*_earliness(item[1].estimate), *_remoteness(*item)))
    return [forecast for _, forecast in paced]


def _remoteness(topic: GradedTopic, forecast: LevelForecast) -> tuple[bool, float, str]:
    return forecast.grade_missing > 0, forecast.exercises_missing / (topic.lately + 0.5), topic.topic


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
            percent = estimate.within_60_percent
            share = "Fewer than 2" if percent == 1 else f"About {percent}"
            return f"{share} of 100 get there within {HORIZON_DAYS} days at your current pace."
        case "too_few_days":
            days = f"{MIN_ACTIVE_DAYS} of the {ACTIVE_DAYS_WINDOW} days before today"
            return f"An estimate needs {counted} on {days}."
        case _:
            return _WITHOUT_DATE[estimate.state]


def _with_dates(estimate: Estimate) -> str:
    span = f"between {_in_words(estimate.likely_from)} and {_in_words(estimate.likely_until)}"
    if estimate.likely_from == estimate.likely_until:
        span = "on that day"
    return (
        f"At your pace about {_in_words(estimate.p50)}: {estimate.within_60_percent} of 100 get there within "
        f"{HORIZON_DAYS} days, mostly {span}."
    )


def _in_words(day: date | None) -> str:
    assert day is not None  # states with dates have these dates
    return date_in_words(day)
