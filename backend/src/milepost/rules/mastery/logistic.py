"""Logits and probabilities, without overflow."""

import math


def sigmoid(logit: float) -> float:
    """The probability, 0–1, of a logit."""
    if logit >= 0:
        return 1.0 / (1.0 + math.exp(-logit))
    power = math.exp(logit)
    return power / (1.0 + power)


def logit(probability: float) -> float:
    """The inverse of `sigmoid`; `probability` lies strictly between 0 and 1."""
    return math.log(probability / (1.0 - probability))
