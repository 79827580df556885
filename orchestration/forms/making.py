"""The form for a schema."""

from collections.abc import Mapping, Sequence
from typing import cast

from orchestration.errors import StepError
from orchestration.forms.choices import Room, choices_of
from orchestration.forms.fields import ABSENT, Choice, Field, Form, Kind
from orchestration.forms.flat import without_null
from orchestration.values import canonical, sound, titled

MOST_FIELDS, MOST_WORDS = 30, 12_000
"""Fields, and bytes of titles and choices over all of them. More has no room on one card."""

LONGEST_TITLE, LONGEST_CHOICE = 100, 60
"""Bytes that are shown of these."""

_CHOICE_COST, _LONG_TEXT, _CALM_START = 30, 200, 80


def form_of(schema: object, start: object = None) -> Form:
    """Return the form for an object. Raises StepError for a schema or values that no form can show.

    `start` has the values to begin with; None: those that the schema calls default.
    """
    whole = sound(schema)
    if whole.get("type", "object") != "object":
        raise StepError("A form is for a group of named values; this schema is for something else.")
    given = _given(start)
    named = cast(dict[str, object], whole.get("properties", {}))
    if len(named) > MOST_FIELDS:
        raise StepError(f"A form can have {MOST_FIELDS} fields; this one would have {len(named)}.")
    required, room = cast(list[str], whole.get("required", [])), Room()
    fields = tuple(
        _field(f"v.{index}", name, part, required=name in required, given=given, room=room)
        for index, (name, part) in enumerate(named.items())
    )
    _refuse_many_words(fields)
    return Form(fields, whole, _rest(named, required, given))


def _given(start: object) -> dict[str, object] | None:
    if start is None:
        return None
    if not isinstance(start, dict):
        raise StepError("The values that a form begins with must be a group of named values.")
    try:
        canonical(cast(object, start))
    except ValueError as error:
        raise StepError(f"A form cannot begin with these values: {error}.") from None
    return cast(dict[str, object], start)


def _refuse_many_words(fields: Sequence[Field]) -> None:
    titles = sum(min(len(each.title.encode()), LONGEST_TITLE) for each in fields)
    choices = [choice for each in fields for choice in each.choices]
    words = titles + sum(min(len(each.title.encode()), LONGEST_CHOICE) + _CHOICE_COST for each in choices)
    if words > MOST_WORDS:
        raise StepError("The titles and choices of this form are too long for one card.")


def _rest(
    named: Mapping[str, object], required: Sequence[str], given: Mapping[str, object] | None
) -> Field | None:
    values = {name: value for name, value in (given or {}).items() if name not in named}
    if not values and named and set(required) <= set(named):
        return None
    title = "Other values" if named else "Values"
    return Field("v.rest", "", title, Kind.JSON, start=values or ABSENT)


# ---- one field -------------------------------------------------------------------------------


def _field(
    id: str, name: str, schema: object, *, required: bool, given: Mapping[str, object] | None, room: Room
) -> Field:
    part, nullable = without_null(schema)
    hint, start = part.get("description"), _start(name, part, given)
    choices = choices_of(part, room)
    return Field(
        id=id,
        name=name,
        title=titled(name, part),
        kind=_kind(part, choices, start),
        hint=hint if isinstance(hint, str) else "",
        required=required,
        nullable=nullable,
        start=start,
        choices=choices,
        least=_bound(part, "minimum"),
        most=_bound(part, "maximum"),
        max_length=int(_bound(part, "maxLength") or 0),
    )


def _start(name: str, part: Mapping[str, object], given: Mapping[str, object] | None) -> object:
    return part.get("default", ABSENT) if given is None else given.get(name, ABSENT)


def _bound(part: Mapping[str, object], name: str) -> float | None:
    value = part.get(name)
    return value if isinstance(value, int | float) else None


def _kind(part: Mapping[str, object], choices: Sequence[Choice], start: object) -> Kind:
    if choices:
        return Kind.CHOICES if part.get("type") == "array" else Kind.CHOICE
    match part.get("type"):
        case "string":
            return _text_kind(part, start)
        case "number":
            return Kind.NUMBER
        case "integer":
            return Kind.WHOLE
        case "boolean":
            return Kind.YES_NO
        case _:
            return Kind.JSON


def _text_kind(part: Mapping[str, object], start: object) -> Kind:
    if part.get("format") in {"date", "time"}:
        return Kind(str(part["format"]))
    longest = _bound(part, "maxLength") or 0
    begun = isinstance(start, str) and (len(start) > _CALM_START or "\n" in start or "\r" in start)
    return Kind.LONG_TEXT if part.get("x-multiline") is True or longest > _LONG_TEXT or begun else Kind.TEXT
