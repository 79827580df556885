"""The value of a JSON text, read in pieces."""

import gc
import json
import re
from collections.abc import Generator
from contextlib import contextmanager
from typing import Any

WINDOW = 16 * 1024
"""Characters of a list or object that is read in one piece."""

_read = json.JSONDecoder().raw_decode
_space = re.compile(r"[ \t\n\r]*")


def read(text: str) -> object:
    """Return the value. Raises ValueError for what is no JSON."""
    with _no_collection():
        value, end = _value(text, _next(text, 0))
    if _next(text, end) < len(text):
        raise ValueError(f"there is more behind the JSON, from character {end} on")
    return value


@contextmanager
def _no_collection() -> Generator[None]:
    """Many new objects make Python look for garbage in the whole process, 0.2 s each time. Here is none."""
    collects = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collects:
            gc.enable()


def _next(text: str, at: int) -> int:
    found = _space.match(text, at)
    return found.end() if found else at


def _value(text: str, at: int) -> tuple[Any, int]:
    if text[at : at + 1] not in {"[", "{"}:
        return _read(text, at)  # texts and numbers are quick
    try:
        value, size = _read(text[at : at + WINDOW])
    except json.JSONDecodeError:
        return _list(text, at) if text[at] == "[" else _object(text, at)
    return value, at + size


def _list(text: str, at: int) -> tuple[list[Any], int]:
    values: list[Any] = []
    at = _next(text, at + 1)
    while text[at : at + 1] != "]":
        value, at = _value(text, at)
        values.append(value)
        at = _after(text, at, "]")
    return values, at + 1


def _object(text: str, at: int) -> tuple[dict[str, Any], int]:
    values: dict[str, Any] = {}
    at = _next(text, at + 1)
    while text[at : at + 1] != "}":
        key, at = _key(text, at)
        values[key], at = _value(text, at)
        at = _after(text, at, "}")
    return values, at + 1


def _key(text: str, at: int) -> tuple[str, int]:
    key, at = _read(text, at)
    at = _next(text, at)
    if type(key) is not str or text[at : at + 1] != ":":
        raise json.JSONDecodeError("expected a name and a colon", text, at)
    return key, _next(text, at + 1)


def _after(text: str, at: int, closing: str) -> int:
    """Return where the next item begins, or the closing bracket."""
    at = _next(text, at)
    if text[at : at + 1] == closing:
        return at
    if text[at : at + 1] != ",":
        raise json.JSONDecodeError(f"expected a comma or {closing}", text, at)
    following = _next(text, at + 1)
    if text[following : following + 1] == closing:
        raise json.JSONDecodeError("expected an item after the comma", text, following)
    return following
