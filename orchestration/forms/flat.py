"""A schema with the only way that it leaves put into one, so that a field can be read off it."""

from typing import cast


def without_null(schema: object) -> tuple[dict[str, object], bool]:
    """Return a schema with one type, as far as it has one, and whether null is allowed beside it."""
    if not isinstance(schema, dict):
        return {}, False
    part = _flat(cast(dict[str, object], schema))
    types = part.get("type")
    if not isinstance(types, list):
        nullable = types == "null"
        return part, nullable
    others = [each for each in cast(list[object], types) if each != "null"]
    nullable = len(others) < len(cast(list[object], types))
    return {**part, "type": others[0] if len(others) == 1 else ""}, nullable


def _flat(part: dict[str, object]) -> dict[str, object]:
    """Put the only way that a schema leaves, beside null, into one."""
    for word in ("allOf", "anyOf", "oneOf"):
        ways = cast(list[object], part.get(word, []))
        others = [way for way in ways if not _null(way)]
        if len(others) != 1 or not isinstance(others[0], dict):
            continue
        only = _flat(cast(dict[str, object], others[0]))
        outer = {name: item for name, item in part.items() if name != word}
        if not set(outer) & set(only) - {"title", "description", "default"}:
            merged = {**only, **outer}
            return {**merged, "type": [only.get("type"), "null"]} if len(others) < len(ways) else merged
    return part


def _null(way: object) -> bool:
    return isinstance(way, dict) and cast(dict[str, object], way).get("type") == "null"
