"""What azure-cosmos 4.17.1 (asyncio) does when requests fail: attempts, outcome, what is stored.

These checks pin the behaviour of the client library, so a failure after an upgrade means that
the library changed; decide then whether our code still relies on the old behaviour.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from azure.core import MatchConditions
from azure.core.exceptions import AzureError, IncompleteReadError, ServiceRequestError
from azure.cosmos.aio import ContainerProxy, CosmosClient
from azure.cosmos.exceptions import (
    CosmosAccessConditionFailedError,
    CosmosHttpResponseError,
    CosmosResourceExistsError,
)

from tests.emulator.servers import EMULATOR_KEY, Faults

Call = Callable[[ContainerProxy, str], Awaitable[Any]]

INCREMENT = [{"op": "incr", "path": "/n", "value": 1}]
THROTTLED = {"status": 429, "sub": 3200, "retry_after_ms": 20}
LOST_ANSWER = {"reset": "after"}


async def read(items: ContainerProxy, pk: str) -> Any:
    return await items.read_item("a", pk)


async def upsert(items: ContainerProxy, pk: str) -> Any:
    return await items.upsert_item({"id": "a", "pk": pk, "n": 1})


async def patch(items: ContainerProxy, pk: str) -> Any:
    return await items.patch_item("a", pk, INCREMENT)


async def batch(items: ContainerProxy, pk: str) -> Any:
    operation = ("upsert", ({"id": "a", "pk": pk, "n": 1},))
    return await items.execute_item_batch([operation], partition_key=pk)


async def query(items: ContainerProxy, pk: str) -> Any:
    return [item async for item in items.query_items("SELECT * FROM c", partition_key=pk)]


CALLS: dict[str, Call] = {
    "read": read,
    "upsert": upsert,
    "patch": patch,
    "batch": batch,
    "query": query,
}


async def attempts(
    faults: Faults, pk: str, op: str, fault: dict[str, Any], **options: Any
) -> tuple[int, AzureError]:
    """Requests on the wire, and the error at the end, when every attempt fails."""
    client, items = faults.connect(**options)
    async with client:
        await faults.inject()
        await items.upsert_item({"id": "a", "pk": pk, "n": 0})
        await faults.inject({"op": op, "pk": pk, "fault": fault})
        with pytest.raises(AzureError) as caught:
            await CALLS[op](items, pk)
        seen = await faults.seen()
        await faults.inject()
    return seen, caught.value


@pytest.mark.parametrize(
    ("op", "status", "expected"),
    [
        ("upsert", 408, 1),
        ("upsert", 410, 1),
        ("upsert", 449, 1),
        ("upsert", 500, 1),
        ("upsert", 503, 2),
        ("batch", 500, 1),
        ("batch", 503, 2),
        ("read", 408, 2),
        ("read", 449, 1),
        ("read", 500, 2),
        ("read", 503, 2),
        ("query", 503, 4),
    ],
)
async def test_a_failed_request_is_attempted_so_often(
    faults: Faults, pk: str, op: str, status: int, expected: int
) -> None:
    seen, error = await attempts(faults, pk, op, {"status": status})
    assert isinstance(error, CosmosHttpResponseError)
    assert (seen, error.status_code) == (expected, status)


@pytest.mark.parametrize(("op", "expected"), [("read", 10), ("upsert", 10), ("batch", 10), ("query", 100)])
async def test_a_throttled_request_is_attempted_ten_times_per_policy(
    faults: Faults, pk: str, op: str, expected: int
) -> None:
    """A query is retried by two policies, one inside the other."""
    seen, _ = await attempts(faults, pk, op, THROTTLED)
    assert seen == expected


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({"retry_throttle_total": 3}, 4),
        ({"retry_total": 2}, 3),
        ({"retry_throttle_total": 0}, 10),
        ({"retry_total": 0}, 10),
    ],
)
async def test_the_throttling_options_limit_the_attempts(
    faults: Faults, pk: str, options: dict[str, int], expected: int
) -> None:
    """Zero counts as "not given"."""
    seen, _ = await attempts(faults, pk, "upsert", THROTTLED, **options)
    assert seen == expected


async def test_retries_of_writes_can_be_allowed(faults: Faults, pk: str) -> None:
    seen, _ = await attempts(faults, pk, "upsert", {"status": 500}, retry_write=2)
    assert seen == 2


async def test_status_449_is_never_retried(faults: Faults, pk: str) -> None:
    seen, _ = await attempts(faults, pk, "upsert", {"status": 449}, retry_write=2)
    assert seen == 1


async def test_a_dropped_connection_repeats_a_write(faults: Faults, pk: str) -> None:
    seen, error = await attempts(faults, pk, "upsert", {"reset": "before"})
    assert isinstance(error, ServiceRequestError)
    assert seen == 4


async def test_a_dropped_connection_is_not_repeated_without_retries(faults: Faults, pk: str) -> None:
    seen, _ = await attempts(faults, pk, "upsert", {"reset": "before"}, retry_total=0)
    assert seen == 1


async def test_a_write_is_not_repeated_when_its_answer_is_cut(faults: Faults, pk: str) -> None:
    """The write is not repeated and the error is not a Cosmos error."""
    seen, error = await attempts(faults, pk, "upsert", {"reset": "mid"})
    assert isinstance(error, IncompleteReadError)
    assert seen == 1


async def prepared(faults: Faults, pk: str, op: str) -> tuple[CosmosClient, ContainerProxy, str]:
    """An item with n = 0 whose next ``op`` is applied but not answered; returns its etag too."""
    client, items = faults.connect()
    await faults.inject()
    item = await items.upsert_item({"id": "a", "pk": pk, "n": 0})
    await faults.inject({"op": op, "pk": pk, "count": 1, "fault": LOST_ANSWER})
    return client, items, item["_etag"]


async def test_an_increment_is_applied_twice_when_its_answer_is_lost(faults: Faults, pk: str) -> None:
    client, items, _ = await prepared(faults, pk, "patch")
    async with client:
        await items.patch_item("a", pk, INCREMENT)
        assert (await items.read_item("a", pk))["n"] == 2


async def test_a_create_conflicts_with_itself_when_its_answer_is_lost(faults: Faults, pk: str) -> None:
    client, items, _ = await prepared(faults, pk, "create")
    async with client:
        with pytest.raises(CosmosResourceExistsError):
            await items.create_item({"id": "new", "pk": pk})
        assert (await items.read_item("new", pk))["id"] == "new"


async def test_a_conditional_write_fails_although_it_won(faults: Faults, pk: str) -> None:
    client, items, etag = await prepared(faults, pk, "patch")
    condition = MatchConditions.IfNotModified
    async with client:
        with pytest.raises(CosmosAccessConditionFailedError):
            await items.patch_item("a", pk, INCREMENT, etag=etag, match_condition=condition)
        assert (await items.read_item("a", pk))["n"] == 1


async def test_only_read_timeout_ends_a_hanging_request(faults: Faults, pk: str) -> None:
    """``timeout=1`` lets a request hang for longer; ``read_timeout`` ends it."""
    client, items = faults.connect()
    async with client:
        await faults.inject()
        await items.upsert_item({"id": "a", "pk": pk})
        await faults.inject({"op": "read", "pk": pk, "count": 1, "fault": {"delay_ms": 1700}})
        assert (await items.read_item("a", pk, timeout=1))["id"] == "a"
    hang = {"hang_s": 5}
    seen, _ = await attempts(faults, pk, "read", hang, read_timeout=0.2, retry_total=0)
    assert seen == 1


async def test_a_client_with_endpoint_discovery_stays_behind_the_proxy(faults: Faults) -> None:
    """The proxy rewrites the account document, so endpoint discovery stays on."""
    async with CosmosClient(faults.address, EMULATOR_KEY) as client:
        assert [item["id"] async for item in client.list_databases()]
