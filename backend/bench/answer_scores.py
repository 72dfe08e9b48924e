"""How good predictions of answers are. Predictions and answers are 0–1, in the same order."""

import math
from collections.abc import Sequence
from itertools import groupby

_BINS = 10


def area_under_curve(predicted: Sequence[float], observed: Sequence[float]) -> float:
    """The probability that a right answer was given more than a wrong one; equal predictions count half."""
    rank, right_ranks = 0, 0.0
    for _, group in groupby(sorted(zip(predicted, observed, strict=True)), key=lambda pair: pair[0]):
        answers = [answer for _, answer in group]
        right_ranks += sum(answers) * (rank + (len(answers) + 1) / 2)
        rank += len(answers)
    right = sum(observed)
    return (right_ranks - right * (right + 1) / 2) / (right * (len(observed) - right))


def log_loss(predicted: Sequence[float], observed: Sequence[float]) -> float:
    """The mean of −ln of the probability given to what happened."""
    return -sum(
        answer * math.log(share) + (1 - answer) * math.log(1 - share)
        for share, answer in zip(predicted, observed, strict=True)
    ) / len(predicted)


def calibration_error(predicted: Sequence[float], observed: Sequence[float]) -> float:
    """The mean distance of predictions and answers over ten equally wide bins of predictions, by their size."""
    distances = [0.0] * _BINS
    for share, answer in zip(predicted, observed, strict=True):
        distances[min(_BINS - 1, int(_BINS * share))] += share - answer
    return sum(map(abs, distances)) / len(predicted)


def root_mean_square_error(predicted: Sequence[float], observed: Sequence[float]) -> float:
    """In points of a grade, 0–100."""
    squares = sum((share - answer) ** 2 for share, answer in zip(predicted, observed, strict=True))
    return 100.0 * math.sqrt(squares / len(predicted))
