"""`scripts/evaluate-predictions FILE`: how well predictions hold on real records, beside two averages.

docs/predictions.md defines a case and the figures. Only reads the file; starts no server. Exits with 1 if the figures
miss the target of the file.
"""

import argparse
import math
import sys
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from bench.record_files import Row, open_file, rows
from milepost.rules.insight.predictions import (
    ACTIVE_DAYS_WINDOW,
    HORIZON_DAYS,
    MIN_ACTIVE_DAYS,
    MIN_PROBABILITY,
    WINDOW_DAYS,
    cumulative_probabilities,
    likely_days,
    quantile,
)

STEPS = (1, 5, 10, 25, 50, 100, 150, 250, 350, 500, 750, 1_000)
"""The thresholds of the catalogue's achievements for completed exercises."""

DAYS_BETWEEN = 7
"""The days between the cases of a learner who reads on any day."""

MAX_CASES = 10_000
"""Of more cases than this, evenly spaced ones are measured."""

MIN_INTERVAL, MAX_INTERVAL = 0.75, 0.88
"""The target for the share of outcomes within the interval of 80 %."""

MIN_LIKELIHOOD = 1e-6
"""The floor of a likelihood, so that a guess that rules out what happened has a finite loss."""

Guess = Callable[[Sequence[int], int], Sequence[float]]


@dataclass(frozen=True, slots=True)
class Timeline:
    """The history of one learner: counts by day number, and the last day that the records cover."""

    counts: dict[int, int]
    last_known: int


@dataclass(frozen=True, slots=True)
class Case:
    """Daily counts up to the end of an active day, what was missing then, and how many days it took (None: over 60)."""

    daily_counts: Sequence[int]
    missing: int
    reached_in: int | None


@dataclass(frozen=True, slots=True)
class Score:
    """Means over the cases; shares are 0–1.

    `within`: the share that got there within 60 days, `said_within` the mean probability that was given to it.
    `interval`: the share of outcomes within 10–90 % of the distribution; exactly 0.8 for true probabilities.
    `interval_plain` counts a case whole if its outcome lies in the interval, so an interval that ends in "more than 60
    days" may hold far more often than 80 %. `interval_days` is its mean length, at most 61 days, `interval_open` the
    share that ends in "more than 60 days".
    `likely`: of the cases that got there, the share that did so on the likely days; 0 if none did. `likely_days`: their
    mean number.
    """

    cases: int
    within: float
    said_within: float
    interval: float
    interval_plain: float
    interval_days: float
    interval_open: float
    negative_log_likelihood: float
    likely: float
    likely_days: float


def history_meta(below: Iterator[Row]) -> list[Timeline]:
    """Posts of each user by day in UTC, without badges, which are awarded. Covered until the end of the file."""
    by_learner: defaultdict[str, Counter[int]] = defaultdict(Counter)
    last = 0
    for row in below:
        day = date.fromisoformat(row["time"][:10]).toordinal()
        last = max(last, day)
        if row["kind"] != "badge":
            by_learner[row["user"]][day] += 1
    return [Timeline(dict(counts), last) for counts in by_learner.values()]


def oulad(below: Iterator[Row]) -> list[Timeline]:
    """Submitted assessments by learner and presentation of a module. Covered until the presentation ends."""
    by_learner: defaultdict[tuple[str, str, int], Counter[int]] = defaultdict(Counter)
    for row in below:
        by_learner[row["course"], row["user"], int(row["course_days"])][int(row["day"])] += 1
    return [Timeline(dict(counts), key[2]) for key, counts in by_learner.items()]


@dataclass(frozen=True, slots=True)
class Records:
    """The learners of a file, and the maximum of the negative log-likelihood that is aimed for on it."""

    timelines: list[Timeline]
    max_loss: float


FILES = {
    "user,time,kind,badge": (history_meta, 2.40),
    "course,user,item,kind,day,due_day,weight,score,course_days": (oulad, 3.15),
}


def records(lines: Iterator[str]) -> Records:
    """A file given as its lines.

    Raises:
        ValueError: the header line is not that of a known file.
    """
    header, below = rows(lines, FILES)
    read, max_loss = FILES[header]
    return Records(read(below), max_loss)


def cases(timeline: Timeline) -> Iterator[Case]:
    """A case at the end of each active day, if the service would give an estimate then."""
    for day in sorted(timeline.counts):
        if _active_days(timeline, day) >= MIN_ACTIVE_DAYS:
            yield from _case(timeline, day)


def cases_on_any_day(timeline: Timeline) -> Iterator[Case]:
    """A case on every seventh day since the first, whatever was done on it, if any of the last 28 was active."""
    for day in range(min(timeline.counts) + DAYS_BETWEEN - 1, timeline.last_known + 1, DAYS_BETWEEN):
        if _active_days(timeline, day):
            yield from _case(timeline, day)


def _active_days(timeline: Timeline, day: int) -> int:
    return sum(other in timeline.counts for other in range(day - ACTIVE_DAYS_WINDOW + 1, day + 1))


def _case(timeline: Timeline, day: int) -> Iterator[Case]:
    """The case at the end of `day`; none above the last threshold, or if the 60 days after it are not known."""
    counts = timeline.counts
    done = sum(count for other, count in counts.items() if other <= day)
    step = next((step for step in STEPS if step > done), None)
    if step is None or day + HORIZON_DAYS > timeline.last_known:
        return
    first = max(min(counts), day - WINDOW_DAYS + 1)
    daily_counts = [counts.get(other, 0) for other in range(first, day + 1)]
    yield Case(daily_counts, step - done, _reached_in(counts, day, step - done))


def _reached_in(counts: dict[int, int], day: int, missing: int) -> int | None:
    for ahead in range(1, HORIZON_DAYS + 1):
        missing -= counts.get(day + ahead, 0)
        if missing <= 0:
            return ahead
    return None


