"""Which day a publication of eases is for: never one that has begun anywhere."""

from datetime import UTC, date, datetime

import pytest

from milepost.rules.mastery.publication import publication_day


def march(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 3, day, hour, minute, tzinfo=UTC)


@pytest.mark.parametrize(
    ("now", "last", "day"),
    [
        # 12 March begins on the 11th at 10:00 UTC in Kiritimati.
        pytest.param(march(11, 4, 59), 11, None, id="more than five hours before"),
        pytest.param(march(11, 5), 11, 12, id="five hours before"),
        pytest.param(march(11, 8, 59), 11, 12, id="an hour and a minute before"),
        pytest.param(march(11, 9), 11, 13, id="later than an hour before, the night is missed"),
        pytest.param(march(11, 4), 10, 12, id="a missed night is caught up at once"),
        pytest.param(march(11, 8), 12, None, id="once a night"),
        pytest.param(march(11, 8), 14, None, id="a clock that was set back"),
        pytest.param(march(11, 0), None, 12, id="the first"),
    ],
)
def test_a_publication_comes_before_its_day_begins(now: datetime, last: int | None, day: int | None) -> None:
    expected = None if day is None else date(2026, 3, day)
    assert publication_day(now, None if last is None else date(2026, 3, last)) == expected
