"""Values, comparisons and built-in functions of the Cosmos DB query language.

The language has one value JSON lacks: *undefined*, the value of a property that does not exist.
Comparing or computing with it gives undefined again, and a WHERE clause keeps only what is true.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable
from enum import IntEnum
from typing import Any


class SqlError(Exception):
    """The query text is not valid; the service answers 400 with code SC1001."""


class _Undefined:
    def __repr__(self) -> str:
        return "undefined"

    def __bool__(self) -> bool:
        return False


UNDEFINED = _Undefined()


class Kind(IntEnum):
    """The types of the language in their sort order."""

    UNDEFINED = 0
    NULL = 1
    BOOLEAN = 2
    NUMBER = 3
    STRING = 4
    ARRAY = 5
    OBJECT = 6


_ORDERED = {Kind.NULL, Kind.BOOLEAN, Kind.NUMBER, Kind.STRING}


def kind_of(value: Any) -> Kind:
    if value is UNDEFINED:
        return Kind.UNDEFINED
    if value is None:
        return Kind.NULL
    if isinstance(value, bool):
        return Kind.BOOLEAN
    if isinstance(value, int | float):
        return Kind.NUMBER
    if isinstance(value, str):
        return Kind.STRING
    return Kind.ARRAY if isinstance(value, list) else Kind.OBJECT


def equal(left: Any, right: Any) -> Any:
    """True, False, or undefined when one side is undefined."""
    if left is UNDEFINED or right is UNDEFINED:
        return UNDEFINED
    return kind_of(left) == kind_of(right) and left == right


def negate(value: Any) -> Any:
    return not value if isinstance(value, bool) else UNDEFINED


def compare(operator: str, left: Any, right: Any) -> Any:
    """Apply =, !=, <>, <, <=, > or >=; values of different types are not ordered."""
    if operator == "=":
        return equal(left, right)
    if operator in ("!=", "<>"):
        return negate(equal(left, right))
    if kind_of(left) != kind_of(right) or kind_of(left) not in _ORDERED:
        return UNDEFINED
    if left is None:
        return operator in ("<=", ">=")
    return _ORDERINGS[operator](left, right)


_ORDERINGS: dict[str, Callable[[Any, Any], bool]] = {
    "<": lambda left, right: left < right,
    "<=": lambda left, right: left <= right,
    ">": lambda left, right: left > right,
    ">=": lambda left, right: left >= right,
}


def between(value: Any, low: Any, high: Any) -> Any:
    above, below = compare(">=", value, low), compare("<=", value, high)
    if above is UNDEFINED or below is UNDEFINED:
        return UNDEFINED
    return above and below


def like(value: Any, pattern: Any) -> Any:
    """LIKE with % for any text and _ for one character."""
    if kind_of(value) != Kind.STRING or kind_of(pattern) != Kind.STRING:
        return UNDEFINED
    wildcards = {"%": ".*", "_": "."}
    expression = "".join(wildcards.get(letter, re.escape(letter)) for letter in pattern)
    return re.fullmatch(expression, value, re.DOTALL) is not None


def arithmetic(operator: str, left: Any, right: Any) -> Any:
    if operator == "||":
        return _concat(left, right)
    if kind_of(left) != Kind.NUMBER or kind_of(right) != Kind.NUMBER:
        return UNDEFINED
    try:
        return _ARITHMETIC[operator](left, right)
    except (ZeroDivisionError, ValueError):
        return UNDEFINED


def _remainder(left: float, right: float) -> float:
    """The remainder with the sign of the dividend."""
    result = math.fmod(left, right)
    return int(result) if isinstance(left, int) and isinstance(right, int) else result


_ARITHMETIC: dict[str, Callable[[Any, Any], Any]] = {
    "+": lambda left, right: left + right,
    "-": lambda left, right: left - right,
    "*": lambda left, right: left * right,
    "/": lambda left, right: left / right,
    "%": _remainder,
}


def sort_key(value: Any) -> tuple[int, Any]:
    """Order by type first; arrays and objects are all alike."""
    kind = kind_of(value)
    return kind, value if kind in _ORDERED and value is not None else 0


def freeze(value: Any) -> str:
    """A hashable stand-in with the same equality, for DISTINCT and GROUP BY."""
    if value is UNDEFINED:
        return "undefined"
    return json.dumps(value, sort_keys=True)


def _takes(kind: Kind, function: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """Undefined for an argument of any other kind."""
    return lambda value: function(value) if kind_of(value) == kind else UNDEFINED


def _is(kind: Kind) -> Callable[[Any], bool]:
    return lambda value: kind_of(value) == kind


def _compares_text(function: Callable[[str, str], Any]) -> Callable[..., Any]:
    """Two strings and, optionally, true to ignore case."""

    def call(left: Any, right: Any, ignore_case: Any = False) -> Any:  # noqa: FBT002 - called as in SQL
        if kind_of(left) != Kind.STRING or kind_of(right) != Kind.STRING:
            return UNDEFINED
        if ignore_case is True:
            return function(left.lower(), right.lower())
        return function(left, right)

    return call


def _concat(*parts: Any) -> Any:
    if any(kind_of(part) != Kind.STRING for part in parts):
        return UNDEFINED
    return "".join(parts)


def _array_contains(array: Any, wanted: Any, partial: Any = False) -> Any:  # noqa: FBT002 - called as in SQL
    if kind_of(array) != Kind.ARRAY or wanted is UNDEFINED:
        return UNDEFINED
    if partial is True and isinstance(wanted, dict):
        return any(_includes(element, wanted) for element in array)
    return any(equal(element, wanted) is True for element in array)


def _includes(element: Any, wanted: dict[str, Any]) -> bool:
    if not isinstance(element, dict):
        return False
    return all(name in element and element[name] == value for name, value in wanted.items())


def _substring(text: Any, start: Any, length: Any) -> Any:
    if kind_of(text) != Kind.STRING:
        return UNDEFINED
    if kind_of(start) != Kind.NUMBER or kind_of(length) != Kind.NUMBER:
        return UNDEFINED
    return text[int(start) : int(start) + int(length)]


def _to_string(value: Any) -> Any:
    if value is UNDEFINED or isinstance(value, str):
        return value
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


def _regex_match(text: Any, pattern: Any, modifiers: Any = "") -> Any:
    if kind_of(text) != Kind.STRING or kind_of(pattern) != Kind.STRING:
        return UNDEFINED
    flags = re.IGNORECASE if "i" in str(modifiers) else re.NOFLAG
    return re.search(pattern, text, flags) is not None


def _round(number: float) -> int:
    """A half goes away from zero; Python's own goes to the even neighbour."""
    return int(math.copysign(math.floor(abs(number) + 0.5), number))


