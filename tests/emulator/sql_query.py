"""A parsed query and its execution over plain dictionaries."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from tests.emulator.sql_values import UNDEFINED, SqlError, freeze, sort_key


@dataclass(slots=True)
class Scope:
    """What an expression can see. ``group`` holds the rows an aggregate runs over."""

    aliases: dict[str, Any]
    parameters: dict[str, Any]
    group: list[Scope] = field(default_factory=list)

    def bind(self, alias: str, value: Any) -> Scope:
        return Scope({**self.aliases, alias: value}, self.parameters)


Expression = Callable[[Scope], Any]


@dataclass(slots=True)
class Binding:
    """``FROM alias`` without values, ``FROM alias IN values`` or ``JOIN alias IN values``."""

    alias: str
    values: Expression | None = None


@dataclass(slots=True)
class Query:
    """One SELECT. ``columns`` is None for ``SELECT *``; ``value`` is set for SELECT VALUE."""

    distinct: bool = False
    top: Expression | None = None
    value: Expression | None = None
    columns: list[tuple[str, Expression]] | None = None
    source: Binding | None = None
    joins: list[Binding] = field(default_factory=list)
    where: Expression | None = None
    group_by: list[Expression] = field(default_factory=list)
    order_by: list[tuple[Expression, bool]] = field(default_factory=list)
    offset: Expression | None = None
    limit: Expression | None = None
    aggregates: bool = False
    identifiers: set[str] = field(default_factory=set)

    def run(self, documents: Iterable[Any], parameters: dict[str, Any]) -> list[Any]:
        """Execute over the documents of a container."""
        outer = Scope({}, parameters)
        if self.source is None:
            return self._finish([outer], outer)
        if self.source.values is None:
            rows = [outer.bind(self.source.alias, document) for document in documents]
        else:
            roots = [outer.bind("c", item).bind("root", item) for item in documents]
            rows = _expand(roots, self.source)
        return self._finish(rows, outer)

    def run_inside(self, outer: Scope) -> list[Any]:
        """Execute as a subquery of one row of the enclosing query."""
        rows = [outer] if self.source is None else _expand([outer], self.source)
        return self._finish(rows, outer)

    def _finish(self, rows: list[Scope], outer: Scope) -> list[Any]:
        for join in self.joins:
            rows = _expand(rows, join)
        rows = self._sorted(self._grouped(self._filtered(rows), outer))
        return self._sliced(self._projected(rows), outer)

    def _filtered(self, rows: list[Scope]) -> list[Scope]:
        if self.where is None:
            return rows
        return [row for row in rows if self.where(row) is True]

    def _grouped(self, rows: list[Scope], outer: Scope) -> list[Scope]:
        if self.group_by:
            groups: dict[tuple[str, ...], list[Scope]] = {}
            for row in rows:
                key = tuple(freeze(expression(row)) for expression in self.group_by)
                groups.setdefault(key, []).append(row)
            return [Scope(group[0].aliases, outer.parameters, group) for group in groups.values()]
        if self.aggregates:
            return [Scope(outer.aliases, outer.parameters, rows)]
        return rows

    def _sorted(self, rows: list[Scope]) -> list[Scope]:
        """Rows whose sort value is undefined are left out, as with the default index policy."""
        for expression, descending in reversed(self.order_by):
            keyed = [(expression(row), row) for row in rows]
            keyed = [pair for pair in keyed if pair[0] is not UNDEFINED]
            keyed.sort(key=lambda pair: sort_key(pair[0]), reverse=descending)
            rows = [row for _, row in keyed]
        return rows

    def _projected(self, rows: list[Scope]) -> list[Any]:
        if self.value is not None:
            results = [self.value(row) for row in rows]
            results = [result for result in results if result is not UNDEFINED]
        elif self.columns is None:
            alias = self.source.alias if self.source else ""
            results = [row.aliases[alias] for row in rows]
        else:
            results = [_record(self.columns, row) for row in rows]
        return _unique(results) if self.distinct else results

    def _sliced(self, results: list[Any], scope: Scope) -> list[Any]:
        if self.top is not None:
            results = results[: _count(self.top, scope)]
        if self.limit is not None and self.offset is not None:
            start = _count(self.offset, scope)
            results = results[start : start + _count(self.limit, scope)]
        return results


def _expand(rows: list[Scope], binding: Binding) -> list[Scope]:
    """One row for every element of the array that the binding names."""
    expanded = []
    for row in rows:
        values = binding.values(row) if binding.values else UNDEFINED
        elements = values if isinstance(values, list) else []
        expanded += [row.bind(binding.alias, element) for element in elements]
    return expanded


def _record(columns: list[tuple[str, Expression]], row: Scope) -> dict[str, Any]:
    """One result object; undefined columns are absent."""
    pairs = [(name, expression(row)) for name, expression in columns]
    return {name: value for name, value in pairs if value is not UNDEFINED}


def _unique(results: list[Any]) -> list[Any]:
    """Without repetitions, in order of first appearance."""
    seen: dict[str, Any] = {}
    for result in results:
        seen.setdefault(freeze(result), result)
    return list(seen.values())


def _count(expression: Expression, scope: Scope) -> int:
    """The value of TOP, OFFSET or LIMIT."""
    value = expression(scope)
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise SqlError("TOP, OFFSET and LIMIT need a non-negative integer.")
    return value
