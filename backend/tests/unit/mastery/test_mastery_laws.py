"""Laws of mastery: a curve shows what was known each day, and more success never lowers an estimate."""

from datetime import date, timedelta

from hypothesis import given, settings, strategies

from milepost.rules.mastery.curve import mastery_curve
from milepost.rules.mastery.estimate import WINDOW_DAYS, DaySums, estimate

TODAY = date(2026, 4, 20)


@strategies.composite
def day_sums(draw: strategies.DrawFn, max_age: int) -> list[DaySums]:
    """Days with grades, oldest first."""
    ages = draw(strategies.sets(strategies.integers(0, max_age), max_size=30))
    days = []
    for age in sorted(ages, reverse=True):
        grades = draw(strategies.integers(1, 9))
        weight = grades + 5 * draw(strategies.integers(0, grades))
        won = draw(strategies.integers(0, 100_000 * weight))
        typical = draw(strategies.integers(1_000 * weight, 99_000 * weight))
        days.append(DaySums(TODAY - timedelta(days=age), grades, weight, won, typical))
    return days


@settings(deadline=None, derandomize=True, max_examples=100)
@given(topic=day_sums(700), others=day_sums(700), length=strategies.integers(1, 60), ease=strategies.floats(-4, 4))
def test_a_curve_is_what_was_known_at_the_end_of_each_day(
    topic: list[DaySums], others: list[DaySums], length: int, ease: float
) -> None:
    by_day = {sums.day: sums for sums in others}
    learner = sorted({**by_day, **{sums.day: sums for sums in topic}}.values())
    first = TODAY - timedelta(days=length - 1)
    curve = dict(mastery_curve(topic, learner, first, TODAY, lambda day: ease + day.day / 31))
    assert all(first <= day <= TODAY for day in curve)
    for ago in range(length):
        day = TODAY - timedelta(days=ago)
        known, known_of_learner = ([sums for sums in days if sums.day <= day] for days in (topic, learner))
        expected = estimate(known, known_of_learner, day, ease + day.day / 31)
        found = curve.get(day)
        assert (found is None) == (expected is None)
        if found is not None and expected is not None:
            assert found.grades == expected.grades
            # Binary rounding may decide a hundredth.
            for name in ("estimate", "low", "high"):
                assert abs(getattr(found, name) - getattr(expected, name)) < 0.011


@settings(deadline=None, derandomize=True, max_examples=200)
@given(drawn=day_sums(WINDOW_DAYS - 1), ease=strategies.floats(-4, 4), typical=strategies.integers(1_000, 99_000))
def test_a_grade_of_100_never_lowers_an_estimate_and_one_of_0_never_raises_it(
    drawn: list[DaySums], ease: float, typical: int
) -> None:
    """Of equally easy exercises: one that others find hard also says something about the easier ones before."""
    days = [sums._replace(typical_milli=typical * sums.weight) for sums in drawn]
    before = estimate(days, days, TODAY, ease)
    if before is None:
        return
    last = days[-1]
    for won, sign in ((100_000, 1), (0, -1)):
        one_more = DaySums(last.day, 1, 1, won, typical)
        sums = (before_it + more for before_it, more in zip(last[1:], one_more[1:], strict=True))
        more = [*days[:-1], DaySums(last.day, *sums)]
        after = estimate(more, more, TODAY, ease)
        assert after is not None
        assert sign * (after.estimate - before.estimate) >= -0.011
        assert before.low <= before.estimate <= before.high