def lifetime_average(daily_counts: Sequence[int], missing: int) -> list[float]:
    """A simple guess: the learner continues at the average rate so far, varying by chance alone (Poisson)."""
    return _poisson(sum(daily_counts) / len(daily_counts), missing)


def recent_average(daily_counts: Sequence[int], missing: int) -> list[float]:
    """As `lifetime_average`, by the last 28 days alone."""
    recent = daily_counts[-ACTIVE_DAYS_WINDOW:]
    return _poisson(sum(recent) / len(recent), missing)


def _poisson(rate: float, missing: int) -> list[float]:
    return [_poisson_at_least(missing, rate * days) for days in range(1, HORIZON_DAYS + 1)]


def _poisson_at_least(count: int, mean: float) -> float:
    terms = (math.exp(k * math.log(mean) - mean - math.lgamma(k + 1)) for k in range(count))
    return max(0.0, 1.0 - sum(terms))


def score(guess: Guess, evaluated: Sequence[Case]) -> Score:
    """How good a guess is on these cases.

    Raises:
        ValueError: there are no cases.
    """
    if not evaluated:
        raise ValueError("the file has no case")
    within = plain = loss = said = 0.0
    likely = reached = open_ends = length = likely_length = 0
    for case in evaluated:
        probabilities = guess(case.daily_counts, case.missing)
        low, high = _span(probabilities, case.reached_in)
        likelihood = max(high - low, MIN_LIKELIHOOD)
        within += max(0.0, min(high, 0.9) - max(low, 0.1)) / likelihood
        happened = case.reached_in or HORIZON_DAYS + 1
        from_10, until_90 = (quantile(probabilities, share) or HORIZON_DAYS + 1 for share in (0.1, 0.9))
        plain += from_10 <= happened <= until_90
        open_ends += until_90 > HORIZON_DAYS
        length += until_90 - from_10 + 1
        loss -= math.log(likelihood)
        said += probabilities[-1]
        first, last = (day or 0 for day in likely_days(probabilities))
        likely_length += last - first + 1
        reached += case.reached_in is not None
        likely += case.reached_in is not None and first <= case.reached_in <= last
    count = len(evaluated)
    return Score(
        cases=count,
        within=reached / count,
        said_within=said / count,
        interval=within / count,
        interval_plain=plain / count,
        interval_days=length / count,
        interval_open=open_ends / count,
        negative_log_likelihood=loss / count,
        likely=likely / (reached or 1),
        likely_days=likely_length / count,
    )


def _span(probabilities: Sequence[float], reached_in: int | None) -> tuple[float, float]:
    """The part of the cumulative distribution, between 0 and 1, that the guess gives to the outcome."""
    if reached_in is None:
        return probabilities[-1], 1.0
    return (probabilities[reached_in - 2] if reached_in > 1 else 0.0), probabilities[reached_in - 1]


def main() -> None:
    parser = argparse.ArgumentParser(prog="scripts/evaluate-predictions", description=__doc__)
    parser.add_argument("file", type=Path, help="file of real records, plain or gzipped; see docs/predictions.md")
    options = parser.parse_args()
    try:
        with open_file(options.file) as lines:
            known = records(iter(lines))
        missed = _compare(known)
    except (OSError, ValueError) as fault:
        sys.exit(f"{options.file}: {fault}")
    target = f"{MIN_INTERVAL:.0%}–{MAX_INTERVAL:.0%} and at most {known.max_loss:.2f}"
    print(f"target: {target}; " + (f"missed {', '.join(missed)}" if missed else "met"))
    sys.exit(bool(missed))


GUESSES: dict[str, Guess] = {
    "predictions": cumulative_probabilities,
    "average of 28 days": recent_average,
    "lifetime average": lifetime_average,
}


def _compare(known: Records) -> list[str]:
    """Prints every figure. Returns where predictions miss the target."""
    missed = []
    for name, choose in (("at the end of active days", cases), ("on any day", cases_on_any_day)):
        every = [case for timeline in known.timelines for case in choose(timeline)]
        dated = [case for case in every if _shows_date(case)]
        for title, chosen in ((name, every), (f"{name}, with a date", dated)):
            measured = chosen[:: math.ceil(len(chosen) / MAX_CASES) or 1]
            scores = {label: score(guess, measured) for label, guess in GUESSES.items()}
            ours = scores["predictions"]
            print(f"{title}: {ours.cases} of {len(chosen)} cases, {ours.within:.1%} got there")
            for label, scored in scores.items():
                print(f"  {label:18} {_line(scored)}")
            is_met = MIN_INTERVAL <= ours.interval <= MAX_INTERVAL and ours.negative_log_likelihood <= known.max_loss
            if chosen is every and not is_met:
                missed.append(title)
    return missed


def _shows_date(case: Case) -> bool:
    """Does the service show a date in this case?"""
    active = sum(count > 0 for count in case.daily_counts[-ACTIVE_DAYS_WINDOW:])
    if active < MIN_ACTIVE_DAYS:
        return False
    return cumulative_probabilities(case.daily_counts, case.missing)[-1] >= MIN_PROBABILITY


def _line(scored: Score) -> str:
    return (
        f"said {scored.said_within:5.1%}  "
        f"10–90 % holds {scored.interval:5.1%} (whole {scored.interval_plain:5.1%}, "
        f"{scored.interval_days:4.1f} days, {scored.interval_open:5.1%} open)  "
        f"likely days hold {scored.likely:5.1%} ({scored.likely_days:4.1f} days)  "
        f"negative log-likelihood {scored.negative_log_likelihood:.2f}"
    )


if __name__ == "__main__":
    main()
