"""Parses query text into a :class:`sql_query.Query` whose expressions are closures."""

from __future__ import annotations

from typing import NamedTuple

from tests.emulator import sql_expressions as build
from tests.emulator.sql_query import Binding, Expression, Query
from tests.emulator.sql_tokens import Token, syntax_error, tokenize
from tests.emulator.sql_values import (
    AGGREGATES,
    FUNCTIONS,
    UNDEFINED,
    SqlError,
    between,
    compare,
    like,
    negate,
)

_CONSTANTS = {"TRUE": True, "FALSE": False, "NULL": None, "UNDEFINED": UNDEFINED}
_COMPARISONS = ("=", "!=", "<>", "<", "<=", ">", ">=")


class _Path(NamedTuple):
    """Where the last property path began and ended, and the name it gives a column."""

    start: int
    end: int
    name: str | None


class Parser:
    """Recursive descent, one method for each level of precedence."""

    def __init__(self, text: str) -> None:
        self._tokens = tokenize(text)
        self._position = 0
        self._query = Query()
        self._path = _Path(0, 0, None)

    def parse(self) -> Query:
        """The whole text as one query in which every identifier is known."""
        query = self._select()
        if self._peek().kind != "end":
            raise syntax_error(self._peek().text)
        for name in sorted(query.identifiers):
            raise SqlError(f"Identifier '{name}' could not be resolved.")
        return query

    # --- tokens ---

    def _peek(self, ahead: int = 0) -> Token:
        return self._tokens[min(self._position + ahead, len(self._tokens) - 1)]

    def _take(self) -> Token:
        token = self._peek()
        self._position += 1
        return token

    def _at(self, *values: str) -> bool:
        token = self._peek()
        return token.kind in ("keyword", "operator") and token.value in values

    def _accept(self, *values: str) -> str | None:
        return str(self._take().value) if self._at(*values) else None

    def _expect(self, value: str) -> None:
        if not self._accept(value):
            raise syntax_error(self._peek().text)

    def _identifier(self) -> str:
        if self._peek().kind not in ("name", "keyword"):
            raise syntax_error(self._peek().text)
        return self._take().text

    def _list(self, closing: str) -> list[Expression]:
        """Expressions separated by commas, up to and including the closing bracket."""
        items: list[Expression] = []
        while not self._accept(closing):
            if items:
                self._expect(",")
            items.append(self._expression())
        return items

    def _series(self) -> list[Expression]:
        items = [self._expression()]
        while self._accept(","):
            items.append(self._expression())
        return items

    # --- clauses ---

    def _select(self) -> Query:
        enclosing, self._query = self._query, Query()
        query = self._query
        self._expect("SELECT")
        query.distinct = bool(self._accept("DISTINCT"))
        if self._accept("TOP"):
            query.top = self._expression()
        self._projection(query)
        if self._accept("FROM"):
            self._from(query)
        if self._accept("WHERE"):
            query.where = self._expression()
        if self._accept("GROUP"):
            self._expect("BY")
            query.group_by = self._series()
        self._order_and_limit(query)
        self._resolve(query)
        self._query = enclosing
        return query

    def _projection(self, query: Query) -> None:
        if self._accept("VALUE"):
            query.value = self._expression()
        elif not self._accept("*"):
            query.columns = [self._column(1)]
            while self._accept(","):
                query.columns.append(self._column(len(query.columns) + 1))

    def _column(self, number: int) -> tuple[str, Expression]:
        start = self._position
        expression = self._expression()
        if self._accept("AS") or self._peek().kind == "name":
            return self._identifier(), expression
        path = self._path
        if path.name and (path.start, path.end) == (start, self._position):
            return path.name, expression
        return f"${number}", expression

    def _from(self, query: Query) -> None:
        alias = self._identifier()
        if self._accept("IN"):
            query.source = Binding(alias, self._expression())
        elif self._accept("AS") or self._peek().kind == "name":
            query.source = Binding(self._identifier())
        else:
            query.source = Binding(alias)
        while self._accept("JOIN"):
            alias = self._identifier()
            self._expect("IN")
            query.joins.append(Binding(alias, self._expression()))

    def _order_and_limit(self, query: Query) -> None:
        if self._accept("ORDER"):
            self._expect("BY")
            query.order_by = [self._sort_key()]
            while self._accept(","):
                query.order_by.append(self._sort_key())
        if self._accept("OFFSET"):
            query.offset = self._expression()
            self._expect("LIMIT")
            query.limit = self._expression()

    def _sort_key(self) -> tuple[Expression, bool]:
        expression = self._expression()
        return expression, self._accept("ASC", "DESC") == "DESC"

    def _resolve(self, query: Query) -> None:
        """Drop the identifiers this query defines; what is left must come from outside."""
        bindings = [query.source] if query.source else []
        query.identifiers -= {binding.alias for binding in [*bindings, *query.joins]}
        if query.source and query.source.values:
            query.identifiers -= {"c", "root"}

    def _subquery(self) -> Query:
        query = self._select()
        self._expect(")")
        self._query.identifiers |= query.identifiers
        return query

    # --- expressions, from the loosest operator to the tightest ---

    def _expression(self) -> Expression:
        condition = self._coalesce()
        if not self._accept("?"):
            return condition
        yes = self._expression()
        self._expect(":")
        no = self._expression()
        return lambda scope: yes(scope) if condition(scope) is True else no(scope)

    def _coalesce(self) -> Expression:
        left = self._or()
        while self._accept("??"):
            left = build.first_defined(left, self._or())
        return left

    def _or(self) -> Expression:
        left = self._and()
        while self._accept("OR"):
            left = build.either(left, self._and())
        return left

    def _and(self) -> Expression:
        left = self._not()
        while self._accept("AND"):
            left = build.both(left, self._not())
        return left

    def _not(self) -> Expression:
        if not self._accept("NOT"):
            return self._comparison()
        inner = self._not()
        return lambda scope: negate(inner(scope))

    def _comparison(self) -> Expression:
        left = self._sum()
        negated = self._at("NOT") and self._peek(1).value in ("IN", "BETWEEN", "LIKE")
        if negated:
            self._take()
        test = self._test(left)
        return (lambda scope: negate(test(scope))) if negated else test

    def _test(self, left: Expression) -> Expression:
        if self._accept("IN"):
            self._expect("(")
            return build.one_of(left, self._list(")"))
        if self._accept("LIKE"):
            pattern = self._sum()
            return lambda scope: like(left(scope), pattern(scope))
        if self._accept("BETWEEN"):
            low = self._sum()
            self._expect("AND")
            high = self._sum()
            return lambda scope: between(left(scope), low(scope), high(scope))
        operator = self._accept(*_COMPARISONS)
        if operator is None:
            return left
        right = self._sum()
        return lambda scope: compare(operator, left(scope), right(scope))

    def _sum(self) -> Expression:
        left = self._product()
        while operator := self._accept("+", "-", "||"):
            left = build.computed(operator, left, self._product())
        return left

    def _product(self) -> Expression:
        left = self._sign()
        while operator := self._accept("*", "/", "%"):
            left = build.computed(operator, left, self._sign())
        return left

    def _sign(self) -> Expression:
        if not self._accept("-"):
            return self._property_path()
        return build.computed("-", build.constant(0), self._sign())

    def _property_path(self) -> Expression:
        start, token = self._position, self._peek()
        expression = self._primary()
        alone = token.kind == "name" and self._position == start + 1
        name = token.text if alone else None
        while bracket := self._accept(".", "["):
            if bracket == ".":
                name = self._identifier()
                expression = build.member(expression, build.constant(name))
            else:
                name = self._peek().value if self._peek().kind == "string" else None
                expression = build.member(expression, self._expression())
                self._expect("]")
        self._path = _Path(start, self._position, name)
        return expression

    def _primary(self) -> Expression:
        token = self._peek()
        if token.kind in ("number", "string"):
            return build.constant(self._take().value)
        if token.kind == "parameter":
            return build.parameter(self._take().text)
        if token.kind == "name":
            return self._name_or_call()
        if token.kind == "keyword" and token.value in _CONSTANTS:
            return build.constant(_CONSTANTS[self._take().value])
        return self._bracketed()

    def _bracketed(self) -> Expression:
        if self._accept("("):
            return self._parentheses()
        if self._accept("["):
            return build.array(self._list("]"))
        if self._accept("{"):
            return self._object()
        if keyword := self._accept("EXISTS", "ARRAY"):
            self._expect("(")
            query = self._subquery()
            return query.run_inside if keyword == "ARRAY" else build.exists(query)
        raise syntax_error(self._peek().text)

    def _parentheses(self) -> Expression:
        if self._at("SELECT"):
            return build.scalar(self._subquery())
        inner = self._expression()
        self._expect(")")
        return inner

    def _object(self) -> Expression:
        members: list[tuple[str, Expression]] = []
        while not self._accept("}"):
            if members:
                self._expect(",")
            name = str(self._take().value)
            self._expect(":")
            members.append((name, self._expression()))
        return build.object_of(members)

    def _name_or_call(self) -> Expression:
        name = self._take().text
        if not self._accept("("):
            self._query.identifiers.add(name)
            return build.alias(name)
        return self._call(name, self._list(")"))

    def _call(self, name: str, arguments: list[Expression]) -> Expression:
        upper = name.upper()
        if upper in AGGREGATES and len(arguments) == 1:
            self._query.aggregates = True
            return build.aggregate(upper, arguments[0])
        if upper not in FUNCTIONS:
            raise SqlError(f"'{name}' is not a recognized built-in function name.")
        return build.function(upper, arguments)
