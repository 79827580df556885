"""The formats of texts that are checked. Others are taken as they are, as JSON Schema has it."""

import re
from collections.abc import Callable
from datetime import date, datetime, time
from urllib.parse import urlsplit
from uuid import UUID

_DATE = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_TIME = re.compile(r"\d\d:\d\d(:\d\d(\.\d{1,6})?)?(Z|[+-]\d\d:\d\d)?", re.ASCII)
_INSTANT = re.compile(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(\.\d{1,6})?([Zz]|[+-]\d\d:\d\d)", re.ASCII)
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.ASCII | re.IGNORECASE)
_LONGEST = 2_000
_LONGEST_ADDRESS = 254


def fits(format: str, text: str) -> bool:
    """Whether the text has the format. An unknown format fits every text."""
    looks, reads = _FORMATS.get(format, (None, None))
    if reads is None or (looks and not (len(text) <= _LONGEST and looks.fullmatch(text))):
        return reads is None
    try:
        return reads(text) is not False
    except ValueError:
        return False


def _email(text: str) -> bool:
    who, _, where = text.rpartition("@")
    spaced = any(character.isspace() for character in text)
    return bool(who and where) and not spaced and "@" not in who and len(text) <= _LONGEST_ADDRESS


def _uri(text: str) -> bool:
    if len(text) > _LONGEST or not text.isprintable() or " " in text:
        return False
    parts = urlsplit(text)
    return bool(parts.scheme and (parts.netloc or parts.path))


_FORMATS: dict[str, tuple[re.Pattern[str] | None, Callable[[str], object]]] = {
    "date": (_DATE, date.fromisoformat),
    # RFC 3339 wants an offset, but no client sends one with a time of day.
    "time": (_TIME, time.fromisoformat),
    "date-time": (_INSTANT, datetime.fromisoformat),
    "uuid": (_UUID, UUID),
    "email": (None, _email),
    "uri": (None, _uri),
}

EXAMPLES = {
    "date": "a date such as 2026-11-21",
    "time": "a time such as 14:30",
    "date-time": "a date with time and zone such as 2026-11-21T14:30:00Z",
    "email": "an email address",
    "uri": "a full web address",
    "uuid": "an id such as 123e4567-e89b-12d3-a456-426614174000",
}
"""What to call texts of a format."""
