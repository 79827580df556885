"""Everything below ``/docs`` of a container: items, batches, queries, feeds, change feed."""

from __future__ import annotations

from typing import Any

from tests.emulator import minisql
from tests.emulator.minierrors import CosmosError
from tests.emulator.minihttp import Reply, Request, json_reply
from tests.emulator.minijson import to_json
from tests.emulator.minioperations import Operation, Outcome, execute, execute_batch
from tests.emulator.ministore import MAX_ITEM_BYTES, Container, StoredItem
from tests.emulator.miniunits import change_feed_units, query_units

_MAX_BATCH_BYTES = MAX_ITEM_BYTES + 200_000  # some room for the envelope of the operations
_MAX_PAGE_BYTES = 4 * 1024 * 1024
_DEFAULT_PAGE_ITEMS = 100
_NO_LIMIT = 10**9
_ITEM_OPERATIONS = {"GET": "Read", "PUT": "Replace", "DELETE": "Delete", "PATCH": "Patch"}
_NO_PLAN = {
    "partitionedQueryExecutionInfoVersion": 2,
    "queryInfo": {"distinctType": "None", "orderBy": [], "aggregates": [], "rewrittenQuery": ""},
    "queryRanges": [
        {"min": "", "max": "FF", "isMinInclusive": True, "isMaxInclusive": False},
    ],
}


def answer(container: Container, request: Request, item_id: str | None) -> Reply:
    """Answer a request for one item (``item_id``) or for the feed of items."""
    _check_session(container, request)
    if item_id is not None:
        return _one_item(container, request, item_id)
    if request.is_batch:
        return _batch(container, request)
    if request.method == "GET":
        feed = _change_feed if request.header("a-im") else _read_feed
        return feed(container, request)
    if request.method == "POST":
        return _query(container, request) if request.is_query else _insert(container, request)
    raise CosmosError(405, "The method is not supported here.")


def _check_session(container: Container, request: Request) -> None:
    """A read may ask for a version that this container has not reached: 404/1002."""
    token = request.header("x-ms-session-token")
    if not token or request.method != "GET":
        return
    try:
        wanted = int(token.split(",", maxsplit=1)[0].split("#")[1])
    except (IndexError, ValueError) as error:
        raise CosmosError(400, "The session token is not valid.") from error
    if wanted > container.lsn:
        message = "The read session is not available for the input session token."
        raise CosmosError(404, message, substatus=1002)


# --- single items ---


def _one_item(container: Container, request: Request, item_id: str) -> Reply:
    key = request.key()
    if key is None or len(key) != len(container.key_paths):
        message = "The partition key does not fit the definition of the container."
        raise CosmosError(400, message, substatus=1001)
    kind = _ITEM_OPERATIONS.get(request.method)
    if kind is None:
        raise CosmosError(405, "The method is not supported here.")
    _check_size(request, MAX_ITEM_BYTES)
    body = request.json() if request.body else None
    return _item_reply(request, execute(container, _operation(request, kind, item_id, body), key))


def _insert(container: Container, request: Request) -> Reply:
    _check_size(request, MAX_ITEM_BYTES)
    kind = "Upsert" if request.flag("x-ms-documentdb-is-upsert") else "Create"
    operation = _operation(request, kind, "", request.json())
    return _item_reply(request, execute(container, operation, request.key()))


def _operation(request: Request, kind: str, item_id: str, body: Any) -> Operation:
    return Operation(
        kind=kind,
        item_id=item_id,
        body=body,
        if_match=request.header("if-match") or None,
        if_none_match=request.header("if-none-match") or None,
    )


def _item_reply(request: Request, outcome: Outcome) -> Reply:
    reply = Reply(outcome.status, charge=outcome.charge)
    if outcome.item is not None:
        reply.headers["etag"] = outcome.item.etag
        reply.body = b"" if request.wants_no_body else outcome.item.raw
    return reply


def _check_size(request: Request, limit: int) -> None:
    if len(request.body) > limit:
        raise CosmosError(413, "Request size is too large")