FUNCTIONS: dict[str, Callable[..., Any]] = {
    "ABS": _takes(Kind.NUMBER, abs),
    "ARRAY_CONTAINS": _array_contains,
    "ARRAY_LENGTH": _takes(Kind.ARRAY, len),
    "CEILING": _takes(Kind.NUMBER, math.ceil),
    "CONCAT": _concat,
    "CONTAINS": _compares_text(lambda text, part: part in text),
    "ENDSWITH": _compares_text(str.endswith),
    "FLOOR": _takes(Kind.NUMBER, math.floor),
    "IIF": lambda condition, yes, no: yes if condition is True else no,
    "INDEX_OF": _compares_text(str.find),
    "IS_ARRAY": _is(Kind.ARRAY),
    "IS_BOOL": _is(Kind.BOOLEAN),
    "IS_DEFINED": lambda value: value is not UNDEFINED,
    "IS_NULL": _is(Kind.NULL),
    "IS_NUMBER": _is(Kind.NUMBER),
    "IS_OBJECT": _is(Kind.OBJECT),
    "IS_STRING": _is(Kind.STRING),
    "LENGTH": _takes(Kind.STRING, len),
    "LOWER": _takes(Kind.STRING, str.lower),
    "REGEXMATCH": _regex_match,
    "ROUND": _takes(Kind.NUMBER, _round),
    "STARTSWITH": _compares_text(str.startswith),
    "STRINGEQUALS": _compares_text(str.__eq__),
    "SUBSTRING": _substring,
    "TOSTRING": _to_string,
    "TRIM": _takes(Kind.STRING, str.strip),
    "UPPER": _takes(Kind.STRING, str.upper),
}


def _of_numbers(compute: Callable[[list[Any]], Any]) -> Callable[[list[Any]], Any]:
    """Anything else among the values makes the result undefined; what is undefined is not among them."""

    def aggregate(values: list[Any]) -> Any:
        return compute(values) if all(kind_of(value) == Kind.NUMBER for value in values) else UNDEFINED

    return aggregate


AGGREGATES: dict[str, Callable[[list[Any]], Any]] = {
    "AVG": _of_numbers(lambda values: sum(values) / len(values) if values else UNDEFINED),
    "COUNT": len,
    "MAX": lambda values: max(values, key=sort_key, default=UNDEFINED),
    "MIN": lambda values: min(values, key=sort_key, default=UNDEFINED),
    "SUM": _of_numbers(sum),
}
