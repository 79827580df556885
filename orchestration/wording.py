"""Putting other people's words into our sentences."""

import re

_ACTIVE = re.compile(r"[\[\]()<>*_`~#|\\]+")


def quoted(words: str, limit: int = 40) -> str:
    """Return a short quotation that cannot be read as markup or as a link."""
    return f"“{unmarked(words, limit)}”"


def unmarked(words: str, limit: int) -> str:
    """Return at most `limit` characters that cannot be read as markup or as a link."""
    plain = " ".join(_ACTIVE.sub(" ", words).replace("://", " ").split())
    return f"{plain[:limit]}{'…' if len(plain) > limit else ''}"
