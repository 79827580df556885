"""The values between which a field lets people choose."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import cast

from orchestration.forms.fields import Choice
from orchestration.values import canonical

MOST_CHOICES = 120
"""Over all fields of a form together."""


@dataclass
class Room:
    """How many more choices fit on the form."""

    choices: int = MOST_CHOICES


def choices_of(part: Mapping[str, object], room: Room) -> tuple[Choice, ...]:
    """The values between which to choose; none where there are too many to show them all."""
    items = part.get("items")
    several = part.get("type") == "array" and isinstance(items, dict)
    found = _listed(cast(dict[str, object], items) if several else part)
    if several and not all(isinstance(choice.value, str) for choice in found):
        return ()
    if len(found) > room.choices:
        return ()
    room.choices -= len(found)
    return found


def _listed(part: Mapping[str, object]) -> tuple[Choice, ...]:
    values = part.get("enum", [part["const"]] if "const" in part else [])
    if values:
        return tuple(Choice(_worded(value), value) for value in cast(list[object], values))
    for word in ("oneOf", "anyOf"):
        ways = [cast(dict[str, object], way) for way in _list(part.get(word)) if isinstance(way, dict)]
        if ways and len(ways) == len(_list(part.get(word))) and all("const" in way for way in ways):
            return tuple(Choice(_choice_title(way), way["const"]) for way in ways)
    return ()


def _choice_title(way: Mapping[str, object]) -> str:
    title = way.get("title")
    return title if isinstance(title, str) and title.strip() else _worded(way["const"])


def _worded(value: object) -> str:
    if isinstance(value, str):
        return value if value.strip() else "Empty text"
    words = {None: "Empty", True: "Yes", False: "No"}
    return words[value] if value is None or isinstance(value, bool) else canonical(value)


def _list(value: object) -> list[object]:
    return cast(list[object], value) if isinstance(value, list) else []
