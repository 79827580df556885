"""Values against a JSON Schema (Draft 2020-12). The only module that imports jsonschema."""
# The library has neither py.typed nor stubs; every function below states its own types.
# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false, reportUnknownParameterType=false

import json
from collections.abc import Iterator
from fractions import Fraction
from functools import lru_cache
from typing import Any, cast

from jsonschema import Draft202012Validator, FormatChecker
from jsonschema.exceptions import SchemaError, ValidationError, best_match
from jsonschema.validators import extend
from referencing import Registry

from orchestration.errors import InvalidInputError
from orchestration.values import faults, formats, patterns
from orchestration.values.onetext import canonical, refuse_strange
from orchestration.values.schemas import broken, filled
from orchestration.wording import quoted


def checked(schema: object, value: object) -> None:
    """Return if the value is as the schema says.

    Raises InvalidInputError with what was expected where, and what is there; StepError for a schema that
    cannot be used. Takes about 0.3 s for each MB of small records: what may be large belongs into a thread.
    """
    validator = _validator(_text(schema))
    try:
        refuse_strange(value)
    except ValueError as error:
        raise InvalidInputError(f"These values cannot be used: {error}.") from None
    error = next(validator.iter_errors(value), None)
    if error is not None:
        raise InvalidInputError(faults.sentence(_fault(_closest(error)), validator.schema))


def sound(schema: object) -> dict[str, object]:
    """Return the schema with its references filled in, fields in their order. Raises StepError."""
    whole = filled(schema)
    try:
        Draft202012Validator.check_schema(whole, format_checker=FormatChecker(formats=()))
    except SchemaError as error:
        where = ", ".join(str(step) for step in error.absolute_path)
        raise broken(f"at {quoted(where or 'its top', 120)}, {quoted(error.message, 200)}") from None
    return whole


def _text(schema: object) -> str:
    try:
        canonical(schema)
        return json.dumps(schema)
    except ValueError as error:
        raise broken(str(error)) from None


@lru_cache(maxsize=64)
def _validator(text: str) -> Any:
    # Without references nothing is looked up; the empty registry would refuse.
    return _Validator(sound(json.loads(text)), registry=Registry(), format_checker=_formats())


def _closest(error: ValidationError) -> ValidationError:
    """Where several ways are allowed, the fault in the one that comes nearest."""
    return cast(ValidationError, best_match([error]))


def _fault(error: ValidationError) -> faults.Fault:
    return faults.Fault(
        path=tuple(error.absolute_path),
        keyword=str(error.validator),
        expected=cast(object, error.validator_value),
        actual=cast(object, error.instance),
        schema=cast(object, error.schema),
    )


# ---- what the library does otherwise --------------------------------------------------------


def _pattern(_: Any, pattern: str, value: object, __: object) -> Iterator[ValidationError]:
    try:
        if isinstance(value, str) and not patterns.found(pattern, value):
            yield ValidationError("pattern")
    except patterns.PatternError as error:
        raise InvalidInputError(f"These values cannot be checked: {error}.") from None


def _multiple_of(_: Any, step: float, value: object, __: object) -> Iterator[ValidationError]:
    """With floats 19.99 would be no multiple of 0.01."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return
    if (Fraction(str(value)) / Fraction(str(step))).denominator != 1:
        yield ValidationError("multipleOf")


def _unique(_: Any, wanted: object, value: object, __: object) -> Iterator[ValidationError]:
    """The library compares each item with each."""
    items = cast(list[object], value) if isinstance(value, list) else []
    if wanted and len({canonical(item) for item in items}) < len(items):
        yield ValidationError("uniqueItems")


def _formats() -> FormatChecker:
    checker = FormatChecker(formats=())
    for name in formats.EXAMPLES:
        checker.checks(name)(_fitting(name))
    return checker


def _fitting(name: str) -> Any:
    def fits(value: object) -> bool:
        return not isinstance(value, str) or formats.fits(name, value)

    return fits


_Validator: Any = extend(
    Draft202012Validator, {"pattern": _pattern, "multipleOf": _multiple_of, "uniqueItems": _unique}
)
