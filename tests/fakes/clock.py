"""A clock that a test can put forward."""

from datetime import UTC, datetime, timedelta


class MovableClock:
    """The time of day, and as much more as a test says."""

    def __init__(self) -> None:
        self._ahead = timedelta()

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self._ahead

    def forward(self, **time: float) -> None:
        """Put the clock forward by hours, days or whatever timedelta takes."""
        self._ahead += timedelta(**time)
