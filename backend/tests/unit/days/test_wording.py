"""Quantities in words, and the sentences that have some."""

import pytest

from milepost.rules.days.wording import quantity


@pytest.mark.parametrize(
    ("count", "noun", "words"),
    [
        (0, "day", "0 days"),
        (1, "day", "1 day"),
        (2, "day", "2 days"),
        (1, "activity", "1 activity"),
        (2, "activity", "2 activities"),
        (1.0, "point", "1 point"),
        (1.6, "point", "1.6 points"),
        (3.0, "point", "3 points"),
        (1_234_567, "point", "1234567 points"),
    ],
)
def test_a_quantity_has_the_form_its_number_needs(count: float, noun: str, words: str) -> None:
    assert quantity(count, noun) == words
