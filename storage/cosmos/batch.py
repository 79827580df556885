"""What one commit sends, and what is known of the document it depends on. Pure."""

from collections import OrderedDict
from typing import Any, NamedTuple

from orchestration.errors import SignoffError
from orchestration.model import RunKey
from storage.values import Json

MOST_OPERATIONS = 100
"""In one batch; the service allows no more."""

MOST_HEADS = 2000
"""Heads that are remembered, so that a write after a read needs no further request."""

WRITES_KEPT = 8
"""Nonces of the latest writes in a head: a writer finds its own even when others have written since."""


class Head(NamedTuple):
    """The stored state of the document that stands for its partition."""

    version: int = 0
    etag: str = ""
    writes: tuple[str, ...] = ()

    def extended(self, nonce: str) -> list[str]:
        """Return the nonces that the next state carries."""
        return [*self.writes, nonce][-WRITES_KEPT:]


def head_of(item: Json) -> Head:
    """Return the state that an item shows, when it stands for its partition."""
    return Head(item["version"], item["_etag"], tuple(item.get("writes", ())))


class Heads:
    """The heads seen lately. They may be outdated: the service has the last word, by their etags."""

    def __init__(self) -> None:
        self._known: OrderedDict[RunKey, Head] = OrderedDict()

    def see(self, item: Json) -> None:
        """Remember the item if it is a head."""
        if "version" in item:
            key = RunKey(item["tenant"], item["run"])
            self._known[key] = head_of(item)
            self._known.move_to_end(key)
        if len(self._known) > MOST_HEADS:
            self._known.popitem(last=False)

    def take(self, key: RunKey) -> Head:
        """Return what is known and forget it: after a write without an answer it is worth nothing."""
        return self._known.pop(key, Head())


class Batch(NamedTuple):
    """A head, then items to put, then items to create, with the nonce of this write."""

    key: RunKey
    etag: str
    nonce: str
    items: list[Json]
    changed: int

    def operations(self) -> list[tuple[Any, ...]]:
        """Return new operations with every call: azure-cosmos takes the condition out of what it is given."""
        head, *rest = self.items
        create, replace = ("create", (head,)), ("replace", (head["id"], head), {"if_match_etag": self.etag})
        puts = [("upsert", (item,)) for item in rest[: self.changed]]
        return [replace if self.etag else create, *puts, *_creates(rest[self.changed :])]


def _creates(items: list[Json]) -> list[tuple[Any, ...]]:
    return [("create", (item,)) for item in items]


def require_room(items: list[Json]) -> None:
    """Raise SignoffError when a change has more records than a batch can hold."""
    if len(items) > MOST_OPERATIONS:
        raise SignoffError(
            f"This step changes {len(items)} records at once; Cosmos DB takes {MOST_OPERATIONS} at most."
        )
