"""The text with which a field begins. Who draws and who reads must agree on it."""

import json
import re
from datetime import date
from typing import cast

from cards.text import clean
from orchestration.forms import ABSENT, Field, Kind
from orchestration.values import canonical

NO_CHOICE = "-"
"""The value of the choice to have none."""

_EXACT = 2**53
"""From here on JavaScript, and so a client, rounds whole numbers."""

_HOUR = re.compile(r"([01]\d|2[0-3]):[0-5]\d", re.ASCII)


def shown(field: Field) -> str:
    """Return what the input of the field holds before somebody touches it."""
    start = field.start
    if start is ABSENT or (start is None and field.nullable):
        return "false" if toggles(field) else ""
    match field.kind:
        case Kind.CHOICE:
            return _place(field, start)
        case Kind.CHOICES:
            return _places(field, start)
        case Kind.JSON:
            return json.dumps(start, indent=2, ensure_ascii=False)
        case _:
            return start if isinstance(start, str) else canonical(start)


def toggles(field: Field) -> bool:
    """Whether it can only be yes or no; otherwise it can also have no answer."""
    decided = isinstance(field.start, bool) or (field.required and field.start is ABSENT)
    return field.kind is Kind.YES_NO and decided and not field.nullable


def drawn_as(field: Field) -> Kind:
    """Return how the field can be drawn so that the client shows its start as it is: at worst as text."""
    text = shown(field)
    kind = field.kind if not text or _fits(field, text) else Kind.TEXT
    long = kind is Kind.TEXT and "\n" in clean(text)
    return Kind.LONG_TEXT if long else kind


def _fits(field: Field, text: str) -> bool:
    match field.kind:
        case Kind.NUMBER | Kind.WHOLE:
            return _number(field)
        case Kind.DATE:
            return _day(text)
        case Kind.TIME:
            return bool(_HOUR.fullmatch(text))
        case Kind.YES_NO:
            return text in {"true", "false"}
        case _:
            return True


def _number(field: Field) -> bool:
    if isinstance(field.start, bool) or not isinstance(field.start, int | float):
        return False
    return isinstance(field.start, float) or abs(field.start) < _EXACT


def _day(text: str) -> bool:
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def _place(field: Field, value: object) -> str:
    wanted = canonical(value)
    places = (place for place, choice in enumerate(field.choices) if canonical(choice.value) == wanted)
    return str(next(places, ""))


def _places(field: Field, value: object) -> str:
    if not isinstance(value, list):
        return ""
    return ",".join(filter(None, (_place(field, each) for each in cast(list[object], value))))
