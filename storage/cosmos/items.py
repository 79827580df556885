"""Documents as Cosmos DB items, and large ones in parts. Pure.

An item may have 2 MB and so may a batch, and a KB costs twice as much above 1 MB. So the contents of a large
document move into items of their own before the batch, under ids that nobody knows until the batch names
them; parts whose batch failed are never read.
"""

import json
import zlib
from base64 import b64decode, b64encode
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from orchestration.model import RunKey
from storage.documents import FORMAT, INDEXED, Document, unreadable
from storage.values import Json

PART = "part"
PART_CHARACTERS = 480_000
LARGE_ITEM = 400_000
LARGE_BATCH = 1_000_000
"""The service takes 2 MB, but aiohttp holds up the event loop, and warns, from 1 MB on."""
OPERATION_ENVELOPE = 200
"""Bytes around an item in a batch: the kind of operation, the id and the etag."""


def item_of(document: Document) -> Json:
    """Return the document as an item, whole."""
    item: Json = {
        "id": document.id,
        "tenant": document.key.tenant,
        "run": document.key.run,
        "kind": document.kind,
        "v": document.v,
        "live": document.live,
        **document.index,
        "record": document.record,
    }
    if document.seconds:
        item["ttl"] = document.seconds
    if document.version:
        item["version"] = document.version
    if document.data:
        item["data"] = b64encode(document.data).decode()
    return item


def document_of(item: Json) -> Document:
    """Return the document in an item that is whole. Unknown properties are ignored."""
    try:
        return _document(item)
    except (KeyError, TypeError, ValueError) as error:
        raise unreadable(RunKey(item["tenant"], item["run"]), item["id"], repr(error)) from error


def _document(item: Json) -> Document:
    return Document(
        key=RunKey(item["tenant"], item["run"]),
        id=item["id"],
        kind=item["kind"],
        record=item["record"],
        live=bool(item.get("live")),
        index={name: item[name] for name in INDEXED if name in item},
        version=item.get("version", 0),
        data=b64decode(item.get("data", "")),
        v=item.get("v", FORMAT),
    )


def too_large(items: Sequence[Json]) -> list[int]:
    """Return the positions of the items that must move out, so that the others fit into one batch."""
    sizes = [len(_encoded(item)) + OPERATION_ENVELOPE for item in items]
    large: list[int] = []
    total = sum(sizes)
    for position in sorted(range(len(items)), key=sizes.__getitem__, reverse=True):
        if sizes[position] <= LARGE_ITEM and total <= LARGE_BATCH:
            break
        large.append(position)
        total -= sizes[position]
    return large


def taken_apart(item: Json, nonce: str) -> tuple[Json, list[Json]]:
    """Return what stays of an item, and its parts. `nonce` is new for each item and each write."""
    parts = [_part(item, f"{PART}-{nonce}-{number}", text) for number, text in enumerate(_pieces(item))]
    rest = {name: value for name, value in item.items() if name not in {"record", "data"}}
    return {**rest, "parts": [part["id"] for part in parts]}, parts


def put_together(item: Json, parts: Iterable[Json]) -> Json:
    """Return the item as it was before it was taken apart."""
    packed = "".join(part["text"] for part in parts)
    return {**item, **json.loads(zlib.decompress(b64decode(packed)))}


def _pieces(item: Json) -> Iterator[str]:
    contents: dict[str, Any] = {name: item[name] for name in ("record", "data") if name in item}
    packed = b64encode(zlib.compress(_encoded(contents), 1)).decode()
    for start in range(0, len(packed), PART_CHARACTERS):
        yield packed[start : start + PART_CHARACTERS]


def _part(item: Json, part_id: str, text: str) -> Json:
    where = {name: item[name] for name in ("tenant", "run", "ttl") if name in item}
    return {"id": part_id, **where, "kind": PART, "v": FORMAT, "live": False, "text": text}


def _encoded(value: Json) -> bytes:
    """Encode as azure-cosmos does: ASCII only, so that the length is the one on the wire."""
    return json.dumps(value, separators=(",", ":")).encode()
