"""The values of a form from what a client sends, which may be anything."""

import json
import re
from collections.abc import Callable, Mapping
from math import isfinite
from typing import Never, cast

from cards.forms.start import NO_CHOICE, shown, toggles
from cards.text import clean
from orchestration.errors import InvalidInputError
from orchestration.forms import ABSENT, Field, Form, Kind
from orchestration.values import checked
from orchestration.wording import unmarked

MOST = 100_000
"""Characters that one input may hold."""

_DIGITS = 400
_WHOLE = re.compile(r"[-+]?\d+", re.ASCII)
_NUMBER = re.compile(r"[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?", re.ASCII)


def read(form: Form, data: Mapping[str, object]) -> dict[str, object]:
    """Return the values, which fit the schema of the form. Raises InvalidInputError.

    An input that was not sent was not touched, or not drawn: its value stays. Unknown inputs are ignored.
    """
    given = {field.name: _value(field, data.get(field.id)) for field in form.fields}
    values = {name: value for name, value in given.items() if value is not ABSENT}
    values |= _rest(form, data)
    checked(form.schema, values)
    return values


def _rest(form: Form, data: Mapping[str, object]) -> dict[str, object]:
    value = _value(form.rest, data.get(form.rest.id)) if form.rest else ABSENT
    if form.rest is None or value is ABSENT:
        return {}
    if not isinstance(value, dict):
        _refuse(form.rest, "must be a JSON object, with names and values in braces")
    values = cast(dict[str, object], value)
    if twice := {field.name for field in form.fields} & set(values):
        _refuse(form.rest, f"has {unmarked(min(twice), 60)}, which is a field of its own")
    return values


def _value(field: Field, sent: object) -> object:
    if sent is None:
        return False if field.start is ABSENT and toggles(field) else _kept(field)
    text = _text(field, sent)
    if _same(text, shown(field)):
        return _kept(field)
    if not text.strip() or (text == NO_CHOICE and field.kind in {Kind.CHOICE, Kind.YES_NO}):
        return _empty(field)
    return _READERS[field.kind](field, text)


def _text(field: Field, sent: object) -> str:
    """Numbers and toggles may come as JSON values."""
    match sent:
        case bool():
            return "true" if sent else "false"
        case int() if -(10**_DIGITS) < sent < 10**_DIGITS:
            return str(sent)
        case float():
            return repr(sent)
        case str():
            return _whole_characters(field, sent)
        case _:
            return _refuse(field, "must be text or a number")


def _whole_characters(field: Field, sent: str) -> str:
    if len(sent) > MOST:
        _refuse(field, f"may have {MOST:,} characters; yours has {len(sent):,}")
    # JSON can hold halves of characters, which no store takes.
    return sent.replace("\r\n", "\n").encode(errors="replace").decode()


def _same(text: str, start: str) -> bool:
    """Clients may drop what nobody sees, and spaces around a text."""
    return text == start or clean(text).strip() == clean(start).strip()


def _kept(field: Field) -> object:
    return field.start if field.start is not ABSENT else _empty(field)


def _empty(field: Field) -> object:
    begun = field.start is not ABSENT
    if field.nullable and (field.required or begun):
        return None
    if field.kind is Kind.CHOICES and (field.required or begun):
        return []
    if field.required:
        _refuse(field, "is needed")
    return ABSENT


def _refuse(field: Field, words: str) -> Never:
    raise InvalidInputError(f"{unmarked(field.title, 60) or 'A field'} {words}.")


# ---- one reader for each kind ----------------------------------------------------------------


def _number(field: Field, text: str) -> float:
    text = text.strip()
    if len(text) <= _DIGITS and _WHOLE.fullmatch(text):
        return int(text)
    if len(text) <= _DIGITS and _NUMBER.fullmatch(text) and isfinite(float(text)):
        return float(text)
    _refuse(field, f"must be a number such as 12 or 3.5, not “{unmarked(text, 60)}”")


def _whole(field: Field, text: str) -> int:
    number = _number(field, text)
    if number != int(number):
        _refuse(field, f"must be a whole number, not {number}")
    return int(number)


def _yes_no(field: Field, text: str) -> bool:
    if text.lower() not in {"true", "false"}:
        _refuse(field, "must be yes or no")
    return text.lower() == "true"


def _choice(field: Field, text: str) -> object:
    text = text.strip()
    if text.isascii() and text.isdecimal() and len(text) <= len(str(len(field.choices))):
        place = int(text)
        if place < len(field.choices):
            return field.choices[place].value
    _refuse(field, "must be one of the choices")


def _choices(field: Field, text: str) -> list[object]:
    places = text.split(",", len(field.choices))
    chosen = [_choice(field, place) for place in dict.fromkeys(places)]
    return [choice.value for choice in field.choices if choice.value in chosen]


def _json(field: Field, text: str) -> object:
    try:
        return cast(object, json.loads(text, parse_constant=_no_number))
    except (ValueError, RecursionError) as error:
        where = f": line {error.lineno} cannot be read" if isinstance(error, json.JSONDecodeError) else ""
        _refuse(field, f"must be JSON{where}")


def _no_number(name: str) -> Never:
    raise ValueError(name)


_READERS: dict[Kind, Callable[[Field, str], object]] = {
    Kind.TEXT: lambda _, text: text.strip(),
    Kind.LONG_TEXT: lambda _, text: text,
    Kind.DATE: lambda _, text: text.strip(),
    Kind.TIME: lambda _, text: text.strip(),
    Kind.NUMBER: _number,
    Kind.WHOLE: _whole,
    Kind.YES_NO: _yes_no,
    Kind.CHOICE: _choice,
    Kind.CHOICES: _choices,
    Kind.JSON: _json,
}
