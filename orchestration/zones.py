"""Time zones by their IANA names, such as "Europe/Berlin". Names come from outside, so any text will do."""

import re
from datetime import UTC, tzinfo
from functools import lru_cache
from zoneinfo import ZoneInfo

# The data of the machine has more files: its own zone, and copies of all zones that count leap seconds.
_NAME = re.compile(r"(?!localtime$|posix|right/)[A-Za-z][A-Za-z0-9_+-]*(?:/[A-Za-z0-9_+-]+){0,2}")
_LONGEST = 64


def known_zone(name: str) -> str:
    """Return the name if there is such a time zone, else an empty text."""
    return name if _found(name) else ""


def zone_of(name: str) -> tzinfo:
    """Return the time zone with this name; UTC if there is none."""
    return _found(name) or UTC


@lru_cache(maxsize=512)
def _found(name: str) -> ZoneInfo | None:
    if len(name) > _LONGEST or not _NAME.fullmatch(name):
        return None
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return None
