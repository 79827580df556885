"""When people work, and when a time is up that counts working hours only. Pure."""

from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

MIDNIGHT = time()
_DAY, _SECOND = timedelta(days=1), timedelta(seconds=1)
_WEEKDAYS = range(7)
_FAR = 36_525
"""Days to look ahead: a century. Nothing waits longer, and looking must end."""


@dataclass(frozen=True)
class WorkingCalendar:
    """The working hours of a week in one time zone. Raises ValueError with a sentence if nobody ever works.

    A time that the clock skips is the moment of the change; one that it shows twice is the first of the two.
    """

    zone: str
    """An IANA name such as "Europe/Berlin"."""
    days: frozenset[int] = frozenset(range(5))
    """As `date.weekday()` counts: Monday is 0."""
    opens: time = time(9)
    closes: time = time(17)
    """MIDNIGHT: the end of the day."""
    holidays: frozenset[date] = frozenset()

    def __post_init__(self) -> None:
        _zone(self.zone)
        if not self.days or not self.days.issubset(_WEEKDAYS):
            raise ValueError("a week needs working days, from 0 for Monday to 6 for Sunday")
        if self.opens.tzinfo or self.closes.tzinfo:
            raise ValueError("working hours are in the zone of the calendar and have none of their own")
        if self.closes != MIDNIGHT and self.closes <= self.opens:
            raise ValueError("working hours end later on the same day than they begin")

    @property
    def length(self) -> timedelta:
        """How long a usual working day is."""
        end = _DAY if self.closes == MIDNIGHT else _since_midnight(self.closes)
        return end - _since_midnight(self.opens)

    def after(self, start: datetime, seconds: float) -> datetime:
        """Return when so many seconds of working time have passed since `start`, in UTC.

        Outside working hours they begin at the next opening; the moment of closing is still inside. Raises
        ValueError for a start without zone and for less than no time, OverflowError beyond a century.
        """
        if start.tzinfo is None or not seconds >= 0:
            raise ValueError("working time needs a start with a zone, and seconds from 0 on")
        left, start = timedelta(seconds=seconds), start.astimezone(UTC)
        for opening, closing in self._hours_from(start):
            begin = max(opening, start)
            if left <= closing - begin:
                return begin + left
            left -= closing - begin
        raise OverflowError("so much working time is more than a century")

    def _hours_from(self, start: datetime) -> Iterator[tuple[datetime, datetime]]:
        """Working hours that end at `start` or later; the day before may end then."""
        zone = _zone(self.zone)
        first = start.astimezone(zone).date() - _DAY
        for day in (first + number * _DAY for number in range(_FAR)):
            if day.weekday() in self.days and day not in self.holidays:
                opening, closing = self._hours_of(day, zone)
                if opening < closing and start <= closing:
                    yield opening, closing

    def _hours_of(self, day: date, zone: ZoneInfo) -> tuple[datetime, datetime]:
        end = day + _DAY if self.closes == MIDNIGHT else day
        return _instant(day, self.opens, zone), _instant(end, self.closes, zone)


def deadline(
    calendar: WorkingCalendar | None, start: datetime, seconds: float, *, working_time: bool
) -> datetime | None:
    """Return when so many seconds have passed, in UTC; None for 0 and less, which means never.

    They are working time if that is wanted and there is a calendar.
    """
    if seconds <= 0:
        return None
    if calendar and working_time:
        return calendar.after(start, seconds)
    return start.astimezone(UTC) + timedelta(seconds=seconds)


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):  # unknown, not a name at all, a folder of zones
        raise ValueError("the zone is an IANA name such as Europe/Berlin") from None


def _since_midnight(at: time) -> timedelta:
    return datetime.combine(date.min, at) - datetime.combine(date.min, MIDNIGHT)


def _instant(day: date, at: time, zone: ZoneInfo) -> datetime:
    """Return the first instant at which the clock shows this or, where it skips it, more."""
    local = datetime.combine(day, at.replace(fold=0), zone)
    early, late = local.replace(fold=1).astimezone(UTC), local.astimezone(UTC)
    if late <= early:  # an ordinary time, or the first of two
        return late
    changed = late.astimezone(zone).utcoffset()

    def is_over(second: int) -> bool:
        return (early + second * _SECOND).astimezone(zone).utcoffset() == changed

    return early + _SECOND * bisect_left(range(int((late - early) / _SECOND)), x=True, key=is_over)
