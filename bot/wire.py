"""Reading JSON that comes from outside: what has the wrong type counts as absent."""

from typing import Any, cast

Json = dict[str, Any]


def record(value: object) -> Json:
    """Return the value if it is a JSON object, else an empty one."""
    return cast(Json, value) if isinstance(value, dict) else {}


def items(value: object) -> list[object]:
    """Return the value if it is a JSON array, else an empty one."""
    return cast(list[object], value) if isinstance(value, list) else []


def words(value: object) -> str:
    """Return the value if it is a text, else an empty one."""
    return value if isinstance(value, str) else ""
