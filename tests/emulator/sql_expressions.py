"""Builds the closures that the parser puts together: each takes a row and returns a value."""

from __future__ import annotations

from typing import Any

from tests.emulator.sql_query import Expression, Query, Scope
from tests.emulator.sql_values import (
    AGGREGATES,
    FUNCTIONS,
    UNDEFINED,
    Kind,
    SqlError,
    arithmetic,
    equal,
    kind_of,
)


def constant(value: Any) -> Expression:
    return lambda _: value


def parameter(name: str) -> Expression:
    return lambda scope: scope.parameters.get(name, UNDEFINED)


def alias(name: str) -> Expression:
    return lambda scope: scope.aliases.get(name, UNDEFINED)


def first_defined(left: Expression, right: Expression) -> Expression:
    """``left ?? right``"""

    def evaluate(scope: Scope) -> Any:
        value = left(scope)
        return right(scope) if value is UNDEFINED else value

    return evaluate


def either(left: Expression, right: Expression) -> Expression:
    """``left OR right``: true as soon as one is, undefined unless both are false."""

    def evaluate(scope: Scope) -> Any:
        values = (left(scope), right(scope))
        if any(value is True for value in values):
            return True
        return False if all(value is False for value in values) else UNDEFINED

    return evaluate


def both(left: Expression, right: Expression) -> Expression:
    """``left AND right``: false as soon as one is, undefined unless both are true."""

    def evaluate(scope: Scope) -> Any:
        values = (left(scope), right(scope))
        if any(value is False for value in values):
            return False
        return True if all(value is True for value in values) else UNDEFINED

    return evaluate


def one_of(left: Expression, choices: list[Expression]) -> Expression:
    """``left IN (choices)``"""

    def evaluate(scope: Scope) -> Any:
        value = left(scope)
        if value is UNDEFINED:
            return UNDEFINED
        return any(equal(value, choice(scope)) is True for choice in choices)

    return evaluate


def computed(operator: str, left: Expression, right: Expression) -> Expression:
    return lambda scope: arithmetic(operator, left(scope), right(scope))


def array(items: list[Expression]) -> Expression:
    """``[items]``; undefined elements are left out."""

    def evaluate(scope: Scope) -> Any:
        values = [item(scope) for item in items]
        return [value for value in values if value is not UNDEFINED]

    return evaluate


def object_of(members: list[tuple[str, Expression]]) -> Expression:
    """``{name: expression}``; undefined members are left out."""

    def evaluate(scope: Scope) -> Any:
        pairs = [(name, expression(scope)) for name, expression in members]
        return {name: value for name, value in pairs if value is not UNDEFINED}

    return evaluate


def member(container: Expression, key: Expression) -> Expression:
    """``container.key`` and ``container[key]``, for objects and arrays."""

    def evaluate(scope: Scope) -> Any:
        value, name = container(scope), key(scope)
        if isinstance(value, dict) and isinstance(name, str):
            return value.get(name, UNDEFINED)
        is_index = isinstance(value, list) and kind_of(name) == Kind.NUMBER
        return value[int(name)] if is_index and 0 <= name < len(value) else UNDEFINED

    return evaluate


def exists(query: Query) -> Expression:
    return lambda scope: bool(query.run_inside(scope))


def scalar(query: Query) -> Expression:
    """A subquery in parentheses: its first result."""
    return lambda scope: next(iter(query.run_inside(scope)), UNDEFINED)


def aggregate(name: str, argument: Expression) -> Expression:
    def evaluate(scope: Scope) -> Any:
        values = [argument(row) for row in scope.group]
        return AGGREGATES[name]([value for value in values if value is not UNDEFINED])

    return evaluate


def function(name: str, arguments: list[Expression]) -> Expression:
    def evaluate(scope: Scope) -> Any:
        values = [argument(scope) for argument in arguments]
        try:
            return FUNCTIONS[name](*values)
        except TypeError as error:
            raise SqlError(f"'{name}' does not accept these arguments.") from error

    return evaluate
