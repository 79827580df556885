"""What is wrong with a value, in words: what was expected, what is there, and where."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import cast

from orchestration.values.formats import EXAMPLES
from orchestration.values.onetext import canonical
from orchestration.values.titles import titled
from orchestration.wording import quoted, unmarked

_INSIDE = " \u203a "
_NAME, _VALUE, _MOST, _LEVELS = 60, 60, 10, 6
"""Characters of a name and a value; allowed values and levels that are named."""

_TYPES = {
    "string": "text",
    "number": "a number",
    "integer": "a whole number",
    "boolean": "yes or no",
    "array": "a list",
    "object": "a group of named values",
    "null": "empty",
}


@dataclass(frozen=True)
class Fault:
    """One rule that a value breaks. `expected` is what stands behind the rule's name in the schema."""

    path: tuple[str | int, ...]
    keyword: str
    expected: object
    actual: object
    schema: object


def sentence(fault: Fault, schema: object) -> str:
    """Return for example "Amount must be at most 500, not 900."; `schema` is the whole one."""
    if fault.keyword in _OF_PARTS:
        name, rest = _OF_PARTS[fault.keyword](fault)
        return f"{_where((*fault.path, name), schema)} {rest}."
    say = _SAID.get(fault.keyword)
    rest = say(fault) if say else f"does not fit what is asked for; it is {in_words(fault.actual)}"
    return f"{_where(fault.path, schema)} {rest}."


def in_words(value: object) -> str:
    """Return a short text that stands for a value."""
    match value:
        case None:
            return "empty"
        case bool():
            return "yes" if value else "no"
        case str():
            return quoted(value, _VALUE) if value.strip() else "empty text"
        case int() | float():
            return _brief(canonical(value))
        case list():
            return f"a list of {len(cast(list[object], value)):,}"
        case _:
            return "a group of values"


def _brief(number: str) -> str:
    return number if len(number) <= _VALUE else f"{number[:20]}… ({len(number):,} digits)"


# ---- where -----------------------------------------------------------------------------------


def _where(path: Sequence[str | int], schema: object) -> str:
    names, within = list[str](), [schema]
    for step in path:
        within = [below for each in within for below in _below(each, step)]
        names.append(f"entry {step + 1}" if isinstance(step, int) else _title(step, within))
    shown = names if len(names) <= _LEVELS else ["…", *names[-_LEVELS:]]
    return _INSIDE.join(shown) or "The whole"


def _title(name: str, schemas: Sequence[object]) -> str:
    given = (titled("", schema) for schema in schemas if _title_in(schema))
    return unmarked(next(given, titled(name)), _NAME) or "Unnamed"


def _title_in(schema: object) -> bool:
    return isinstance(schema, dict) and bool(cast(dict[str, object], schema).get("title"))


def _below(schema: object, step: str | int) -> Iterator[object]:
    """The schemas of one item, wherever the schema has them."""
    if not isinstance(schema, dict):
        return
    parts = cast(dict[str, object], schema)
    named = parts.get("properties")
    if isinstance(step, str) and isinstance(named, dict) and step in named:
        yield cast(dict[str, object], named)[step]
    elif "items" in parts and isinstance(step, int):
        yield parts["items"]
    for ways in (parts.get("allOf"), parts.get("anyOf"), parts.get("oneOf")):
        for way in cast(list[object], ways or []):
            yield from _below(way, step)


# ---- what ------------------------------------------------------------------------------------

_Said = Callable[[Fault], str]


def _must(words: str) -> _Said:
    return lambda fault: f"must be {words} {in_words(fault.expected)}, not {in_words(fault.actual)}"


def _type(fault: Fault) -> str:
    one = not isinstance(fault.expected, list)
    names = [fault.expected] if one else cast(list[object], fault.expected)
    words = [_TYPES.get(str(name), str(name)) for name in names]
    return f"must be {_or(words)}, not {in_words(fault.actual)}"


def _one_of(fault: Fault) -> str:
    allowed = [in_words(each) for each in cast(list[object], fault.expected)]
    more = len(allowed) - _MOST
    words = _or([*allowed[:_MOST], f"{more} more"] if more > 0 else allowed)
    return f"must be {words}, not {in_words(fault.actual)}"


def _or(words: Sequence[str]) -> str:
    *first, last = words or ["nothing"]  # an empty enum allows that
    return f"{', '.join(first)} or {last}" if first else last


def _count(words: str, unit: str) -> _Said:
    def said(fault: Fault) -> str:
        size, wanted = len(cast(Sequence[object], fault.actual)), int(cast(float, fault.expected))
        plural = unit if wanted != 1 else unit.removesuffix("s").replace("entrie", "entry")
        return f"must have {words} {wanted:,} {plural}; it has {size:,}"

    return said


def _format(fault: Fault) -> str:
    return f"must be {EXAMPLES.get(str(fault.expected), 'of another form')}, not {in_words(fault.actual)}"


def _pattern(fault: Fault) -> str:
    """An expression tells people nothing: an example does, or the description."""
    schema = cast(dict[str, object], fault.schema)
    examples, description = schema.get("examples"), schema.get("description")
    if isinstance(examples, list) and examples:
        return (
            f"must look like {in_words(cast(list[object], examples)[0])}, not like {in_words(fault.actual)}"
        )
    hint = f": {unmarked(description, 200)}" if isinstance(description, str) else ""
    return f"does not have the form that is asked for; it is {in_words(fault.actual)}{hint}".rstrip(".")


_SAID: dict[str, _Said] = {
    "type": _type,
    "enum": _one_of,
    "const": lambda fault: f"must be {in_words(fault.expected)}, not {in_words(fault.actual)}",
    "minimum": _must("at least"),
    "maximum": _must("at most"),
    "exclusiveMinimum": _must("more than"),
    "exclusiveMaximum": _must("less than"),
    "multipleOf": _must("a multiple of"),
    "minLength": _count("at least", "characters"),
    "maxLength": _count("at most", "characters"),
    "minItems": _count("at least", "entries"),
    "maxItems": _count("at most", "entries"),
    "minProperties": _count("at least", "values"),
    "maxProperties": _count("at most", "values"),
    "uniqueItems": lambda _: "must not have the same entry twice",
    "format": _format,
    "pattern": _pattern,
    "oneOf": lambda fault: f"fits more than one of what is allowed; it is {in_words(fault.actual)}",
    "None": lambda fault: f"must not be given; it is {in_words(fault.actual)}",  # the schema false
}


def _missing(fault: Fault) -> tuple[str, str]:
    given = cast(dict[str, object], fault.actual)
    names = cast(list[str], fault.expected)
    return next((name for name in names if name not in given), ""), "is needed"


def _unknown(fault: Fault) -> tuple[str, str]:
    known = cast(dict[str, dict[str, object]], fault.schema).get("properties", {})
    given = cast(dict[str, object], fault.actual)
    return next((name for name in given if name not in known), ""), "is not one of the known fields"


_OF_PARTS: dict[str, Callable[[Fault], tuple[str, str]]] = {
    "required": _missing,
    "additionalProperties": _unknown,
}
