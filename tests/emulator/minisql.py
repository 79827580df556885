"""A subset of the Cosmos DB for NoSQL query language, in plain Python, for tests.

``SELECT [DISTINCT] [TOP n] [VALUE] ... FROM ... [JOIN ... IN ...] [WHERE] [GROUP BY] [ORDER BY]
[OFFSET ... LIMIT ...]`` with parameters, subqueries (EXISTS, ARRAY, scalar), IN, BETWEEN, LIKE,
``??``, ``? :``, arithmetic, about thirty built-in functions and the five aggregates. Not included:
user-defined functions, vector, full-text and geography functions, computed properties.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import Any

from tests.emulator.sql_parser import Parser
from tests.emulator.sql_query import Query
from tests.emulator.sql_values import SqlError

__all__ = ["SqlError", "execute", "parse"]


@lru_cache(maxsize=500)
def parse(text: str) -> Query:
    """Parse a query; raises :class:`SqlError` when the text is not valid."""
    return Parser(text).parse()


def execute(text: str, documents: Iterable[Any], parameters: dict[str, Any] | None = None) -> list[Any]:
    """The results of a query over the documents, in order."""
    return parse(text).run(documents, parameters or {})
