"""Records as plain JSON values, whatever fields they have: a new field is in the next file by itself."""

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from enum import Enum
from typing import Any, cast

from orchestration.model import Share


def plain(value: object) -> Any:
    """Return a value of ours as JSON has it. Raises TypeError for what JSON cannot have."""
    match value:
        case None | bool() | int() | float():
            return value
        case Enum():
            return plain(value.value)
        case str():
            return value
        case datetime():
            return value.astimezone(UTC).isoformat(timespec="microseconds")
        case Decimal():
            return str(value)
        case Share():  # a list where it is stored, but people read this
            return plain(value._asdict())
        case timedelta():
            return value.total_seconds()
        case _:
            return _several(value)


def _several(value: object) -> Any:
    if isinstance(value, tuple | list):
        return [plain(part) for part in cast(tuple[object, ...], value)]
    if isinstance(value, set | frozenset):
        return sorted(plain(part) for part in cast(frozenset[object], value))
    if isinstance(value, Mapping):
        members = cast(Mapping[object, object], value)
        return {str(name): plain(part) for name, part in members.items()}
    if is_dataclass(value):
        return {field.name: plain(getattr(value, field.name)) for field in fields(value)}
    raise TypeError(f"{type(value).__name__} has no place in a file of evidence")
