"""Which parts of what earlier steps came to a step gets, and under which names. Pure.

A path is the id of a step, or "input", and then names of fields and numbers of list entries, counted from 0:
"analyse", "analyse.customer_id", "customer.orders.0.amount".
"""

import sys
from collections.abc import Collection, Iterable, Mapping
from typing import cast

from orchestration.errors import StepError
from orchestration.values.faults import in_words
from orchestration.wording import quoted

Takes = Mapping[str, str]
"""Paths, by the names under which the step gets what is there."""

_MOST = 10
"""Fields that are named when one is missing."""


def sources(takes: Takes) -> frozenset[str]:
    """Return the ids of the steps from which something is taken."""
    return frozenset(_first(path) for path in takes.values())


def mapped(takes: Takes, outputs: Mapping[str, object], *, step: str) -> dict[str, object]:
    """Return what a step gets, by name. Raises StepError for what is not there, with what is."""
    return {name: picked(path, outputs, step=step, name=name) for name, path in takes.items()}


def picked(path: str, outputs: Mapping[str, object], *, step: str, name: str) -> object:
    """Return what lies at a path, as it is. Raises StepError."""
    found: object = outputs
    way = list[str]()
    for part in path.split("."):
        if not _there(found, part):
            wanted = f"Step {quoted(step)} takes {quoted(name, 80)} from {quoted(path, 200)}"
            raise StepError(f"{wanted}, but {_missing(way, part, found)}.")
        found = _item(found, part)
        way.append(part)
    return found


def _first(path: str) -> str:
    return path.split(".", 1)[0]


def _there(value: object, part: str) -> bool:
    if isinstance(value, dict):
        return part in cast(dict[str, object], value)
    return isinstance(value, list) and _number(part) < len(cast(list[object], value))


def _item(value: object, part: str) -> object:
    if isinstance(value, list):
        return cast(list[object], value)[_number(part)]
    return cast(dict[str, object], value)[part]


def _number(part: str) -> int:
    digits = part.isascii() and part.isdecimal() and len(part) <= 9  # noqa: PLR2004 - no list is longer
    return int(part) if digits else sys.maxsize


def _missing(way: list[str], part: str, value: object) -> str:
    if not way:
        return f"no step {quoted(part)} has come to anything yet; there is {_names(value)}"
    where = quoted(".".join(way), 200)
    if isinstance(value, dict):
        return f"{where} has no field {quoted(part, 80)}; it has {_names(cast(object, value))}"
    if isinstance(value, list):
        return f"{where} has no entry {quoted(part, 80)}; it is {in_words(cast(object, value))}"
    return f"{where} has no field {quoted(part, 80)}; it is {in_words(value)}"


def _names(value: object) -> str:
    names = list(cast(Collection[str], value))
    shown = [quoted(name) for name in names[:_MOST]]
    more = len(names) - len(shown)
    return _listed([*shown, f"{more:,} more"] if more else shown)


def _listed(words: Iterable[str]) -> str:
    *first, last = [*words] or ["nothing"]
    return f"{', '.join(first)} and {last}" if first else last
