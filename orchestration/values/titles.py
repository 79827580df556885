"""What to call a field."""

import re
from typing import cast

_HUMP = re.compile(r"(?<=[a-z])[A-Z](?=[a-z])")


def titled(name: str, schema: object = None) -> str:
    """Return the title that the schema gives, else the name in words: "due_date" is "Due date"."""
    fields = cast(dict[str, object], schema) if isinstance(schema, dict) else {}
    title = fields.get("title")
    given = " ".join(title.split()) if isinstance(title, str) else ""
    return given or _worded(name)


def _worded(name: str) -> str:
    spaced = _HUMP.sub(lambda hump: f" {hump[0].lower()}", name)
    words = " ".join(re.sub(r"[_-]+", " ", spaced).split())
    return words[:1].upper() + words[1:] if words else "Unnamed"
