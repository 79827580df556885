"""The policy file: who decides what, in which groups people are, and when they work.

Pure but for `contents`. Every mistake is a sentence with its place, and all of them are reported at once.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, time
from pathlib import Path

from bot.settings.rules import Known, Surroundings, rule_of
from bot.settings.tables import Table, table_of
from bot.settings.texts import guid
from orchestration.calendar import MIDNIGHT, WorkingCalendar
from orchestration.messages import Rule

__all__ = ["Policy", "Surroundings", "contents", "policy_at"]

MOST_BYTES = 1_000_000
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_CALENDAR = ("zone", "days", "hours", "holidays")
_GROUP = re.compile(r"\w([\w .-]{0,58}\w)?")
_HOURS = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])-(?:([01][0-9]|2[0-3]):([0-5][0-9])|24:00)")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_WHOLE_DAY = (MIDNIGHT, MIDNIGHT)


@dataclass(frozen=True)
class Policy:
    """What the file says; without one, nothing."""

    groups: Mapping[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])
    """Entra object ids by the name of the group."""
    calendar: WorkingCalendar | None = None
    rules: Mapping[str, Rule] = field(default_factory=dict[str, Rule])
    """By the name of the workflow. Complete: what a rule does not state has its usual value."""


def contents(path: Path) -> bytes:
    """Return what is in a file, or its beginning if it is larger than a policy may be. Raises OSError."""
    with path.open("rb") as file:
        return file.read(MOST_BYTES + 1)


def policy_at(path: Path, read: Callable[[Path], bytes], around: Surroundings, problems: list[str]) -> Policy:
    """Return the policy in a file. What is wrong with it is added to the problems."""
    try:
        found = read(path)
    except OSError as error:
        problems.append(f"SIGNOFF_POLICY: {path} cannot be read ({error.strerror}). Name a file that can.")
        return Policy()
    if len(found) > MOST_BYTES:
        problems.append(f"{path} is larger than 1 MB. Name the policy file, or make it smaller.")
        return Policy()
    return _policy(table_of(found, str(path), problems), around)


def _policy(file: Table, around: Surroundings) -> Policy:
    file.only(("groups", "calendar", "workflows"), "table")
    groups = _groups(file.table("groups"))
    calendar = _calendar(file.table("calendar")) if "calendar" in file else None
    known = Known(around, groups, calendar, has_calendar="calendar" in file)
    workflows = file.table("workflows")
    workflows.only(around.workflows, "workflow")
    return Policy(groups, calendar, {name: rule_of(workflows.table(name), known) for name in workflows})


def _groups(table: Table) -> Mapping[str, tuple[str, ...]]:
    for name in table:
        if not _GROUP.fullmatch(name):
            table.wrong(name, "is no name for a group: use letters, digits, spaces, dots and hyphens")
    return {name: table.texts(name, guid) for name in table}


def _calendar(table: Table) -> WorkingCalendar | None:
    table.only(_CALENDAR)
    for key in _CALENDAR[:3]:
        if key not in table:
            table.wrong(key, "is missing: add it")
    zone = table.text("zone", _zone, "")
    days = table.texts("days", _day)
    opens, closes = table.text("hours", _hours, _WHOLE_DAY)
    off = table.texts("holidays", _date) if table.value("holidays") != [] else ()
    if not zone or not set(days) & set(DAYS):
        return None
    numbers = frozenset(DAYS.index(day) for day in days if day in DAYS)
    holidays = frozenset(date.fromisoformat(day) for day in off if _is_date(day))
    return WorkingCalendar(zone, numbers, opens, closes, holidays)


def _zone(word: str) -> str:
    try:
        return WorkingCalendar(word).zone
    except ValueError:
        raise ValueError("is not a time zone such as Europe/Berlin") from None


def _day(word: str) -> str:
    if word.lower() not in DAYS:
        raise ValueError(f"is not one of {', '.join(DAYS)}")
    return word.lower()


def _hours(word: str) -> tuple[time, time]:
    found = _HOURS.fullmatch(word)
    if not found:
        raise ValueError("are not hours such as 09:00-17:00, or 00:00-24:00 for the whole day")
    opens = time(int(found[1]), int(found[2]))
    closes = time(int(found[3]), int(found[4])) if found[3] else MIDNIGHT
    if found[3] and closes <= opens:
        raise ValueError("end before they begin: write the earlier time first; 24:00 is the end of the day")
    return opens, closes


def _date(word: str) -> str:
    if not _is_date(word):
        raise ValueError("is not a date such as 2026-12-25")
    return word


def _is_date(word: str) -> bool:
    try:
        return bool(_DATE.fullmatch(word) and date.fromisoformat(word))
    except ValueError:
        return False
