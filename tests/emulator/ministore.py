"""One container in memory: its items by logical partition, their versions and their expiry."""

from __future__ import annotations

import base64
import time
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tests.emulator.minierrors import CosmosError, throttled
from tests.emulator.minihash import effective_partition_key
from tests.emulator.minijson import to_json
from tests.emulator.miniunits import Budget

MAX_ITEM_BYTES = 2 * 1024 * 1024

_SYSTEM_PROPERTIES = {"_rid", "_self", "_etag", "_ts", "_attachments", "_lsn"}
_MISSING: dict[str, Any] = {}  # how a missing key property is written on the wire

KeyValues = Sequence[Any]
PartitionId = tuple[tuple[str, Any], ...]


@dataclass(slots=True)
class StoredItem:
    """An item as it lies in the container; ``lsn`` orders all writes of the container."""

    body: dict[str, Any]
    raw: bytes
    size: int
    lsn: int
    expires_at: float | None
    key: KeyValues

    @property
    def etag(self) -> str:
        return str(self.body["_etag"])

    def alive(self, now: float) -> bool:
        return self.expires_at is None or self.expires_at > now


def partition_id(values: KeyValues) -> PartitionId:
    """A hashable form of key values that keeps ``1``, ``true`` and ``"1"`` apart."""
    return tuple(_component(value) for value in values)


def _component(value: Any) -> tuple[str, Any]:
    if isinstance(value, bool) or value is None or isinstance(value, str):
        return type(value).__name__, value
    if isinstance(value, int | float):
        return "number", value
    return "missing", ""


class Container:
    """Storage of one container and its throughput budget."""

    def __init__(self, properties: dict[str, Any], resource_id: bytes, per_second: int) -> None:
        self.properties = properties
        self.budget = Budget(per_second)
        self.lsn = 0
        definition = properties["partitionKey"]
        self.hierarchical = definition.get("kind") == "MultiHash"
        self.key_paths = [_path(path) for path in definition["paths"]]
        self._resource_id = resource_id
        self._created = 0
        self._partitions: dict[PartitionId, dict[str, StoredItem]] = {}
        self._hashes: dict[PartitionId, str] = {}
        self._undo: list[tuple[PartitionId, str, StoredItem | None]] = []

    def admit(self) -> None:
        """Raise 429 when the throughput of this second is used up."""
        wait = self.budget.wait_ms()
        if wait:
            raise throttled(wait)

    def set_throughput(self, per_second: int) -> None:
        self.budget = Budget(per_second)

    def change_properties(self, wanted: Mapping[str, Any]) -> None:
        """Take over what may be changed later: the default ttl and the indexing policy."""
        self.properties.pop("defaultTtl", None)
        for name in ("defaultTtl", "indexingPolicy"):
            if name in wanted:
                self.properties[name] = wanted[name]

    # --- reading ---

    def key_of(self, body: Mapping[str, Any]) -> KeyValues:
        """The partition key values inside an item."""
        return [_dig(body, path) for path in self.key_paths]

    def find(self, key: KeyValues, item_id: str) -> StoredItem | None:
        items = self._partitions.get(partition_id(key), {})
        item = items.get(item_id)
        if item is not None and not item.alive(time.time()):
            del items[item_id]
            return None
        return item

    def items(self, key: KeyValues | None = None) -> list[StoredItem]:
        """Living items of one partition, of all partitions under a key prefix, or of all."""
        now = time.time()
        partitions = self._under(partition_id(key or ()))
        return [item for items in partitions for item in items.values() if item.alive(now)]

    def _under(self, prefix: PartitionId) -> list[dict[str, StoredItem]]:
        if len(prefix) == len(self.key_paths):
            return [self._partitions.get(prefix, {})]
        length = len(prefix)
        return [items for name, items in self._partitions.items() if name[:length] == prefix]

    def effective_key(self, item: StoredItem) -> str:
        """The hash of the item's partition key, remembered per partition."""
        name = partition_id(item.key)
        if name not in self._hashes:
            self._hashes[name] = effective_partition_key(item.key, hierarchical=self.hierarchical)
        return self._hashes[name]

    # --- writing ---

    def write(self, body: Mapping[str, Any], key: KeyValues, old: StoredItem | None) -> StoredItem:
        """Store a new version; raises 413 above the size limit."""
        content = {name: value for name, value in body.items() if name not in _SYSTEM_PROPERTIES}
        size = len(to_json(content))
        if size > MAX_ITEM_BYTES:
            raise CosmosError(413, "Request size is too large")
        self.lsn += 1
        expires_at = self._expiry(content)
        self._add_system_properties(content, old)
        item = StoredItem(content, to_json(content), size, self.lsn, expires_at, key)
        name = partition_id(key)
        self._partitions.setdefault(name, {})[content["id"]] = item
        self._undo.append((name, content["id"], old))
        return item

    def remove(self, item: StoredItem) -> None:
        name, item_id = partition_id(item.key), item.body["id"]
        del self._partitions[name][item_id]
        self.lsn += 1
        self._undo.append((name, item_id, item))

    def remove_partition(self, key: KeyValues) -> None:
        self._partitions.pop(partition_id(key), None)
        self.lsn += 1

    def begin(self) -> None:
        """From here on, writes can be taken back."""
        self._undo.clear()

    def roll_back(self) -> None:
        for name, item_id, old in reversed(self._undo):
            if old is None:
                self._partitions[name].pop(item_id, None)
            else:
                self._partitions[name][item_id] = old

    def _add_system_properties(self, content: dict[str, Any], old: StoredItem | None) -> None:
        resource_id = old.body["_rid"] if old else self._next_resource_id()
        content["_rid"] = resource_id
        content["_self"] = f"{self.properties['_self']}docs/{resource_id}/"
        content["_etag"] = f'"{self.lsn:08x}-0000-0100-0000-{uuid.uuid4().hex[:12]}"'
        content["_attachments"] = "attachments/"
        content["_ts"] = int(time.time())

    def _next_resource_id(self) -> str:
        self._created += 1
        return base64.b64encode(self._resource_id + self._created.to_bytes(8, "little")).decode()

    def _expiry(self, content: Mapping[str, Any]) -> float | None:
        """An item's ttl counts only in a container that has a default ttl; -1 means never."""
        default = self.properties.get("defaultTtl")
        if default is None:
            return None
        seconds = content.get("ttl", default)
        return int(time.time()) + seconds if seconds and seconds > 0 else None


def _path(text: str) -> tuple[str, ...]:
    return tuple(part for part in text.split("/") if part)


def _dig(body: Any, path: tuple[str, ...]) -> Any:
    for name in path:
        if not isinstance(body, dict) or name not in body:
            return _MISSING
        body = body[name]
    return body
