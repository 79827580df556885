"""Days as people type them: "until friday", "until 2026-12-01", "for 3 days". Pure."""

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta, tzinfo

from orchestration.errors import InvalidInputError
from orchestration.wording import quoted

_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_MONTHS = (
    *("january", "february", "march", "april", "may", "june"),
    *("july", "august", "september", "october", "november", "december"),
)
_SHORT = 3
"""Letters of a weekday or month that are enough."""
_NUMBERS = {"a": 1, "one": 1, "two": 2, "three": 3, "four": 4}

_FOR = re.compile(r"for (?P<count>[1-9][0-9]{0,2}|a|one|two|three|four) (?P<unit>day|week)s?")
_ISO = re.compile(r"(?P<year>[0-9]{4})-(?P<month>[0-9]{1,2})-(?P<day>[0-9]{1,2})")
_DAY_FIRST = re.compile(
    r"(?P<day>[0-9]{1,2})\.?(?:st|nd|rd|th)? (?P<month>[a-z]{3,9})\.?,?(?: (?P<year>[0-9]{4}))?"
)
_MONTH_FIRST = re.compile(
    r"(?P<month>[a-z]{3,9})\.? (?P<day>[0-9]{1,2})(?:st|nd|rd|th)?,?(?: (?P<year>[0-9]{4}))?"
)


def end_of(words: str, now: datetime, zone: tzinfo) -> datetime:
    """Return the end of the last day that the words mean, in that time zone: the midnight after it.

    Raises InvalidInputError when they mean no day, or could mean several.
    """
    said = " ".join(words.lower().split()).rstrip(".!,")
    try:
        day = _last_day(said, now.astimezone(zone).date())
        after = datetime.combine(day + timedelta(days=1), time(), zone) if day else None
    except (ValueError, OverflowError):  # such as 31 February
        after = None
    if after is None:
        raise InvalidInputError(
            f"I do not know which day {quoted(words)} is. "
            "Say for example “until 2026-12-01”, “until friday” or “for 3 days”."
        )
    return after.astimezone(UTC)


def _last_day(said: str, today: date) -> date | None:
    if found := _FOR.fullmatch(said):
        count = _NUMBERS.get(found["count"]) or int(found["count"])
        return today + timedelta(days=count * (7 if found["unit"] == "week" else 1) - 1)  # today counts
    day = re.sub(r"^(?:until|till) ", "", said)
    if day in {"today", "tonight"}:
        return today
    if day == "tomorrow":
        return today + timedelta(days=1)
    if weekday := _position(day, _WEEKDAYS):
        return today + timedelta(days=(weekday - 1 - today.weekday() - 1) % 7 + 1)  # never today
    return _date(day, today)


def _date(said: str, today: date) -> date | None:
    if found := _ISO.fullmatch(said):
        return date(int(found["year"]), int(found["month"]), int(found["day"]))
    found = _DAY_FIRST.fullmatch(said) or _MONTH_FIRST.fullmatch(said)
    month = _position(found["month"], _MONTHS) if found else 0
    return _in_year(found.groupdict(), month, today) if found and month else None


def _in_year(said: Mapping[str, str | None], month: int, today: date) -> date:
    """Without a year it is the next such day."""
    day, year = int(said["day"] or ""), said["year"]
    if year:
        return date(int(year), month, day)
    this_year = date(today.year, month, day)
    return this_year if this_year >= today else this_year.replace(year=today.year + 1)


def _position(said: str, names: tuple[str, ...]) -> int:
    """Return the position of a name, counted from 1, that the word is or shortens; 0: none."""
    fitting = [
        number for number, name in enumerate(names, 1) if len(said) >= _SHORT and name.startswith(said)
    ]
    return fitting[0] if fitting else 0
