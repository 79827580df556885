"""Splits query text into tokens."""

from __future__ import annotations

import re
from typing import Any, NamedTuple

from tests.emulator.sql_values import SqlError

KEYWORDS = frozenset(
    {
        "AND", "ARRAY", "AS", "ASC", "BETWEEN", "BY", "DESC",
        "DISTINCT", "EXISTS", "FALSE", "FROM", "GROUP", "IN", "JOIN",
        "LIKE", "LIMIT", "NOT", "NULL", "OFFSET", "OR", "ORDER",
        "SELECT", "TOP", "TRUE", "UNDEFINED", "VALUE", "WHERE",
    }
)  # fmt: skip

_TOKEN = re.compile(
    r"""(?:\s|--[^\n]*(?:\n|$))*
    (?:(?P<number>\d+\.?\d*(?:[eE][+-]?\d+)?)
      |(?P<string>'(?:[^'\\]|\\.|'')*'|"(?:[^"\\]|\\.)*")
      |(?P<parameter>@\w+)
      |(?P<name>[A-Za-z_]\w*)
      |(?P<operator>\?\?|\|\||<>|!=|<=|>=|[-+*/%(),.\[\]{}:=<>?])
      |(?P<end>;?\s*$))""",
    re.VERBOSE,
)
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f"}


class Token(NamedTuple):
    """``value`` is what the parser compares, ``text`` what the author wrote."""

    kind: str
    value: Any
    text: str


def syntax_error(text: str) -> SqlError:
    return SqlError(f"Syntax error, incorrect syntax near '{text}'.")


def tokenize(text: str) -> list[Token]:
    """All tokens of the query, closed by one of kind ``end``."""
    tokens: list[Token] = []
    position = 0
    while not tokens or tokens[-1].kind != "end":
        match = _TOKEN.match(text, position)
        if match is None:
            raise syntax_error(text[position : position + 12].strip())
        tokens.append(_token(match))
        position = match.end()
    return tokens


def _token(match: re.Match[str]) -> Token:
    kind = str(match.lastgroup)
    text = match.group(kind)
    if kind == "name" and text.upper() in KEYWORDS:
        return Token("keyword", text.upper(), text)
    if kind == "number":
        return Token(kind, float(text) if re.search("[.eE]", text) else int(text), text)
    if kind == "string":
        return Token(kind, _unquote(text), text)
    return Token(kind, text, text)


def _unquote(text: str) -> str:
    inner = text[1:-1]
    if text[0] == "'":
        inner = inner.replace("''", "'")
    return re.sub(r"\\(u[0-9a-fA-F]{4}|.)", _unescape, inner, flags=re.DOTALL)


def _unescape(match: re.Match[str]) -> str:
    code = match.group(1)
    if len(code) > 1:
        return chr(int(code[1:], 16))
    return _ESCAPES.get(code, code)
