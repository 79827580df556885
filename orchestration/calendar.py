"""Deadlines."""

from datetime import datetime, timedelta


class WorkingCalendar:
    """Placeholder."""


def deadline(
    calendar: WorkingCalendar | None, start: datetime, seconds: float, *, working_time: bool
) -> datetime | None:
    return start + timedelta(seconds=seconds) if seconds > 0 else None
