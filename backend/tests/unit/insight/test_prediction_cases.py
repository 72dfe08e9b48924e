"""The evaluation of predictions: the cases of a file, and their score."""

import math
import tomllib
from pathlib import Path

import pytest
from bench.predictions import (
    STEPS,
    Case,
    Records,
    Timeline,
    cases,
    cases_on_any_day,
    lifetime_average,
    recent_average,
    records,
    score,
)

from milepost.rules.insight.predictions import cumulative_probabilities

META = "user,time,kind,badge"


def test_timelines_of_posts_leave_badges_out() -> None:
    lines = [
        META,
        "7,2020-01-01T23:59:59Z,question,",
        "7,2020-01-01T01:00:00Z,answer,",
        "8,2020-03-05T00:00:00Z,badge,X",
    ]
    (found,) = records(iter(lines)).timelines
    assert list(found.counts.values()) == [2]
    assert found.last_known - next(iter(found.counts)) == 64


def test_each_presentation_has_its_own_timeline_of_assessments() -> None:
    header = "course,user,item,kind,day,due_day,weight,score,course_days"
    rows = ["A-2013J,1,5,TMA,18,19,10,73,268", "A-2013J,1,6,TMA,18,19,10,73,268", "B-2014J,1,7,TMA,-3,,10,,240"]
    assert records(iter([header, *rows])) == Records([Timeline({18: 2}, 268), Timeline({-3: 1}, 240)], 3.15)
    with pytest.raises(ValueError, match="unknown header"):
        records(iter(["a,b"]))


def test_the_thresholds_are_those_of_the_catalogue() -> None:
    """Of every rule that counts exercises of any kind, and is not secret; its other conditions are left out."""
    catalogue = tomllib.loads((Path(__file__).parents[4] / "config" / "achievements.toml").read_text("utf-8"))
    shown = [one["rule"] for one in catalogue["achievements"] if not one.get("secret")]
    conditions = [part for rule in shown for part in rule.get("all", rule.get("any", [rule]))]
    counted = {
        part["at_least"] for part in conditions if part["metric"] == "exercises_completed" and "where" not in part
    }
    assert counted == set(STEPS)


def test_a_case_needs_three_active_days_in_28_and_60_known_days() -> None:
    counts = {0: 1, 10: 1, 28: 1, 30: 1, 40: 6}
    # Days 0 and 10 are too few. The 28 days up to day 28 begin with day 1: two active days. Up to day 30: 10, 28, 30.
    assert list(cases(Timeline(counts, 100))) == [
        Case([1, *[0] * 9, 1, *[0] * 17, 1, 0, 1], 1, 10),
        Case([1, *[0] * 9, 1, *[0] * 17, 1, 0, 1, *[0] * 9, 6], 15, None),
    ]
    assert [case.missing for case in cases(Timeline(counts, 99))] == [1]
    assert list(cases(Timeline({0: 500, 1: 500, 2: 1}, 100))) == []


def test_a_case_on_any_day_needs_one_active_day_in_28() -> None:
    # Days 6, 13, 20, 27, 34 and so on; the 28 days up to day 34 are the first without day 0. On day 6 the 60 days after
    # it end with day 66.
    assert list(cases_on_any_day(Timeline({0: 3, 30: 2}, 94))) == [
        Case([3, *[0] * 6], 2, 24),
        Case([3, *[0] * 13], 2, 17),
        Case([3, *[0] * 20], 2, 10),
        Case([3, *[0] * 27], 2, 3),
        Case([3, *[0] * 29, 2, *[0] * 4], 5, None),
    ]
    assert list(cases_on_any_day(Timeline({0: 3}, 65))) == []
    assert len(list(cases_on_any_day(Timeline({0: 3}, 66)))) == 1
    assert len(list(cases_on_any_day(Timeline({0: 3}, 200)))) == 4


def test_a_score_by_hand() -> None:
    def guess(_daily_counts: object, _missing: int) -> list[float]:
        return [0.05, 0.25, 0.5, *[0.5] * 57]

    found = [Case([1], 1, 2), Case([1], 1, 1), Case([1], 1, None), Case([1], 1, 9)]
    scored = score(guess, found)
    assert (scored.cases, scored.within, scored.said_within) == (4, 0.75, 0.5)
    # Day 2 covers 5 to 25 %, three quarters of it inside; day 1 is outside; beyond is 50 to 100 %, four fifths inside.
    assert scored.interval == pytest.approx((0.75 + 0 + 0.8 + 0) / 4)
    assert scored.interval_plain == pytest.approx(3 / 4)
    # From day 2, the first of at least 10 %, to "more than 60 days", which counts as day 61.
    assert (scored.interval_days, scored.interval_open) == (60, 1)
    # 7 and 93 % of ½ are reached on days 1 (5 %) and 3: two of the three that got there did so by then.
    assert scored.likely == pytest.approx(2 / 3)
    assert scored.likely_days == 3
    assert scored.negative_log_likelihood == pytest.approx(-sum(map(math.log, (0.2, 0.05, 0.5, 1e-6))) / 4)
    with pytest.raises(ValueError, match="no case"):
        score(guess, [])


def test_the_lifetime_average_is_poisson() -> None:
    found = lifetime_average([1, 0, 1, 0], 2)
    assert found[1] == pytest.approx(1 - math.exp(-1) * 2)
    assert len(found) == 60


def test_the_recent_average_is_that_of_28_days() -> None:
    assert recent_average([100, *[1] * 28], 5) == lifetime_average([1], 5)


def test_a_sample_of_real_records_meets_the_bar() -> None:
    """510 cases of History Meta; the script evaluates the whole file."""
    sample = Path(__file__).parents[2] / "fixtures" / "history_meta_sample.csv"
    known = records(iter(sample.read_text("utf-8").splitlines()))
    found = [case for one in known.timelines for case in cases(one)]
    ours, plain = score(cumulative_probabilities, found), score(lifetime_average, found)
    assert ours.cases == 510
    assert 0.75 <= ours.interval <= 0.88
    assert ours.negative_log_likelihood <= known.max_loss == 2.40
    assert ours.negative_log_likelihood < plain.negative_log_likelihood - 0.5
    assert not 0.75 <= plain.interval <= 0.88
