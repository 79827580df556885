"""Values that somebody might fill in: for a run that nobody answers by hand."""

from collections.abc import Mapping
from typing import cast

from orchestration.forms.fields import ABSENT, Field, Form, Kind

_DAY, _HOUR, _WORDS = "2030-01-15", "09:00", "Example"
_FORMATS = {"email": "person@example.com", "uri": "https://example.com", "date-time": f"{_DAY}T{_HOUR}:00Z"}


def sample(form: Form) -> dict[str, object]:
    """Return values for a form: those it begins with, and something simple where it must have more."""
    values = {field.name: _value(field, form) for field in form.fields if _wanted(field)}
    rest = form.rest.start if form.rest else None
    return {**values, **(cast(dict[str, object], rest) if isinstance(rest, dict) else {})}


def _wanted(field: Field) -> bool:
    return field.required or field.start is not ABSENT


def _value(field: Field, form: Form) -> object:
    if field.start is not ABSENT:
        return field.start
    part = cast(Mapping[str, Mapping[str, object]], form.schema.get("properties", {})).get(field.name, {})
    examples = part.get("examples")
    if isinstance(examples, list) and examples:
        return cast(list[object], examples)[0]
    return _of_kind(field, part)


def _of_kind(field: Field, part: Mapping[str, object]) -> object:
    match field.kind:
        case Kind.CHOICE:
            return field.choices[0].value
        case Kind.CHOICES:
            return [field.choices[0].value]
        case Kind.NUMBER | Kind.WHOLE:
            return _number(field)
        case Kind.YES_NO:
            return True
        case Kind.DATE:
            return _DAY
        case Kind.TIME:
            return _HOUR
        case Kind.JSON:
            return list[object]() if part.get("type") == "array" else dict[str, object]()
        case Kind.TEXT | Kind.LONG_TEXT:
            return _text(field, part)


def _number(field: Field) -> float | int:
    least = 1 if field.least is None else max(field.least, 1)
    number = least if field.most is None else min(least, field.most)
    return int(number) if field.kind is Kind.WHOLE or number == int(number) else number


def _text(field: Field, part: Mapping[str, object]) -> str:
    text = _FORMATS.get(str(part.get("format")), _WORDS)
    least = part.get("minLength")
    longer = text + "." * max(0, least - len(text)) if isinstance(least, int) else text
    return longer[: field.max_length] if field.max_length else longer
