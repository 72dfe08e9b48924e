"""`scripts/evaluate-mastery FILE`: how well mastery foretells the next answer on real records, beside simpler rules.

docs/mastery.md defines the protocol and the figures. Only reads the file; starts no server. Everything that is scored
is computed by the functions that the service uses.
"""

import argparse
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import NamedTuple, Protocol

from bench.answer_rules import Answer, Elo, LevelRule, TopicAverage
from bench.answer_scores import area_under_curve, calibration_error, log_loss, root_mean_square_error
from bench.pcg64 import uniform
from bench.record_files import Row, open_file, rows
from milepost.queries.mastery.eases import PublishedEases
from milepost.rules.mastery.eases import (
    EaseSums,
    exercise_ease,
    exercise_shift,
    installation_ease,
    topic_shift,
    typical_milli,
    weight_of,
)
from milepost.rules.mastery.estimate import (
    DaySums,
    ability,
    band,
    estimate,
    faded_learner,
    faded_topic,
    learner_strength,
    next_answer,
)
from milepost.rules.mastery.logistic import sigmoid

EVENTS_PER_PUBLICATION = 1_000
"""In a file without a clock, which counts as one day, eases are published after so many answers."""
ATTEMPTS = (1, 5, 10)
ANSWERS_AHEAD = 10
_SEED = 7
_FIRST_DAY = date(2000, 1, 1)
_REPEATS = 2_000


class Predictor(Protocol):
    """Foretells the share, 0–1, of an answer before it learns it. `close_day`: the day of the answers is over."""

    def predict(self, answer: Answer) -> float: ...
    def learn(self, answer: Answer) -> None: ...
    def close_day(self) -> None: ...


class Records(NamedTuple):
    """The answers of a file in the order in which they are replayed, and whether it has days."""

    answers: Sequence[Answer]
    has_days: bool


class Scores(NamedTuple):
    """Predictions of the second half, and what happened, 0–1."""

    predicted: Sequence[float]
    observed: Sequence[float]


def spanish(below: Iterator[Row]) -> Records:
    """Learners interleave at random; each keeps its own order."""
    listed = [
        Answer(row["user"], row["skill"], row["item"], 100_000 * int(row["correct"]), _FIRST_DAY) for row in below
    ]
    numbers = uniform(_SEED, len(listed))
    by_learner: defaultdict[str, list[float]] = defaultdict(list)
    for number, answer in zip(numbers, listed, strict=True):
        by_learner[answer.learner].append(number)
    turns = {learner: iter(sorted(drawn)) for learner, drawn in by_learner.items()}
    placed = [(next(turns[answer.learner]), place) for place, answer in enumerate(listed)]
    return Records([listed[place] for _, place in sorted(placed)], has_days=False)


def oulad(below: Iterator[Row]) -> Records:
    """Assessments with a score, by day since the course began; a module is the topic."""
    answers = [
        Answer(row["user"], row["course"][:3], row["item"], round(1_000 * float(row["score"])), _day(row["day"]))
        for row in below
        if row["score"]
    ]
    return Records(sorted(answers, key=lambda answer: answer.day), has_days=True)


def _day(number: str) -> date:
    return _FIRST_DAY + timedelta(days=int(number))


FILES: dict[str, Callable[[Iterator[Row]], Records]] = {
    "user,item,skill,correct": spanish,
    "course,user,item,kind,day,due_day,weight,score,course_days": oulad,
}


def records(lines: Iterator[str]) -> Records:
    """The answers of a file given as its lines.

    Raises:
        ValueError: the header line is not that of a known file.
    """
    header, below = rows(lines, FILES)
    return FILES[header](below)


