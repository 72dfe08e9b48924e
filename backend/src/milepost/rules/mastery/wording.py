"""Mastery in a sentence, with a code and the numbers it says, so that a frontend can say it in its own language."""

from collections.abc import Mapping
from dataclasses import dataclass

from milepost.rules.mastery.estimate import MasteryEstimate
from milepost.rules.rounding import proportion

_FULL_MILLI = 100_000


@dataclass(frozen=True, slots=True)
class EstimatedTopic:
    """An estimate with the grades behind it: their sum, and what a typical learner would have got, in thousandths.

    `is_right_or_wrong`: every grade is 0 or 100, so that exercises can be counted as solved.
    """

    topic: str
    estimate: MasteryEstimate
    grade_milli: int
    typical_milli: int
    is_right_or_wrong: bool


@dataclass(frozen=True, slots=True)
class MasterySentence:
    """The sentence, its code, and its values."""

    code: str
    text: str
    values: Mapping[str, int | float | str]


def mastery_sentence(mastery: EstimatedTopic) -> MasterySentence:
    """Like "Loops: 7 of 9 solved, others solve 5 of these. We expect 74 of 100 typical exercises (61–84)."."""
    estimate, whole = mastery.estimate, mastery.estimate.grades * _FULL_MILLI
    values: dict[str, int | float | str] = {"topic": mastery.topic, "grades": estimate.grades}
    if mastery.is_right_or_wrong:
        values["solved"] = mastery.grade_milli // _FULL_MILLI
        values["typical"] = _count(mastery.typical_milli, estimate.grades)
        seen = f"{values['solved']} of {values['grades']} solved, others solve {values['typical']} of these."
    else:
        values["average"] = _whole(proportion(mastery.grade_milli, whole, 0))
        values["typical"] = _whole(proportion(mastery.typical_milli, whole, 0))
        seen = f"{values['average']} of 100 on average in {values['grades']} exercises, others get {values['typical']}."
    for name in ("estimate", "low", "high"):
        values[name] = _of_hundred(getattr(estimate, name))
    expected = f"We expect {values['estimate']} of 100 typical exercises ({values['low']}–{values['high']})."
    return MasterySentence(
        "mastery_solved" if mastery.is_right_or_wrong else "mastery_average",
        f"{mastery.topic}: {seen} {expected}",
        values,
    )


def _count(milli: int, grades: int) -> int | float:
    """How many of so many exercises, whole; with one decimal where whole would say none or all of them."""
    count = round(milli / _FULL_MILLI)
    return count if 0 < count < grades else proportion(milli, grades * _FULL_MILLI, 1, unit=grades)


def _of_hundred(percent: float) -> int:
    """A whole number from 1 to 99: nothing that is expected is certain."""
    return min(99, max(1, round(percent)))


def _whole(number: float) -> int:
    return int(number)
