"""`scripts/evaluate-predictions FILE`: how well predictions hold on real records, beside a lifetime average.

docs/predictions.md defines a case and the figures. Only reads the file; starts no server.
"""

import argparse
import csv
import gzip
import math
import sys
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

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

STEPS = (1, 5, 10, 25, 50, 100, 250, 500, 1_000)
"""The thresholds of the catalogue's achievements for completed exercises."""

MIN_LIKELIHOOD = 1e-6
"""The floor of a likelihood, so that a guess that rules out what happened has a finite loss."""

Guess = Callable[[Sequence[int], int], Sequence[float]]
Row = dict[str, str]


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

    `interval`: the share of outcomes within 10–90 % of the distribution; exactly 0.8 for true probabilities.
    `interval_plain` counts a case whole if its outcome lies in the interval, so an interval that ends in "more than 60
    days" may hold far more often than 80 %.
    `likely`: of the cases that got there, the share that did so on the likely days; 0 if none did.
    """

    cases: int
    beyond: int
    interval: float
    interval_plain: float
    negative_log_likelihood: float
    likely: float


def history_meta(rows: Iterator[Row]) -> list[Timeline]:
    """Posts of each user by day in UTC, without badges, which are awarded. Covered until the end of the file."""
    by_learner: defaultdict[str, Counter[int]] = defaultdict(Counter)
    last = 0
    for row in rows:
        day = date.fromisoformat(row["time"][:10]).toordinal()
        last = max(last, day)
        if row["kind"] != "badge":
            by_learner[row["user"]][day] += 1
    return [Timeline(dict(counts), last) for counts in by_learner.values()]


def oulad(rows: Iterator[Row]) -> list[Timeline]:
    """Submitted assessments by learner and presentation of a module. Covered until the presentation ends."""
    by_learner: defaultdict[tuple[str, str, int], Counter[int]] = defaultdict(Counter)
    for row in rows:
        by_learner[row["course"], row["user"], int(row["course_days"])][int(row["day"])] += 1
    return [Timeline(dict(counts), key[2]) for key, counts in by_learner.items()]


FILES = {
    "user,time,kind,badge": history_meta,
    "course,user,item,kind,day,due_day,weight,score,course_days": oulad,
}


def timelines(lines: Iterator[str]) -> list[Timeline]:
    """The learners of a file given as its lines.

    Raises:
        ValueError: the header line is not that of a known file.
    """
    header = next(lines, "").strip()
    if header not in FILES:
        raise ValueError(f"unknown header {header[:100]!r}; known headers: {'; '.join(FILES)}")
    return FILES[header](csv.DictReader(lines, fieldnames=header.split(",")))


def cases(timeline: Timeline) -> Iterator[Case]:
    """A case for each active day with 60 known days after it, if the service would give an estimate on that day."""
    counts, done = timeline.counts, 0
    first = min(counts)
    for day in sorted(counts):
        done += counts[day]
        step = next((step for step in STEPS if step > done), None)
        active = sum(other in counts for other in range(day - ACTIVE_DAYS_WINDOW + 1, day + 1))
        if step is None or active < MIN_ACTIVE_DAYS or day + HORIZON_DAYS > timeline.last_known:
            continue
        daily_counts = [counts.get(other, 0) for other in range(max(first, day - WINDOW_DAYS + 1), day + 1)]
        yield Case(daily_counts, step - done, _reached_in(counts, day, step - done))


def _reached_in(counts: dict[int, int], day: int, missing: int) -> int | None:
    for ahead in range(1, HORIZON_DAYS + 1):
        missing -= counts.get(day + ahead, 0)
        if missing <= 0:
            return ahead
    return None


def lifetime_average(daily_counts: Sequence[int], missing: int) -> list[float]:
    """A simple guess: the learner continues at the average rate so far, varying by chance alone (Poisson)."""
    rate = sum(daily_counts) / len(daily_counts)
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
    within = plain = loss = 0.0
    likely = reached = 0
    for case in evaluated:
        probabilities = guess(case.daily_counts, case.missing)
        low, high = _span(probabilities, case.reached_in)
        likelihood = max(high - low, MIN_LIKELIHOOD)
        within += max(0.0, min(high, 0.9) - max(low, 0.1)) / likelihood
        happened = case.reached_in or HORIZON_DAYS + 1
        ends = [quantile(probabilities, share) or HORIZON_DAYS + 1 for share in (0.1, 0.9)]
        plain += ends[0] <= happened <= ends[1]
        loss -= math.log(likelihood)
        if case.reached_in is not None:
            first, last = likely_days(probabilities)
            reached += 1
            likely += (first or 0) <= case.reached_in <= (last or 0)
    beyond = sum(case.reached_in is None for case in evaluated)
    count = len(evaluated)
    return Score(count, beyond, within / count, plain / count, loss / count, likely / (reached or 1))


def _span(probabilities: Sequence[float], reached_in: int | None) -> tuple[float, float]:
    """The part of the cumulative distribution, between 0 and 1, that the guess gives to the outcome."""
    if reached_in is None:
        return probabilities[-1], 1.0
    return (probabilities[reached_in - 2] if reached_in > 1 else 0.0), probabilities[reached_in - 1]


def main() -> None:
    parser = argparse.ArgumentParser(prog="scripts/evaluate-predictions", description=__doc__)
    parser.add_argument("file", type=Path, help="file of real records, plain or gzipped; see docs/predictions.md")
    options = parser.parse_args()
    opened = gzip.open if options.file.suffix == ".gz" else open
    try:
        with opened(options.file, "rt", encoding="utf-8") as lines:
            every = [case for timeline in timelines(iter(lines)) for case in cases(timeline)]
        dated = [c for c in every if cumulative_probabilities(c.daily_counts, c.missing)[-1] >= MIN_PROBABILITY]
        for name, chosen in (("every case", every), ("cases that show a date", dated)):
            print(f"{name}: {len(chosen)}")
            for label, guess in (("predictions", cumulative_probabilities), ("lifetime average", lifetime_average)):
                print(f"  {label:17} {_line(score(guess, chosen))}")
    except (OSError, ValueError) as fault:
        sys.exit(f"{options.file}: {fault}")


def _line(scored: Score) -> str:
    return (
        f"80 % interval holds {scored.interval:.1%} (whole {scored.interval_plain:.1%})  "
        f"likely days hold {scored.likely:.1%}  "
        f"negative log-likelihood {scored.negative_log_likelihood:.3f}  beyond 60 days: {scored.beyond}"
    )


if __name__ == "__main__":
    main()
