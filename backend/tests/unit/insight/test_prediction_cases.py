"""The evaluation of predictions: the cases of a file, and their score."""

import math
from pathlib import Path

import pytest
from bench.predictions import Case, Timeline, cases, lifetime_average, score, timelines

from milepost.rules.insight.predictions import cumulative_probabilities

META = "user,time,kind,badge"


def test_timelines_of_posts_leave_badges_out() -> None:
    lines = [
        META,
        "7,2020-01-01T23:59:59Z,question,",
        "7,2020-01-01T01:00:00Z,answer,",
        "8,2020-03-05T00:00:00Z,badge,X",
    ]
    (found,) = timelines(iter(lines))
    assert list(found.counts.values()) == [2]
    assert found.last_known - next(iter(found.counts)) == 64


def test_each_presentation_has_its_own_timeline_of_assessments() -> None:
    header = "course,user,item,kind,day,due_day,weight,score,course_days"
    rows = ["A-2013J,1,5,TMA,18,19,10,73,268", "A-2013J,1,6,TMA,18,19,10,73,268", "B-2014J,1,7,TMA,-3,,10,,240"]
    assert timelines(iter([header, *rows])) == [Timeline({18: 2}, 268), Timeline({-3: 1}, 240)]
    with pytest.raises(ValueError, match="unknown header"):
        timelines(iter(["a,b"]))


def test_a_case_needs_three_active_days_in_28_and_60_known_days() -> None:
    counts = {0: 1, 10: 1, 28: 1, 30: 1, 40: 6}
    # Days 0 and 10 are too few. The 28 days up to day 28 begin with day 1: two active days. Up to day 30: 10, 28, 30.
    assert list(cases(Timeline(counts, 100))) == [
        Case([1, *[0] * 9, 1, *[0] * 17, 1, 0, 1], 1, 10),
        Case([1, *[0] * 9, 1, *[0] * 17, 1, 0, 1, *[0] * 9, 6], 15, None),
    ]
    assert [case.missing for case in cases(Timeline(counts, 99))] == [1]
    assert list(cases(Timeline({0: 500, 1: 500, 2: 1}, 100))) == []


def test_a_score_by_hand() -> None:
    def guess(_daily_counts: object, _missing: int) -> list[float]:
        return [0.05, 0.25, 0.5, *[0.5] * 57]

    found = [Case([1], 1, 2), Case([1], 1, 1), Case([1], 1, None), Case([1], 1, 9)]
    scored = score(guess, found)
    assert (scored.cases, scored.beyond) == (4, 1)
    # Day 2 covers 5 to 25 %, three quarters of it inside; day 1 is outside; beyond is 50 to 100 %, four fifths inside.
    assert scored.interval == pytest.approx((0.75 + 0 + 0.8 + 0) / 4)
    assert scored.interval_plain == pytest.approx(3 / 4)
    assert scored.negative_log_likelihood == pytest.approx(-sum(map(math.log, (0.2, 0.05, 0.5, 1e-6))) / 4)
    with pytest.raises(ValueError, match="no case"):
        score(guess, [])


def test_the_lifetime_average_is_poisson() -> None:
    found = lifetime_average([1, 0, 1, 0], 2)
    assert found[1] == pytest.approx(1 - math.exp(-1) * 2)
    assert len(found) == 60


def test_a_sample_of_real_records_meets_the_bar() -> None:
    """510 cases of History Meta; the script evaluates the whole file."""
    sample = Path(__file__).parents[2] / "fixtures" / "history_meta_sample.csv"
    found = [case for one in timelines(iter(sample.read_text("utf-8").splitlines())) for case in cases(one)]
    ours, plain = score(cumulative_probabilities, found), score(lifetime_average, found)
    assert ours.cases == 510
    assert 0.75 <= ours.interval <= 0.88
    assert ours.negative_log_likelihood <= 2.40
    assert ours.negative_log_likelihood < plain.negative_log_likelihood - 0.5
    assert not 0.75 <= plain.interval <= 0.88
