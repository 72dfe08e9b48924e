"""Which pauses may be taken: every condition at its limit. Days are counted from today, which is 0."""

from datetime import date, timedelta

import pytest

from milepost.rules.policy import PausesPolicy
from milepost.rules.streaks.pauses import Span, decide_pause, last_day_if_ended, paused_days

POLICY = PausesPolicy(longest_days=30, window_days=365, days_in_window=60, ahead_days=365)
TODAY = date(2026, 3, 10)


def day(number: int) -> date:
    return TODAY + timedelta(days=number)


def span(first: int, last: int) -> Span:
    return day(first), day(last)


# Two pauses of 30 days, the second ends tomorrow.
USED_UP = [span(-120, -91), span(-28, 1)]

DECISIONS = [
    # pause, earlier pauses, met today, failures, possible from
    (span(0, 0), [], False, (), 0),
    (span(0, 0), [], True, ("in_the_past",), 1),
    (span(1, 1), [], True, (), 1),
    (span(-1, 0), [], False, ("in_the_past",), 0),
    (span(-9, -9), [], True, ("in_the_past",), 1),
    (span(5, 4), [], False, ("ends_before_it_begins",), None),
    (span(365, 394), [], False, (), 365),
    (span(366, 366), [], False, ("too_far_ahead",), None),
    (span(0, 29), [], False, (), 0),
    (span(0, 30), [], False, ("too_long",), None),
    (span(-1, 30), [span(9, 9)], False, ("in_the_past", "too_long", "overlaps"), None),
    # Pauses must not overlap, but may follow each other directly.
    (span(5, 9), [span(10, 12)], False, (), 5),
    (span(5, 10), [span(10, 12)], False, ("overlaps",), 13),
    (span(13, 15), [span(10, 12)], False, (), 13),
    (span(12, 15), [span(10, 12)], False, ("overlaps",), 13),
    (span(11, 11), [span(10, 12)], False, ("overlaps",), 13),
    (span(9, 13), [span(10, 12)], False, ("overlaps",), 13),
    (span(8, 9), [span(5, 8), span(11, 12), span(15, 20)], False, ("overlaps",), 9),
    (span(0, 2), [span(1, 3)], True, ("in_the_past", "overlaps"), 4),
    # Sixty days in any 365, past or future. A paused day leaves the window 365 days later.
    (span(2, 31), [span(-120, -91)], False, (), 2),
    (span(2, 2), USED_UP, False, ("too_many_days",), 245),
    (span(245, 245), USED_UP, False, (), 245),
    (span(244, 245), USED_UP, False, ("too_many_days",), 245),
    (span(245, 274), USED_UP, False, (), 245),
    (span(0, 0), [span(100, 129), span(200, 229)], False, ("too_many_days",), None),
    (span(0, 0), [span(306, 335), span(336, 364)], False, (), 0),
    (span(0, 0), [span(305, 334), span(335, 364)], False, ("too_many_days",), None),
    (span(0, 0), [span(305, 334), span(335, 364), span(365, 365)], False, ("too_many_days",), None),
]


@pytest.mark.parametrize(("pause", "pauses", "met_today", "failures", "possible_from"), DECISIONS)
def test_decisions(
    pause: Span, pauses: list[Span], met_today: bool, failures: tuple[str, ...], possible_from: int | None
) -> None:
    decision = decide_pause(pause, pauses, TODAY, met_today, POLICY)
    assert decision.failures == failures
    assert decision.possible_from == (None if possible_from is None else day(possible_from))


def test_the_proposed_date_is_the_first_possible_one() -> None:
    """Days counted one by one: sixty in every window of 365 dates."""
    pauses = [span(-300, -281), span(-200, -171), span(-20, -16)]
    decision = decide_pause(span(0, 9), pauses, TODAY, False, POLICY)
    assert decision.failures == ("too_many_days",)
    assert decision.possible_from is not None

    def max_in_window(first: int) -> int:
        paused = {n for a, b in [*pauses, span(first, first + 9)] for n in range(a.toordinal(), b.toordinal() + 1)}
        return max(sum(n in paused for n in range(end - 364, end + 1)) for end in paused)

    proposed = (decision.possible_from - TODAY).days
    assert [first for first in range(proposed + 1) if max_in_window(first) <= 60] == [proposed]


@pytest.mark.parametrize(
    ("pause", "last_day"), [(span(-3, 3), -1), (span(-1, 0), -1), (span(0, 3), None), (span(1, 3), None)]
)
def test_a_pause_that_is_ended_today_lasts_until_yesterday(pause: Span, last_day: int | None) -> None:
    assert last_day_if_ended(pause, TODAY) == (None if last_day is None else day(last_day))


@pytest.mark.parametrize(
    ("pauses", "days"),
    [([], 0), ([span(-364, -364)], 1), ([span(-366, -363)], 2), ([span(-2, 2), span(300, 301)], 7)],
)
def test_the_number_of_paused_days(pauses: list[Span], days: int) -> None:
    assert paused_days(pauses, TODAY, POLICY) == days
