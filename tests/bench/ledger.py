"""The look-alike of Cosmos DB, in this process, keeping an account of each operation on items. Slower for it.

Bytes are those of request bodies; request units are the emulator's, by Microsoft's table for sizes. Neither
depends on the machine.
"""

import json
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from tests.emulator.minicosmos import MiniCosmos
from tests.emulator.minihttp import Reply, Request

READ, DOCUMENT = "read", "document"
"""What is called so when it is only read, or when an item does not say what kind it is."""
RECORDS = frozenset({"run", "approval", "failure", "posting", "event", "text", "place", "worker", "notices"})
"""Kinds of items of Signoff that are no part of a checkpoint; all others are, whatever they are called."""


@dataclass(frozen=True)
class Entry:
    """One operation: when, on what kind of item, how many bytes and request units, and how many requests."""

    at: float
    kind: str
    sent: int
    units: float
    requests: int

    @property
    def of_checkpoint(self) -> bool:
        return self.kind not in RECORDS and self.kind != READ


@dataclass(frozen=True)
class Cost:
    """What some operations cost together."""

    sent: float = 0.0
    units: float = 0.0
    requests: float = 0.0

    @staticmethod
    def of(entries: Iterable[Entry]) -> "Cost":
        kept = list(entries)
        sent, units = sum(entry.sent for entry in kept), sum(entry.units for entry in kept)
        return Cost(sent, units, sum(entry.requests for entry in kept))


class Ledger(MiniCosmos):
    """An emulator that remembers what was asked of it."""

    def __init__(self) -> None:
        super().__init__()
        self._entries: list[Entry] = []

    def answer(self, request: Request) -> Reply:
        reply = super().answer(request)
        if "docs" in request.segments:
            self._entries += _entries(request, reply, time.monotonic())
        return reply

    def taken(self) -> list[Entry]:
        """What came since this was last called."""
        entries, self._entries = self._entries, []
        return entries


def _entries(request: Request, reply: Reply, at: float) -> Iterator[Entry]:
    if request.is_batch:
        results: list[dict[str, Any]] = json.loads(reply.body)
        for number, (operation, result) in enumerate(zip(request.json(), results, strict=True)):
            size = len(json.dumps(operation, separators=(",", ":")))
            yield Entry(
                at, _kind(operation.get("resourceBody")), size, result["requestCharge"], int(number == 0)
            )
    elif request.is_query or request.method == "GET":
        yield Entry(at, READ, len(request.body), reply.charge, 1)
    else:
        yield Entry(at, _kind(request.json()), len(request.body), reply.charge, 1)


def _kind(item: Any) -> str:
    return item.get("kind", DOCUMENT) if isinstance(item, dict) else DOCUMENT


def between(entries: Sequence[Entry], times: Sequence[float]) -> list[list[Entry]]:
    """The entries from each time to the next."""
    return [[entry for entry in entries if start <= entry.at < end] for start, end in pairwise(times)]
