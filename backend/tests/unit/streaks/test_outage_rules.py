"""Which outages may be entered, and how one would affect a learner.

In pictures of days: m met, o outage, x outage on an excused day, w outage on a met day, . none.
"""

from datetime import UTC, date, datetime, timedelta

import pytest

from milepost.rules.policy import StreakPolicy
from milepost.rules.streaks.excuse_kinds import ExcusedKind
from milepost.rules.streaks.outages import Excused, OutageEffect, outage_effect, outage_fault

POLICY = StreakPolicy(7, 2, 2, 72, 30, 2, 30, 12)
NOW = datetime(2026, 3, 10, 12, tzinfo=UTC)
TICK, HOUR = timedelta.resolution, timedelta(hours=1)
FIRST = date(2026, 3, 2)


@pytest.mark.parametrize(
    ("starts_at", "ends_at", "fault"),
    [
        (NOW - HOUR, NOW, None),
        (NOW - HOUR, NOW - HOUR + TICK, None),
        (NOW - HOUR, NOW - HOUR, "ends_before_it_begins"),
        (NOW - HOUR, NOW - HOUR - TICK, "ends_before_it_begins"),
        (NOW, NOW + HOUR, None),
        (NOW + TICK, NOW + HOUR, "ahead_of_now"),
        (NOW - 47 * HOUR, NOW + HOUR, None),
        (NOW - 47 * HOUR, NOW + HOUR + TICK, "too_long"),
    ],
)
def test_outages_that_may_be_entered(starts_at: datetime, ends_at: datetime, fault: str | None) -> None:
    assert outage_fault(starts_at, ends_at, NOW, 48) == fault


EFFECTS = [
    # picture (its last day is today), excuses a day, lengthens the current run
    ("mo.", True, True),
    ("moo.", True, True),
    ("mo..", True, False),
    ("m.o.", True, False),
    ("mom", True, True),
    ("momo", True, True),
    ("m", False, False),
    ("om", False, False),
    ("mx", False, False),
    ("mxm", False, False),
    ("mw.", False, False),
    # A freeze would have covered it.
    ("m" * 7 + "om", True, False),
    ("m" * 7 + "o.m", True, True),
    ("mo", True, False),
]


@pytest.mark.parametrize(("picture", "excuses_a_day", "lengthens"), EFFECTS)
def test_the_effect_of_an_outage(picture: str, excuses_a_day: bool, lengthens: bool) -> None:
    days = {FIRST + timedelta(days=place): mark for place, mark in enumerate(picture)}
    met = [day for day, mark in days.items() if mark in "mw"]
    before = {day: ExcusedKind.pause for day, mark in days.items() if mark in "x"}
    after = before | {day: ExcusedKind.outage for day, mark in days.items() if mark in "oxw"}
    effect = outage_effect(met, Excused(before, after), max(days), POLICY)
    assert effect == OutageEffect(excuses_a_day, lengthens)
