"""When a learner may change its zone again, and which histories may be imported."""

from datetime import UTC, datetime, timedelta

import pytest

from milepost.rules.days.zone_changes import change_allowed_at, first_misplaced
from milepost.rules.policy import DaysPolicy

POLICY = DaysPolicy("UTC", 24)
NOW = datetime(2026, 3, 10, 12, tzinfo=UTC)
DAY = timedelta(hours=24)
TICK = timedelta.resolution


@pytest.mark.parametrize(
    ("changed_at", "newest_from", "allowed_at"),
    [
        (None, None, None),
        (None, NOW, NOW),
        (NOW, None, NOW + DAY),
        (NOW, NOW, NOW + DAY),
        (NOW, NOW + 2 * DAY, NOW + 2 * DAY),
        (NOW, NOW + DAY - TICK, NOW + DAY),
    ],
)
def test_when_a_learner_may_change_its_zone_again(
    changed_at: datetime | None, newest_from: datetime | None, allowed_at: datetime | None
) -> None:
    assert change_allowed_at(changed_at, newest_from, POLICY) == allowed_at


@pytest.mark.parametrize(
    ("starts", "fault"),
    [
        ([None], None),
        ([NOW], None),
        ([NOW + TICK], (0, "ahead_of_now")),
        ([None, NOW], None),
        ([None, NOW - TICK, NOW], None),
        ([NOW - TICK, NOW], None),
        ([None, None], (1, "without_beginning")),
        ([NOW, None], (1, "without_beginning")),
        ([None, NOW, NOW], (2, "not_ascending")),
        ([NOW, NOW - TICK], (1, "not_ascending")),
        ([None, NOW - DAY, NOW - DAY, NOW + DAY], (2, "not_ascending")),
        ([None, NOW - DAY, NOW + TICK], (2, "ahead_of_now")),
    ],
)
def test_a_history_ascends_up_to_now(starts: list[datetime | None], fault: tuple[int, str] | None) -> None:
    assert first_misplaced(starts, NOW) == fault


def test_instants_are_compared_and_not_their_clock_times() -> None:
    """Noon in UTC, and half past twelve at +02:00, which is earlier."""
    berlin = datetime.fromisoformat("2026-03-10T12:30:00+02:00")
    assert first_misplaced([NOW, berlin], NOW) == (1, "not_ascending")
