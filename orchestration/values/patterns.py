"""Whether a text has a pattern, in time that is linear in the text whatever the pattern.

Python's own expressions try one way after the other and can take years. RE2 follows all ways at once, which
leaves out looking around and references back.
"""
# The library has neither py.typed nor stubs.
# pyright: reportMissingTypeStubs=false

import re
from functools import lru_cache
from typing import Any

import re2

LONGEST_PATTERN, LONGEST_TEXT = 500, 10_000
"""Characters of a pattern and of a text."""

_CODE = re.compile(r"((?:^|[^\\])(?:\\\\)*)\\u([0-9a-fA-F]{4})")
"""How JSON Schema writes a character by its number, which RE2 writes differently."""


class PatternError(ValueError):
    """A pattern that cannot be used."""


def found(pattern: str, text: str) -> bool:
    """Whether the pattern is somewhere in the text. Raises PatternError."""
    if len(text) > LONGEST_TEXT:
        raise PatternError(f"only texts of up to {LONGEST_TEXT:,} characters can be compared")
    return parsed(pattern).search(text) is not None


@lru_cache(maxsize=256)
def parsed(pattern: str) -> Any:
    """Return the compiled pattern. Raises PatternError for what cannot be used."""
    if len(pattern) > LONGEST_PATTERN:
        raise PatternError(f"it has more than {LONGEST_PATTERN} characters")
    library: Any = re2
    options = library.Options()
    options.log_errors = False
    try:
        return library.compile(_CODE.sub(r"\1\\x{\2}", pattern), options)
    except library.error as error:
        raise PatternError(f"the pattern cannot be used: {_words(error)}") from None


def _words(error: Exception) -> str:
    said = error.args[0] if error.args else ""
    return said.decode(errors="replace") if isinstance(said, bytes) else str(said)