class Mastery:
    """The service's mastery: sums by day, x decided when an answer comes, eases published when a day is over.

    θ of an answer is taken at the start of its day; in a file without days, before the answer.
    """

    def __init__(self, has_days: bool) -> None:
        self._has_days = has_days
        self._topic_days: defaultdict[tuple[str, str], list[DaySums]] = defaultdict(list)
        self._learner_days: defaultdict[str, list[DaySums]] = defaultdict(list)
        self._thetas: dict[tuple[str, str], float] = {}
        self._unseen: list[tuple[Answer, float]] = []
        self._installation, self._base = EaseSums(), installation_ease()
        self._topics: defaultdict[str, EaseSums] = defaultdict(EaseSums)
        self._exercises: defaultdict[tuple[str, str], EaseSums] = defaultdict(EaseSums)
        self.topic_shifts: dict[str, float] = {}
        self.exercise_shifts: dict[tuple[str, str], float] = {}

    def topic_ease(self, topic: str) -> float:
        """The ease of a topic in force."""
        return self._base + self.topic_shifts.get(topic, 0.0)

    def ease(self, answer: Answer) -> float:
        """The ease of an exercise in force."""
        return exercise_ease(
            self.topic_ease(answer.topic), self.exercise_shifts.get((answer.topic, answer.exercise), 0.0)
        )

    def typical_milli(self, answer: Answer) -> int:
        """What a typical learner gets in the exercise, in thousandths."""
        return typical_milli(self.ease(answer))

    def predict(self, answer: Answer) -> float:
        return next_answer(self._theta(answer), self.ease(answer))

    def expected_band(self, answer: Answer) -> tuple[float, float]:
        """The band of mastery after the answer, 0–1."""
        topic = faded_topic(self._topic_days[answer.learner, answer.topic], answer.day)
        low, _, high = band(topic, self._strength(answer), self.topic_ease(answer.topic))
        return sigmoid(low), sigmoid(high)

    def learn(self, answer: Answer) -> None:
        theta = self._theta_at_start(answer) if self._has_days else self._theta(answer)
        self._unseen.append((answer, theta))
        weight, typical = weight_of(answer.grade_milli), self.typical_milli(answer)
        sums = DaySums(answer.day, 1, weight, weight * answer.grade_milli, weight * typical)
        _add(self._topic_days[answer.learner, answer.topic], sums)
        _add(self._learner_days[answer.learner], sums)

    def close_day(self) -> None:
        """Publish eases from the answers that have come."""
        self._thetas.clear()
        for answer, theta in self._unseen:
            self._see(answer, theta)
        self._unseen.clear()
        self._base = installation_ease(self._installation.grades, self._installation.grade_milli)
        self.topic_shifts = {topic: topic_shift(sums) for topic, sums in self._topics.items()}
        self.exercise_shifts = {key: exercise_shift(sums) for key, sums in self._exercises.items()}

    def _see(self, answer: Answer, theta: float) -> None:
        key, grade = (answer.topic, answer.exercise), answer.grade_milli
        self._installation = self._installation.plus(grade, 0.0)
        self._topics[answer.topic] = self._topics[answer.topic].plus(grade, sigmoid(self._base + theta))
        if answer.exercise:
            self._exercises[key] = self._exercises[key].plus(grade, sigmoid(self.topic_ease(answer.topic) + theta))

    def _strength(self, answer: Answer) -> float:
        return learner_strength(faded_learner(self._learner_days[answer.learner], answer.day))

    def _theta(self, answer: Answer) -> float:
        topic = faded_topic(self._topic_days[answer.learner, answer.topic], answer.day)
        return ability(topic, self._strength(answer))

    def _theta_at_start(self, answer: Answer) -> float:
        key = (answer.learner, answer.topic)
        if key not in self._thetas:
            before_topic, before = ([sums for sums in days if sums.day < answer.day] for days in self._days_of(answer))
            strength = learner_strength(faded_learner(before, answer.day))
            self._thetas[key] = ability(faded_topic(before_topic, answer.day), strength)
        return self._thetas[key]

    def _days_of(self, answer: Answer) -> tuple[Sequence[DaySums], Sequence[DaySums]]:
        return self._topic_days[answer.learner, answer.topic], self._learner_days[answer.learner]


def _add(days: list[DaySums], sums: DaySums) -> None:
    if days and days[-1].day == sums.day:
        last = days[-1]
        days[-1] = DaySums(sums.day, *(before + more for before, more in zip(last[1:], sums[1:], strict=True)))
    else:
        days.append(sums)


def replay(recorded: Records, predictor: Predictor, watch: Callable[[Answer], None] = lambda _answer: None) -> Scores:
    """Replay a file: the first half only teaches; each answer of the second is predicted, then learnt and scored.

    `watch` is called after each answer.
    """
    predicted, observed = [], []
    half, last_day = len(recorded.answers) // 2, None
    for place, answer in enumerate(recorded.answers):
        if recorded.has_days and last_day not in (None, answer.day):
            predictor.close_day()
        last_day = answer.day
        if place >= half:
            predicted.append(predictor.predict(answer))
            observed.append(answer.grade_milli / 100_000)
        predictor.learn(answer)
        watch(answer)
        if not recorded.has_days and (place + 1) % EVENTS_PER_PUBLICATION == 0:
            predictor.close_day()
    return Scores(predicted, observed)


