"""The declarations of metrics: each fits the tables and itself, and one that days date follows from its declaration."""

from datetime import date, timedelta

import pytest

from milepost import cli
from milepost.db.tables import SUMS, metadata
from milepost.rules.achievements.catalogue import Catalogue
from milepost.rules.achievements.conditions import MetricValues
from milepost.rules.achievements.definitions import Condition, Counter, Definition, Rule, Where
from milepost.rules.achievements.earned_on import Timeline
from milepost.rules.achievements.metrics import FILTERED_METRICS, METRIC_COLUMNS, METRICS, Metric, metric_named, unit_of
from oracles.metric_values import with_sums

FIRST = date(2026, 3, 27)
QUIZ = Where("quiz")
DAY_SUMS = [
    ("exercises_completed", "exercises", 7, "exercises"),
    ("activities", "activities", 7, "activities"),
    ("points", "points", 7, "points"),
    ("minutes", "seconds", 420, "minutes"),
    ("perfect_grades", "perfect", 7, "perfect grades"),
    ("no_hint_exercises", "no_hint", 7, "exercises without hints"),
    ("graded_exercises", "graded", 7, "graded exercises"),
]
"""Each metric that day sums date: its column, how much of it makes 7, and what several of it are called."""


def achievement(condition: Condition) -> Definition:
    return Definition("seven", "t", "d", "c", "bronze", 1, "i", Rule("all", (condition,)))


def test_every_metric_that_day_sums_date_has_its_case() -> None:
    assert [name for name, *_ in DAY_SUMS] == [metric.name for metric in METRICS if metric.dated_by == "day_sums"]


@pytest.mark.parametrize(("name", "column", "seven", "unit"), DAY_SUMS, ids=[case[0] for case in DAY_SUMS])
def test_it_unlocks_at_its_threshold_and_not_below(name: str, column: str, seven: int, unit: str) -> None:
    catalogue = Catalogue([(achievement(Condition(name, 7)), 0)])
    unlocked = [
        len(catalogue.newly_unlocked(with_sums(MetricValues(), **{column: seven + more}))) for more in (-1, 0, 1)
    ]
    assert unlocked == [0, 1, 1]
    sums = with_sums(MetricValues(), **{column: seven - 1}).sums
    assert seven in catalogue.next_thresholds(sums)
    assert unit_of(name)[1] == unit
    filtered = Condition(name, 7, QUIZ)
    catalogue, key = Catalogue([(achievement(filtered), 0)]), Counter(name, QUIZ).key
    unlocked = [len(catalogue.newly_unlocked(MetricValues(counters={key: seven + more}))) for more in (-1, 0, 1)]
    assert unlocked == [0, 1, 1]
    assert Counter(name, QUIZ).row == (key, column, "quiz", None, None)
    assert Counter("active_days", QUIZ).row[1] == "days", "the only filtered metric that is no sum"


@pytest.mark.parametrize(("name", "column", "seven", "unit"), DAY_SUMS, ids=[case[0] for case in DAY_SUMS])
def test_it_is_dated_and_forecast_by_its_day_sums(name: str, column: str, seven: int, unit: str) -> None:
    days = [FIRST + timedelta(days=2 * place) for place in range(4)]
    definition = achievement(Condition(name, 7))
    assert Timeline(days, {column: [seven - 2, 0, 1, 1]}).earned_on(definition) == days[3]
    assert Timeline(days, {column: [seven - 2, 0, 2, 1]}).earned_on(definition) == days[2]
    assert Timeline(days, {column: [seven - 2, 0, 0, 1]}).earned_on(definition) is None
    metric = metric_named(name)
    assert metric.pace_column == column
    assert (metric.of_day(seven - 1), metric.of_day(seven)) == (6, 7)


@pytest.mark.parametrize("metric", METRICS, ids=[metric.name for metric in METRICS])
def test_a_declaration_fits_the_tables_and_itself(metric: Metric) -> None:
    assert (metric.column is not None) == (metric.source == "learner_row")
    if metric.column is not None:
        assert metric.column in metadata.tables["learners"].columns
        assert METRIC_COLUMNS.count(metric.column) == 1, "a learner's sums have one place for each column"
    if metric.dated_by == "day_sums":
        assert metric.column in SUMS, "days, cells and the log's contributions have it"
    if metric.takes_where or metric.forecast_by == "daily_pace":
        assert metric.dated_by in ("day_sums", "active_days"), "nothing else can be told of single days"
    assert (metric.source == "levels") == (metric.forecast_by == "next_level")
    assert (metric.source == "unlocks") == (metric.dated_by == "dates_of_unlocks")


def test_one_metric_of_each_kind_that_is_handled_by_itself() -> None:
    for source in ("levels", "unlocks", "grant"):
        assert sum(metric.source == source for metric in METRICS) == 1, source
    for dated_by in ("active_days", "longest", "new_topics", "new_milestones"):
        assert sum(metric.dated_by == dated_by for metric in METRICS) == 1, dated_by


def test_the_command_line_lists_every_metric(capsys: pytest.CaptureFixture[str]) -> None:
    cli.main(["achievements", "metrics"])
    lines = capsys.readouterr().out.splitlines()
    assert [line.split(" ", 1)[0] for line in lines] == [metric.name for metric in METRICS]
    assert {line.split(" ", 1)[0] for line in lines if line.endswith("takes where")} == set(FILTERED_METRICS)
