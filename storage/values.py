"""Frozen dataclasses as plain JSON values and back, by their annotations. Knows nothing of any store."""

from collections.abc import Callable
from dataclasses import fields, is_dataclass
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from enum import Enum, StrEnum
from functools import cache
from types import UnionType
from typing import Any, TypeVar, cast, get_args, get_origin, get_type_hints

T = TypeVar("T")
Json = dict[str, Any]
Reader = Callable[[object], Any]


def stamp(at: datetime) -> str:
    """Return an instant as text that sorts by time: UTC, always with microseconds."""
    if at.tzinfo is None:
        raise ValueError(f"{at} has no time zone, so it is no instant")
    return at.astimezone(UTC).isoformat(timespec="microseconds")


def plain(value: object) -> Any:
    """Return a value of ours as JSON has it. Bytes stay: each store has its own way with them."""
    match value:
        case Enum():
            return value.value
        case datetime():
            return stamp(value)
        case Decimal():
            return str(value)
        case tuple():
            return [plain(part) for part in cast(tuple[object, ...], value)]
        case _:
            names = _names(type(value))
            return {name: plain(getattr(value, name)) for name in names} if names else value


def typed(kind: type[T], value: object) -> T:
    """Return the value of this type that JSON holds. Raises TypeError or ValueError if it holds none.

    Unknown names are ignored and missing ones get their default, so that versions of the program can differ.
    """
    return cast(T, _reader(kind)(value))


@cache
def _names(kind: type) -> tuple[str, ...]:
    return tuple(field.name for field in fields(kind)) if is_dataclass(kind) else ()


@cache
def _reader(kind: Any) -> Reader:
    if get_origin(kind) is UnionType:
        return _optional(*get_args(kind))
    if get_origin(kind) is tuple:
        return _tuple(get_args(kind))
    if is_dataclass(kind):
        return _record(cast(type, kind))
    if kind is datetime:
        return _instant
    if kind is Decimal:
        return _decimal
    if issubclass(kind, tuple):
        return _row(cast(type, kind))
    if kind is float:
        return _number
    return kind if issubclass(kind, StrEnum) else _exactly(kind)


def _number(value: object) -> float:
    """A store may well give back 2.0 as 2: JSON has one kind of number."""
    return float(_INTEGER(value)) if type(value) is int else cast(float, _FLOAT(value))


def _exactly(kind: type) -> Reader:
    def read(value: object) -> object:
        if type(value) is not kind:  # a bool is an int, and neither may stand for the other
            raise TypeError(f"{kind.__name__} expected, {type(value).__name__} found")
        return value

    return read


def _instant(value: object) -> datetime:
    return datetime.fromisoformat(_TEXT(value))


def _decimal(value: object) -> Decimal:
    try:
        return Decimal(_TEXT(value))
    except InvalidOperation:
        raise ValueError(f"{value!r} is no decimal number") from None


def _row(kind: type) -> Reader:
    """A NamedTuple, as a list: what a newer version has added at its end is ignored."""
    hints = get_type_hints(kind)
    readers = [_reader(hints[name]) for name in hints]
    return lambda value: kind(*(read(part) for read, part in zip(readers, _LIST(value), strict=False)))


def _optional(kind: type, _: type) -> Reader:
    read = _reader(kind)
    return lambda value: None if value is None else read(value)


def _tuple(kinds: tuple[Any, ...]) -> Reader:
    if kinds[-1] is Ellipsis:
        each = _reader(kinds[0])
        return lambda value: tuple(each(part) for part in _LIST(value))
    readers = [_reader(kind) for kind in kinds]
    return lambda value: tuple(read(part) for read, part in zip(readers, _LIST(value), strict=True))


def _record(kind: type) -> Reader:
    hints = get_type_hints(kind)
    readers = {name: _reader(hints[name]) for name in _names(kind)}

    def read(value: object) -> object:
        held = _OBJECT(value)
        return kind(**{name: read(held[name]) for name, read in readers.items() if name in held})

    return read


_TEXT, _LIST, _OBJECT = _exactly(str), _exactly(list), _exactly(dict)
_INTEGER, _FLOAT = _exactly(int), _exactly(float)
