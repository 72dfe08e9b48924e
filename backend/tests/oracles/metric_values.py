"""A learner's values of metrics, as tests write them: sums by the name of their column."""

from collections.abc import Mapping

from milepost.rules.achievements.conditions import MetricValues
from milepost.rules.achievements.metrics import METRIC_COLUMNS


def metric_values(
    *,
    run: int = 0,
    unlocked: int = 0,
    levels: Mapping[str, int] | None = None,
    counters: Mapping[str, int] | None = None,
    complete: bool = True,
    **sums: int,
) -> MetricValues:
    """A learner with these sums; every other is 0."""
    return MetricValues(with_sums(MetricValues(), **sums).sums, run, unlocked, levels or {}, counters or {}, complete)


def with_sums(values: MetricValues, **sums: int) -> MetricValues:
    """The same learner with other sums."""
    assert sums.keys() <= set(METRIC_COLUMNS), f"no metric reads one of {sorted(sums)}"
    by_column = dict(zip(METRIC_COLUMNS, values.sums, strict=True)) | sums
    return values._replace(sums=tuple(by_column[column] for column in METRIC_COLUMNS))