def _batch(container: Container, request: Request) -> Reply:
    _check_size(request, _MAX_BATCH_BYTES)
    status, results, charge = execute_batch(container, request.json(), request.key() or [])
    return Reply(status, to_json(results), charge=charge)


# --- feeds ---


def _query(container: Container, request: Request) -> Reply:
    if request.flag("x-ms-cosmos-is-query-plan-request"):
        return json_reply(200, _NO_PLAN)
    container.admit()
    query = request.json()
    parameters = {entry["name"]: entry.get("value") for entry in query.get("parameters", [])}
    scanned = _selected(container, request)
    results = minisql.execute(query["query"], [item.body for item in scanned], parameters)
    return _page(container, request, results, len(scanned))


def _read_feed(container: Container, request: Request) -> Reply:
    container.admit()
    scanned = _selected(container, request)
    return _page(container, request, [item.body for item in scanned], len(scanned))


def _selected(container: Container, request: Request) -> list[StoredItem]:
    """Items of the key in the header, narrowed to a range of effective partition keys."""
    items = container.items(request.key())
    start, end = request.headers.get("x-ms-start-epk"), request.headers.get("x-ms-end-epk")
    if start is None or end is None:
        return items
    return [item for item in items if _in_range(container.effective_key(item), start, end)]


def _in_range(key: str, start: str, end: str) -> bool:
    return start <= key < end or start == key == end


def _page(container: Container, request: Request, results: list[Any], scanned: int) -> Reply:
    """One page of results; the continuation token is the position of the next one."""
    start = _continuation(request)
    page, size = _fill_page(results[start:], _page_limit(request))
    charge = query_units(size, scanned)
    container.budget.spend(charge)
    reply = _feed_reply(container, page)
    reply.charge = charge
    if start + len(page) < len(results):
        reply.headers["x-ms-continuation"] = str(start + len(page))
    return reply


def _continuation(request: Request) -> int:
    token = request.header("x-ms-continuation") or "0"
    if not token.isdigit():
        raise CosmosError(400, "The continuation token is not valid.")
    return int(token)


def _page_limit(request: Request) -> int:
    """-1 leaves the page size to the server, which here means everything."""
    wanted = int(request.header("x-ms-max-item-count") or -1)
    if wanted == -1:
        return _NO_LIMIT
    return wanted if wanted > 0 else _DEFAULT_PAGE_ITEMS


def _fill_page(results: list[Any], limit: int) -> tuple[list[Any], int]:
    """As many results as the count and four megabytes allow, but at least one."""
    page: list[Any] = []
    size = 0
    for result in results[:limit]:
        size += len(to_json(result))
        if page and size > _MAX_PAGE_BYTES:
            break
        page.append(result)
    return page, size


def _feed_reply(container: Container, documents: list[Any]) -> Reply:
    reply = json_reply(
        200,
        {
            "_rid": container.properties["_rid"],
            "Documents": documents,
            "_count": len(documents),
        },
    )
    reply.headers["x-ms-item-count"] = str(len(documents))
    return reply


def _change_feed(container: Container, request: Request) -> Reply:
    """Latest versions after a position, oldest first; 304 when there is nothing new."""
    container.admit()
    position = _feed_position(container, request)
    changed = [item for item in _selected(container, request) if item.lsn > position]
    changed.sort(key=lambda item: item.lsn)
    wanted = int(request.header("x-ms-max-item-count") or -1)
    page = changed[: wanted if wanted > 0 else _DEFAULT_PAGE_ITEMS]
    end = page[-1].lsn if len(page) < len(changed) else container.lsn
    charge = change_feed_units([item.size for item in page])
    container.budget.spend(charge)
    documents = [{**item.body, "_lsn": item.lsn} for item in page]
    reply = _feed_reply(container, documents) if page else Reply(304)
    reply.headers["etag"] = f'"{end}"'
    reply.charge = charge
    return reply


def _feed_position(container: Container, request: Request) -> int:
    """``If-None-Match: *`` means from now on; without it the feed starts at the beginning."""
    text = request.header("if-none-match")
    if text == "*":
        return container.lsn
    return int(text.strip('"')) if text else 0
