"""JSON in the one form in which the same values have the same text, and so the same digest."""

import hashlib
import json
from math import isfinite
from typing import cast

DEPTH = 100
"""Levels of lists and objects."""

_BITS = 14_000
"""Of a whole number: Python writes no more than 4,300 digits."""

_PLAIN = 1e21
"""From here on JavaScript writes whole numbers with an exponent, too."""


def canonical(value: object) -> str:
    """Return the JSON: names sorted, no spaces, 2.0 as 2. Raises ValueError for what is no JSON."""
    return json.dumps(
        _normal(value, 0), sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False
    )


def refuse_strange(value: object) -> None:
    """Raise ValueError for what is no JSON. Unlike json itself it lets other threads work."""
    _normal(value, 0)


def digest(text: str) -> str:
    """Return the SHA-256 of the text in UTF-8, in hexadecimal digits."""
    return hashlib.sha256(text.encode()).hexdigest()


def _normal(value: object, depth: int) -> object:
    if depth > DEPTH:
        raise ValueError(f"it has more than {DEPTH} levels")
    match value:
        case None | bool():
            return value
        case str():
            return _text(value)
        case int() | float():
            return _number(value)
        case list():
            return [_normal(item, depth + 1) for item in cast(list[object], value)]
        case dict():
            items = cast(dict[object, object], value).items()
            return {_name(name): _normal(item, depth + 1) for name, item in items}
        case _:
            raise ValueError(f"it has a value of the type {type(value).__name__}")


def _name(name: object) -> str:
    if isinstance(name, str):
        return _text(name)
    raise ValueError("it has a name that is no text")


def _text(text: str) -> str:
    try:
        text.encode()
    except UnicodeEncodeError:
        raise ValueError("it has half a character, which no store takes") from None
    return text


def _number(number: float) -> float:
    if isinstance(number, int):
        if number.bit_length() > _BITS:
            raise ValueError("it has a number of more than 4,200 digits")
        return number
    if not isfinite(number):
        raise ValueError(f"it has the number {number}")
    return int(number) if number.is_integer() and abs(number) < _PLAIN else number
