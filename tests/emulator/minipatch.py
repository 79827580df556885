"""Partial document update: add, set, replace, remove, incr and move, on a copy of the item."""

from __future__ import annotations

import copy
from typing import Any

from tests.emulator.minierrors import CosmosError

MAX_OPERATIONS = 10
_READ_ONLY = ("id", "_rid", "_etag", "_ts", "_self")


def patched(document: dict[str, Any], operations: list[dict[str, Any]]) -> dict[str, Any]:
    """The document after all operations; the original is left alone."""
    if len(operations) > MAX_OPERATIONS:
        raise CosmosError(400, f"The number of patch operations can't exceed '{MAX_OPERATIONS}'.")
    result = copy.deepcopy(document)
    for operation in operations:
        _apply(result, operation)
    return result


def _apply(document: dict[str, Any], operation: dict[str, Any]) -> None:
    path = _segments(operation["path"])
    if path[0] in _READ_ONLY:
        raise CosmosError(400, f"'{path[0]}' is a system property and cannot be patched.")
    name, value = operation["op"].lower(), operation.get("value")
    if name == "move":
        name, value = "set", _take(document, _segments(operation["from"]))
    parent = _parent(document, path)
    if isinstance(parent, list):
        _patch_array(parent, name, path[-1], value)
    else:
        _patch_object(parent, name, path[-1], value)


def _segments(path: str) -> list[str]:
    """Split a JSON pointer, in which ``~1`` is a slash and ``~0`` a tilde."""
    return [part.replace("~1", "/").replace("~0", "~") for part in path.split("/")[1:]]


def _parent(document: Any, path: list[str]) -> Any:
    node = document
    for segment in path[:-1]:
        try:
            node = node[int(segment)] if isinstance(node, list) else node[segment]
        except (KeyError, IndexError, ValueError, TypeError):
            raise CosmosError(
                400, f"No path found beyond '{segment}'; patch does not create parents."
            ) from None
    return node


def _take(document: Any, path: list[str]) -> Any:
    parent = _parent(document, path)
    try:
        return parent.pop(int(path[-1]) if isinstance(parent, list) else path[-1])
    except (KeyError, IndexError, ValueError):
        raise CosmosError(400, "The node to be moved is absent.") from None


def _patch_array(array: list[Any], name: str, segment: str, value: Any) -> None:
    if segment != "-" and not segment.isdigit():
        raise CosmosError(400, f"'{segment}' is not an array index.")
    position = len(array) if segment == "-" else int(segment)
    if name == "add" and position <= len(array):
        array.insert(position, value)
    elif position >= len(array):
        raise CosmosError(400, "The array index is out of range.")
    elif name == "remove":
        array.pop(position)
    elif name == "incr":
        array[position] = _sum(array[position], value)
    else:
        array[position] = value


def _patch_object(node: dict[str, Any], name: str, key: str, value: Any) -> None:
    if name in ("remove", "replace") and key not in node:
        raise CosmosError(400, "The node to be replaced or removed is absent.")
    if name == "remove":
        del node[key]
    elif name == "incr":
        node[key] = _sum(node.get(key, 0), value)
    else:
        node[key] = value


def _sum(current: Any, increment: Any) -> Any:
    for number in (current, increment):
        if isinstance(number, bool) or not isinstance(number, int | float):
            raise CosmosError(400, "Only numbers can be incremented.")
    return current + increment
