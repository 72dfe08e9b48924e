"""A clock that stands still until a test moves it."""

from datetime import UTC, datetime, timedelta

# A Tuesday noon, far from any change of daylight saving time in Europe.
START = datetime(2026, 3, 10, 12, 0, tzinfo=UTC)


class AdjustableClock:
    """`now()` answers what the test says."""

    def __init__(self, instant: datetime = START) -> None:
        self._instant = instant

    def now(self) -> datetime:
        """The instant the test has chosen, UTC."""
        return self._instant

    def set(self, instant: datetime) -> None:
        """Jump to `instant`, forward or back."""
        if instant.tzinfo is None:
            raise ValueError("a clock needs an instant with an offset")
        self._instant = instant.astimezone(UTC)

    def advance(self, **duration: float) -> datetime:
        """Move on by a timedelta's arguments: `advance(days=1, minutes=5)`; negative moves back."""
        self._instant += timedelta(**duration)
        return self._instant
