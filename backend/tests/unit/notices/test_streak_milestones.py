"""Which lengths of a run are milestones, and what comes next."""

import pytest

from milepost.rules.notices.streak_milestones import milestones_between, next_milestone


def test_the_milestones_of_a_long_run() -> None:
    assert list(milestones_between(0, 650)) == [3, 7, 14, 30, 50, 100, 200, 365, 400, 500, 600]


@pytest.mark.parametrize(
    ("before", "after", "passed"),
    [
        (2, 3, [3]),
        (3, 4, []),
        (3, 3, []),
        (0, 2, []),
        (6, 14, [7, 14]),
        (299, 301, []),
        (364, 366, [365]),
        (365, 399, []),
        (399, 400, [400]),
        (400, 499, []),
        (499, 700, [500, 600, 700]),
        (9_999, 10_000, [10_000]),
        (14, 3, []),
    ],
)
def test_milestones_are_passed_when_a_run_reaches_them(before: int, after: int, passed: list[int]) -> None:
    assert list(milestones_between(before, after)) == passed


@pytest.mark.parametrize(
    ("run", "following"),
    [(0, 3), (3, 7), (50, 100), (200, 365), (365, 400), (400, 500), (1_234, 1_300)],
)
def test_the_next_milestone(run: int, following: int) -> None:
    assert next_milestone(run) == following
