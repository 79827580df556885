"""Point operations and transactional batches on a container, with conditions and charges."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from tests.emulator import minisql
from tests.emulator.minierrors import CosmosError
from tests.emulator.minipatch import patched
from tests.emulator.ministore import Container, KeyValues, StoredItem, partition_id
from tests.emulator.miniunits import MISSING_ITEM, REFUSED_WRITE, insert_units, read_units, replace_units

MAX_BATCH_OPERATIONS = 100
MAX_ID_BYTES = 1023
MAX_KEY_BYTES = 2048
_FORBIDDEN_IN_IDS = set("/\\?#")


@dataclass(slots=True)
class Operation:
    """One point operation, alone or within a batch."""

    kind: str
    item_id: str = ""
    body: Any = None
    if_match: str | None = None
    if_none_match: str | None = None

    @classmethod
    def from_batch(cls, entry: Mapping[str, Any]) -> Operation:
        return cls(
            kind=entry.get("operationType", ""),
            item_id=entry.get("id", ""),
            body=entry.get("resourceBody"),
            if_match=entry.get("ifMatch"),
            if_none_match=entry.get("ifNoneMatch"),
        )


@dataclass(slots=True)
class Outcome:
    """What an operation answered and what it cost."""

    status: int
    item: StoredItem | None
    charge: float


def execute(container: Container, operation: Operation, key: KeyValues | None) -> Outcome:
    """One operation on its own."""
    container.admit()
    container.begin()
    try:
        outcome = _apply(container, operation, key)
    except CosmosError as error:
        container.budget.spend(error.charge)
        raise
    container.budget.spend(outcome.charge)
    return outcome


def execute_batch(
    container: Container, entries: list[Mapping[str, Any]], key: KeyValues
) -> tuple[int, list[dict[str, Any]], float]:
    """All operations or none; returns status, one result per operation, and the charge."""
    if len(entries) > MAX_BATCH_OPERATIONS:
        raise CosmosError(400, "Batch request has more operations than what is supported.")
    container.admit()
    container.begin()
    status, results, charge = _run_batch(container, entries, key)
    container.budget.spend(charge)
    return status, results, charge


def _run_batch(
    container: Container, entries: list[Mapping[str, Any]], key: KeyValues
) -> tuple[int, list[dict[str, Any]], float]:
    results: list[dict[str, Any]] = []
    charge = 0.0
    for entry in entries:
        try:
            outcome = _apply(container, Operation.from_batch(entry), key)
        except CosmosError as error:
            container.roll_back()
            return 207, _failed_batch(len(entries), len(results), error), charge + error.charge
        charge += outcome.charge
        results.append(_batch_result(outcome))
    return 200, results, charge


def _batch_result(outcome: Outcome) -> dict[str, Any]:
    result: dict[str, Any] = {
        "statusCode": outcome.status,
        "requestCharge": round(outcome.charge, 2),
    }
    if outcome.item is not None:
        result |= {"eTag": outcome.item.etag, "resourceBody": outcome.item.body}
    return result


def _failed_batch(count: int, failed: int, error: CosmosError) -> list[dict[str, Any]]:
    """424 for every operation except the one that failed."""
    results: list[dict[str, Any]] = [{"statusCode": 424, "requestCharge": 0}] * count
    results[failed] = {
        "statusCode": error.status,
        "subStatusCode": error.substatus,
        "requestCharge": error.charge,
        "message": error.message,
    }
    return results


def _apply(container: Container, operation: Operation, key: KeyValues | None) -> Outcome:
    handler = _HANDLERS.get(operation.kind)
    if handler is None:
        raise CosmosError(400, f"Unknown operation '{operation.kind}'.")
    if operation.kind in ("Create", "Upsert", "Replace"):
        key = _checked_key(container, operation.body, key)
    return handler(container, operation, key or ())


def _create(container: Container, operation: Operation, key: KeyValues) -> Outcome:
    if container.find(key, operation.body["id"]):
        raise _conflict()
    return _written(container, 201, operation.body, key, None)


def _upsert(container: Container, operation: Operation, key: KeyValues) -> Outcome:
    """If-Match is looked at only when the item exists; a missing item is inserted."""
    old = container.find(key, operation.body["id"])
    if old is None:
        return _written(container, 201, operation.body, key, None)
    if operation.if_none_match == "*":
        raise _conflict()
    _require_match(operation, old)
    return _written(container, 200, operation.body, key, old)


def _replace(container: Container, operation: Operation, key: KeyValues) -> Outcome:
    item_id = operation.item_id or operation.body["id"]
    if item_id != operation.body["id"]:
        raise CosmosError(400, "The id of an item cannot be replaced.")
    old = _existing(container, key, item_id)
    _require_match(operation, old)
    return _written(container, 200, operation.body, key, old)


def _read(container: Container, operation: Operation, key: KeyValues) -> Outcome:
    item = _existing(container, key, operation.item_id)
    unchanged = operation.if_none_match == item.etag
    return Outcome(304 if unchanged else 200, item, read_units(item.size))


def _patch(container: Container, operation: Operation, key: KeyValues) -> Outcome:
    old = _existing(container, key, operation.item_id)
    _require_match(operation, old)
    request = operation.body if isinstance(operation.body, dict) else {"operations": operation.body}
    _require_condition(request.get("condition"), old)
    return _written(container, 200, patched(old.body, request["operations"]), key, old)


def _delete(container: Container, operation: Operation, key: KeyValues) -> Outcome:
    old = _existing(container, key, operation.item_id)
    _require_match(operation, old)
    container.remove(old)
    return Outcome(204, None, insert_units(old.size))


_HANDLERS: dict[str, Callable[[Container, Operation, KeyValues], Outcome]] = {
    "Create": _create,
    "Upsert": _upsert,
    "Replace": _replace,
    "Read": _read,
    "Patch": _patch,
    "Delete": _delete,
}


def _written(
    container: Container,
    status: int,
    body: Mapping[str, Any],
    key: KeyValues,
    old: StoredItem | None,
) -> Outcome:
    item = container.write(body, key, old)
    price = insert_units if old is None else replace_units
    return Outcome(status, item, price(item.size))


def _existing(container: Container, key: KeyValues, item_id: str) -> StoredItem:
    item = container.find(key, item_id)
    if item is None:
        message = "Entity with the specified id does not exist in the system."
        raise CosmosError(404, message, charge=MISSING_ITEM)
    return item


def _checked_key(container: Container, body: Any, key: KeyValues | None) -> KeyValues:
    """Validate id and key of a body; the key must agree with the key of the request."""
    _check_id(body)
    own = container.key_of(body)
    if any(isinstance(value, str) and len(value.encode()) > MAX_KEY_BYTES for value in own):
        raise CosmosError(400, f"A partition key value exceeds {MAX_KEY_BYTES} bytes.")
    if key is not None and partition_id(key) != partition_id(own):
        message = "PartitionKey extracted from document doesn't match the one in the header."
        raise CosmosError(400, message, substatus=1001)
    return own


def _check_id(body: Any) -> None:
    item_id = body.get("id") if isinstance(body, dict) else None
    if not isinstance(item_id, str) or not item_id:
        raise CosmosError(400, "The required property 'id' is missing.")
    if len(item_id.encode()) > MAX_ID_BYTES or _FORBIDDEN_IN_IDS & set(item_id):
        raise CosmosError(400, "The input name is invalid.")


def _require_match(operation: Operation, item: StoredItem) -> None:
    if operation.if_match not in (None, "*", item.etag):
        message = "One of the specified pre-condition is not met."
        raise CosmosError(412, message, charge=REFUSED_WRITE)


def _require_condition(condition: str | None, item: StoredItem) -> None:
    """A patch condition is a query that must select the item, ``FROM c WHERE ...``."""
    if condition and not minisql.execute(f"SELECT * {condition}", [item.body]):
        message = "The patch condition is false."
        raise CosmosError(412, message, substatus=1110, charge=REFUSED_WRITE)


def _conflict() -> CosmosError:
    message = "Entity with the specified id already exists in the system."
    return CosmosError(409, message, charge=REFUSED_WRITE)
