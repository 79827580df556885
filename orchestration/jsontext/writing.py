"""A value as JSON, which is looked through before and written in pieces."""

import json
from collections.abc import Iterable, Iterator
from math import isfinite
from typing import Any

from orchestration.errors import StepError
from orchestration.sizes import refuse_too_much

DEPTH = 200
"""Levels of lists and objects."""

LIGHT, BATCH = 200, 100
"""Values in a list or object that is written in one piece, and how many of these are one piece together."""

_BITS = 14_000
"""Of a whole number: Python reads no more than 4,300 digits."""

Container = list[Any] | dict[Any, Any]
Pair = tuple[Any, Any]
"""A key or index, and the item."""

_write = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode


def written(value: object) -> str:
    """Return the JSON. Raises StepError for what is no JSON, and for more than a step may pass on."""
    text = "".join(_Writer(value).pieces(value))
    refuse_too_much(len(text.encode("utf-8", "surrogatepass")))
    return text


class _NoJsonError(Exception):
    """Collects the path on its way up."""

    def __init__(self, what: str) -> None:
        super().__init__(what)
        self.path: list[str | int] = []

    @property
    def where(self) -> str:
        parts = (f"[{key}]" if isinstance(key, int) else f".{key[:40]}" for key in reversed(self.path))
        return "$" + "".join(parts)


class _Writer:
    def __init__(self, value: object) -> None:
        self._heavy: set[int] = set()
        self._count = 0
        try:
            self._weight(value, 0)
        except _NoJsonError as error:
            raise StepError(
                f"This step passes on what JSON cannot hold: {error}, at {error.where}."
            ) from None

    # ---- weighing -----------------------------------------------------------------------

    def _weight(self, value: Any, depth: int) -> int:
        """Return how many values this one is made of, and note the lists and objects that are not light."""
        if type(value) not in {list, dict}:
            return _scalar(value)
        container: Container = value
        self._look(container, depth)
        weight = 1 + sum(self._weighed(key, item, depth + 1) for key, item in _pairs(container))
        if weight > LIGHT:
            self._heavy.add(id(container))
        return weight

    def _weighed(self, key: str | int, item: Any, depth: int) -> int:
        try:
            return self._weight(item, depth)
        except _NoJsonError as error:
            error.path.append(key)
            raise

    def _look(self, container: Container, depth: int) -> None:
        self._count += len(container)
        refuse_too_much(self._count)  # each value takes a byte at least
        if depth == DEPTH:
            raise _NoJsonError(f"more than {DEPTH} levels, or something inside itself")
        if isinstance(container, dict):
            for key in container:
                if type(key) is not str:
                    raise _NoJsonError(f"the key {key!r:.40}, which is no text")

    # ---- writing ------------------------------------------------------------------------

    def pieces(self, value: Any) -> Iterator[str]:
        if id(value) not in self._heavy:
            yield _write(value)
            return
        keyed = type(value) is dict
        between = "{" if keyed else "["
        for group in self._groups(_pairs(value)):
            yield between
            yield from self._group(group, keyed=keyed)
            between = ","
        yield "}" if keyed else "]"

    def _groups(self, pairs: Iterable[Pair]) -> Iterator[list[Pair]]:
        """Return heavy items alone and light ones together."""
        batch: list[Pair] = []
        for pair in pairs:
            heavy = id(pair[1]) in self._heavy
            if batch and (heavy or len(batch) == BATCH):
                yield batch
                batch = []
            batch.append(pair)
            if heavy:
                yield batch
                batch = []
        if batch:
            yield batch

    def _group(self, group: list[Pair], *, keyed: bool) -> Iterator[str]:
        if len(group) > 1:
            yield _write(dict(group) if keyed else [item for _, item in group])[1:-1]
            return
        for key, item in group:
            yield f"{_write(key)}:" if keyed else ""
            yield from self.pieces(item)


def _pairs(container: Container) -> Iterable[Pair]:
    return enumerate(container) if isinstance(container, list) else container.items()


def _scalar(value: object) -> int:
    kind = type(value)
    if kind is str or kind is bool or value is None:
        return 1
    if isinstance(value, int) and kind is int and value.bit_length() <= _BITS:
        return 1
    if isinstance(value, float) and kind is float and isfinite(value):
        return 1
    raise _NoJsonError(_strange(value))


def _strange(value: object) -> str:
    if type(value) is int:
        return "a whole number of more than 4,200 digits"
    if type(value) is float:
        return f"the number {value}"
    return f"a value of the type {type(value).__name__}"