class BandCases(NamedTuple):
    """Bands after so many attempts: how many, and the shares that held the mean of the next ten answers.

    `within`: the mean lies in the band. `in_steps`: it does when the ends are rounded to tenths, as the mean of ten
    right or wrong answers is; ten right answers are then not outside a band that ends at 97. The more lenient of both.
    """

    cases: int
    within: float
    in_steps: float


def bands_hold(recorded: Records) -> dict[int, BandCases]:
    """The bands of the second half by attempts in the topic, where ten more answers in it follow."""
    ahead: defaultdict[tuple[str, str], list[float]] = defaultdict(list)
    for answer in recorded.answers:
        ahead[answer.learner, answer.topic].append(answer.grade_milli / 100_000)
    mastery = Mastery(recorded.has_days)
    attempts: defaultdict[tuple[str, str], int] = defaultdict(int)
    held: dict[int, list[tuple[bool, bool]]] = {number: [] for number in ATTEMPTS}
    places = iter(range(len(recorded.answers)))

    def watch(answer: Answer) -> None:
        key = (answer.learner, answer.topic)
        attempts[key] = done = attempts[key] + 1
        following = ahead[key][done : done + ANSWERS_AHEAD]
        if next(places) >= len(recorded.answers) // 2 and done in held and len(following) == ANSWERS_AHEAD:
            low, high = mastery.expected_band(answer)
            mean = sum(following) / ANSWERS_AHEAD
            held[done].append((low <= mean <= high, round(low, 1) <= round(mean, 1) <= round(high, 1)))

    replay(recorded, mastery, watch)
    return {
        number: BandCases(len(cases), *(sum(column) / len(cases) for column in zip(*cases, strict=True)))
        for number, cases in held.items()
        if cases
    }


def costs() -> tuple[float, float]:
    """Microseconds that x costs an activity at intake, and a read of one topic with 60 days."""
    shifts = {"topic": {"": [(_FIRST_DAY, 0.5)], "exercise": [(_FIRST_DAY, 0.25)]}}
    eases = PublishedEases(1, True, _FIRST_DAY, _FIRST_DAY, [(_FIRST_DAY, 1.0)], shifts)
    start = time.perf_counter()
    for _ in range(_REPEATS):
        eases.typical_milli("topic", "exercise", _FIRST_DAY)
    intake = (time.perf_counter() - start) / _REPEATS
    days = [DaySums(_FIRST_DAY + timedelta(days=day), 4, 4, 300_000, 280_000) for day in range(60)]
    start = time.perf_counter()
    for _ in range(_REPEATS):
        estimate(days, days[-1:], days[-1].day, 1.0)
    return 1e6 * intake, 1e6 * (time.perf_counter() - start) / _REPEATS


def main() -> None:
    parser = argparse.ArgumentParser(prog="scripts/evaluate-mastery", description=__doc__)
    parser.add_argument("file", type=Path, help="file of real records, plain or gzipped; see docs/mastery.md")
    options = parser.parse_args()
    try:
        with open_file(options.file) as lines:
            recorded = records(iter(lines))
    except (OSError, ValueError) as fault:
        sys.exit(f"{options.file}: {fault}")
    predictors: dict[str, Predictor] = {
        "level rule": LevelRule(),
        "topic average": TopicAverage(),
        "Elo": Elo(),
        "mastery": Mastery(recorded.has_days),
    }
    print(f"{len(recorded.answers)} answers, of which the second half is predicted")
    for name, predictor in predictors.items():
        print(f"  {name:14} {_line(replay(recorded, predictor), recorded.has_days)}")
    for attempts, (cases, within, in_steps) in bands_hold(recorded).items():
        print(
            f"  band after {attempts:2} attempts holds the mean of the next ten: "
            f"{in_steps:.3f} in tenths, {within:.3f} unrounded, of {cases}"
        )
    intake, read = costs()
    print(f"  x at intake {intake:.2f} µs an activity; a read of 60 days of a topic {read:.0f} µs")


def _line(scores: Scores, is_scored: bool) -> str:
    if is_scored:
        return f"RMSE of scores {root_mean_square_error(*scores):.2f}"
    return (
        f"AUC {area_under_curve(*scores):.3f}  log-loss {log_loss(*scores):.3f}  ECE {calibration_error(*scores):.3f}"
    )


if __name__ == "__main__":
    main()
