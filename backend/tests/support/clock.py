"""A clock that stands still until a test moves it."""

from datetime import UTC, datetime, timedelta

# Tuesday noon, far from any daylight saving change in Europe.
START = datetime(2026, 3, 10, 12, 0, tzinfo=UTC)


class AdjustableClock:
    """A clock whose `now()` the test sets."""

    def __init__(self, instant: datetime = START) -> None:
        self._instant = instant

    def now(self) -> datetime:
        """The instant the test has set, in UTC."""
        return self._instant

    def set(self, instant: datetime) -> None:
        """Jump to `instant`, forward or back."""
        if instant.tzinfo is None:
            raise ValueError("a clock needs an instant with an offset")
        self._instant = instant.astimezone(UTC)

    def advance(self, **duration: float) -> datetime:
        """Move forward by a timedelta's arguments: `advance(days=1, minutes=5)`; negative moves back."""
        self._instant += timedelta(**duration)
        return self._instant
