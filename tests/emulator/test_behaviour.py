"""What Azure Cosmos DB for NoSQL is documented to do, seen through azure-cosmos (asyncio).

108 checks. They pass on the emulator in this folder and are written to be run against a real
account as well, see conftest.py. Each check uses items or partitions of its own.
"""

from __future__ import annotations

import asyncio
import contextlib
import uuid
from collections.abc import AsyncIterable, Iterator, Mapping
from typing import Any

import pytest
from azure.core import MatchConditions
from azure.cosmos import PartitionKey
from azure.cosmos.aio import ContainerProxy, CosmosClient, DatabaseProxy
from azure.cosmos.exceptions import (
    CosmosAccessConditionFailedError,
    CosmosBatchOperationError,
    CosmosHttpResponseError,
    CosmosResourceNotFoundError,
)

# The client and the containers live as long as this module, on its event loop.
pytestmark = pytest.mark.asyncio(loop_scope="module")

UNCHANGED = MatchConditions.IfNotModified
MEGABYTE = 1024 * 1024


# A batch that was refused as a whole, or by one of its operations.
BATCH_REFUSED = (CosmosHttpResponseError, CosmosBatchOperationError)


@contextlib.contextmanager
def refused(status: int) -> Iterator[None]:
    """The call must fail with this HTTP status."""
    with pytest.raises(CosmosHttpResponseError) as caught:
        yield
    assert caught.value.status_code == status


async def collect(results: AsyncIterable[Any]) -> list[Any]:
    return [result async for result in results]


class Headers:
    """Catches the response headers of a call: ``response_hook=headers``."""

    def __init__(self) -> None:
        self.values: dict[str, str] = {}

    def __call__(self, headers: Mapping[str, str], _: Any = None) -> None:
        self.values.update(headers)

    def __getitem__(self, name: str) -> str:
        return self.values[name]


class TestDatabasesAndContainers:
    async def test_a_database_is_created_and_deleted(self, client: CosmosClient) -> None:
        name = f"test-{uuid.uuid4().hex[:8]}"
        await client.create_database(name)
        await client.delete_database(name)

    async def test_a_database_is_not_created_twice(
        self, client: CosmosClient, database: DatabaseProxy
    ) -> None:
        with refused(409):
            await client.create_database(database.id)

    async def test_a_container_is_created(self, database: DatabaseProxy) -> None:
        container = await database.create_container("plain", PartitionKey("/pk"))
        assert container.id == "plain"

    async def test_a_container_may_have_a_hierarchical_key(self, database: DatabaseProxy) -> None:
        key = PartitionKey(["/tenant", "/run"], kind="MultiHash")
        container = await database.create_container("hierarchical", key)
        assert container.id == "hierarchical"

    async def test_a_container_tells_its_partition_key(self, runs: ContainerProxy) -> None:
        definition = (await runs.read())["partitionKey"]
        assert (definition["kind"], definition["version"]) == ("MultiHash", 2)
        assert definition["paths"] == ["/tenant", "/run"]

    async def test_a_container_is_created_with_a_time_to_live(self, database: DatabaseProxy) -> None:
        container = await database.create_container("ttl", PartitionKey("/pk"), default_ttl=1)
        assert (await container.read())["defaultTtl"] == 1

    async def test_the_time_to_live_of_a_container_can_be_changed(self, database: DatabaseProxy) -> None:
        key = PartitionKey("/pk")
        container = await database.create_container("changing", key)
        await database.replace_container("changing", key, default_ttl=60)
        assert (await container.read())["defaultTtl"] == 60

    async def test_a_missing_container_is_not_found(self, database: DatabaseProxy) -> None:
        with refused(404):
            await database.get_container_client("missing").read()

    async def test_a_container_has_at_least_400_request_units(self, items: ContainerProxy) -> None:
        """400 RU/s is the least; with shared or no throughput there is none to read."""
        with contextlib.suppress(CosmosResourceNotFoundError):
            throughput = await items.get_throughput()
            assert (throughput.offer_throughput or 0) >= 400


class TestItems:
    async def test_a_new_item_gets_system_properties(self, items: ContainerProxy, pk: str) -> None:
        item = await items.create_item({"id": "a", "pk": pk})
        assert {"_etag", "_rid", "_ts", "_self"} <= set(item)

    async def test_a_write_is_charged_more_than_one_unit(self, items: ContainerProxy, pk: str) -> None:
        headers = Headers()
        await items.create_item({"id": "a", "pk": pk}, response_hook=headers)
        assert float(headers["x-ms-request-charge"]) > 1

    async def test_a_write_returns_a_session_token(self, items: ContainerProxy, pk: str) -> None:
        headers = Headers()
        await items.create_item({"id": "a", "pk": pk}, response_hook=headers)
        assert headers["x-ms-session-token"]

    async def test_an_etag_is_quoted(self, items: ContainerProxy, pk: str) -> None:
        item = await items.create_item({"id": "a", "pk": pk})
        assert item["_etag"].startswith('"')

    async def test_an_item_is_not_created_twice(self, items: ContainerProxy, pk: str) -> None:
        await items.create_item({"id": "a", "pk": pk})
        with refused(409):
            await items.create_item({"id": "a", "pk": pk})

    async def test_the_same_id_may_exist_in_another_partition(self, items: ContainerProxy, pk: str) -> None:
        await items.create_item({"id": "a", "pk": pk})
        assert (await items.create_item({"id": "a", "pk": pk + "2"}))["pk"] == pk + "2"

    async def test_an_id_is_generated_on_request(self, items: ContainerProxy, pk: str) -> None:
        item = await items.create_item({"pk": pk}, enable_automatic_id_generation=True)
        assert item["id"]

    async def test_a_point_read_returns_the_item(self, items: ContainerProxy, pk: str) -> None:
        await items.create_item({"id": "a", "pk": pk, "n": 1})
        assert (await items.read_item("a", pk))["n"] == 1

    async def test_a_point_read_is_charged_one_unit(self, items: ContainerProxy, pk: str) -> None:
        await items.create_item({"id": "a", "pk": pk})
        headers = Headers()
        await items.read_item("a", pk, response_hook=headers)
        assert float(headers["x-ms-request-charge"]) == 1.0

    async def test_a_missing_item_is_not_found(self, items: ContainerProxy, pk: str) -> None:
        with refused(404):
            await items.read_item("missing", pk)

    async def test_an_item_is_not_found_in_another_partition(self, items: ContainerProxy, pk: str) -> None:
        await items.create_item({"id": "a", "pk": pk})
        with refused(404):
            await items.read_item("a", pk + "-other")

    async def test_an_upsert_inserts_what_is_missing(self, items: ContainerProxy, pk: str) -> None:
        assert (await items.upsert_item({"id": "a", "pk": pk, "n": 5}))["n"] == 5

    async def test_an_upsert_replaces_what_exists(self, items: ContainerProxy, pk: str) -> None:
        await items.upsert_item({"id": "a", "pk": pk, "n": 5})
        assert (await items.upsert_item({"id": "a", "pk": pk, "n": 6}))["n"] == 6

    async def test_a_replace_stores_the_new_item(self, items: ContainerProxy, pk: str) -> None:
        await items.create_item({"id": "a", "pk": pk, "n": 5})
        assert (await items.replace_item("a", {"id": "a", "pk": pk, "n": 7}))["n"] == 7

    async def test_a_missing_item_cannot_be_replaced(self, items: ContainerProxy, pk: str) -> None:
        with refused(404):
            await items.replace_item("missing", {"id": "missing", "pk": pk})

    async def test_a_deleted_item_is_not_found(self, items: ContainerProxy, pk: str) -> None:
        await items.create_item({"id": "a", "pk": pk})
        await items.delete_item("a", pk)
        with refused(404):
            await items.read_item("a", pk)

    async def test_a_missing_item_cannot_be_deleted(self, items: ContainerProxy, pk: str) -> None:
        with refused(404):
            await items.delete_item("missing", pk)

    async def test_an_id_with_a_slash_is_refused(self, items: ContainerProxy, pk: str) -> None:
        """Refused by azure-cosmos before anything is sent."""
        with pytest.raises(ValueError, match="illegal chars"):
            await items.create_item({"id": "x/y", "pk": pk})

    async def test_ids_keys_and_values_may_be_any_text(self, items: ContainerProxy, pk: str) -> None:
        key, text = f"{pk}-ü", "é😀\u2028"
        await items.create_item({"id": "ü 😀:|", "pk": key, "text": text})
        assert (await items.read_item("ü 😀:|", key))["text"] == text

    async def test_a_partition_key_may_be_nested(self, nested: ContainerProxy, pk: str) -> None:
        await nested.create_item({"id": "a", "meta": {"pk": pk}})
        assert (await nested.read_item("a", pk))["id"] == "a"

    @pytest.mark.parametrize("value", [7, 0, True, False, None])
    async def test_a_key_value_need_not_be_text(self, items: ContainerProxy, value: Any) -> None:
        item_id = f"key-{value!r}"
        await items.upsert_item({"id": item_id, "pk": value})
        assert (await items.read_item(item_id, value))["id"] == item_id

    async def test_a_wrong_account_key_is_refused(self, account: tuple[str, str]) -> None:
        # "async with" would leave the connections open: the client fails, and stays, half opened.
        stranger = CosmosClient(account[0], "d3Jvbmc=")
        try:
            with refused(401):
                await stranger.__aenter__()
        finally:
            await stranger.close()

    async def test_reading_many_items_leaves_out_the_missing_ones(
        self, items: ContainerProxy, pk: str
    ) -> None:
        """Missing items are left out."""
        await items.create_item({"id": "a", "pk": pk})
        await items.create_item({"id": "a", "pk": pk + "2"})
        wanted = [("a", pk), ("a", pk + "2"), ("missing", pk)]
        assert len(list(await items.read_items(wanted))) == 2


class TestConditions:
    """Optimistic concurrency with If-Match and If-None-Match."""

    async def _two_versions(self, items: ContainerProxy, pk: str) -> tuple[str, str]:
        old = await items.create_item({"id": "a", "pk": pk, "n": 0})
        new = await items.upsert_item({"id": "a", "pk": pk, "n": 1})
        return old["_etag"], new["_etag"]

    async def test_a_stale_replace_is_refused(self, items: ContainerProxy, pk: str) -> None:
        old, _ = await self._two_versions(items, pk)
        with refused(412):
            await items.replace_item("a", {"id": "a", "pk": pk}, etag=old, match_condition=UNCHANGED)

    async def test_a_stale_upsert_is_refused(self, items: ContainerProxy, pk: str) -> None:
        old, _ = await self._two_versions(items, pk)
        with refused(412):
            await items.upsert_item({"id": "a", "pk": pk}, etag=old, match_condition=UNCHANGED)

    async def test_a_stale_delete_is_refused(self, items: ContainerProxy, pk: str) -> None:
        old, _ = await self._two_versions(items, pk)
        with refused(412):
            await items.delete_item("a", pk, etag=old, match_condition=UNCHANGED)

    async def test_a_fresh_replace_is_applied(self, items: ContainerProxy, pk: str) -> None:
        _, new = await self._two_versions(items, pk)
        item = {"id": "a", "pk": pk, "n": 2}
        result = await items.replace_item("a", item, etag=new, match_condition=UNCHANGED)
        assert result["n"] == 2

    async def test_an_upsert_of_a_missing_item_ignores_its_condition(
        self, items: ContainerProxy, pk: str
    ) -> None:
        """It inserts; never fence with upsert (Azure/azure-cosmos-dotnet-v3 issue 1698)."""
        item = {"id": "missing", "pk": pk}
        result = await items.upsert_item(item, etag='"old"', match_condition=UNCHANGED)
        assert result["id"] == "missing"

    async def test_an_unmodified_item_is_read_as_nothing(self, items: ContainerProxy, pk: str) -> None:
        """304 comes back as an empty item."""
        _, new = await self._two_versions(items, pk)
        condition = MatchConditions.IfModified
        result = await items.read_item("a", pk, etag=new, match_condition=condition)
        assert "id" not in dict(result or {})

    async def test_ten_concurrent_increments_all_count(self, items: ContainerProxy, pk: str) -> None:
        await items.create_item({"id": "a", "pk": pk, "n": 0})
        await asyncio.gather(*(_increment(items, pk) for _ in range(10)))
        assert (await items.read_item("a", pk))["n"] == 10


async def _increment(items: ContainerProxy, pk: str) -> None:
    """Read, add one, replace if unchanged; again when somebody else was faster."""
    while True:
        item = await items.read_item("a", pk)
        changed, etag = {**item, "n": item["n"] + 1}, item["_etag"]
        with contextlib.suppress(CosmosAccessConditionFailedError):
            await items.replace_item("a", changed, etag=etag, match_condition=UNCHANGED)
            return


class TestHierarchicalKey:
    async def test_the_same_id_may_exist_in_four_partitions(self, runs: ContainerProxy) -> None:
        found = await collect(runs.query_items("SELECT * FROM c"))
        assert sorted(item["value"] for item in found) == ["Ax", "Ay", "Bx", "By"]

    async def test_a_point_read_names_the_full_key(self, runs: ContainerProxy) -> None:
        assert (await runs.read_item("doc", ["A", "x"]))["value"] == "Ax"

    async def test_a_query_by_the_full_key_sees_one_partition(self, runs: ContainerProxy) -> None:
        query = runs.query_items("SELECT * FROM c", partition_key=["A", "x"])
        assert len(await collect(query)) == 1

    async def test_a_query_by_a_prefix_of_the_key_sees_all_below_it(self, runs: ContainerProxy) -> None:
        query = runs.query_items("SELECT * FROM c", partition_key=["A"])
        assert len(await collect(query)) == 2


def numbers(*values: int) -> list[dict[str, int]]:
    return [{"n": value} for value in values]


QUERIES: dict[str, tuple[str, dict[str, Any], str | None, Any]] = {
    # name: (query, parameters, partition key, results or their number)
    "parameter": ("SELECT * FROM c WHERE c.pk=@p", {"@p": "p1"}, "p1", 10),
    "key outside the query": ("SELECT * FROM c", {}, "p1", 10),
    "cross partition": ("SELECT * FROM c", {}, None, 30),
    "cross partition filter": ("SELECT * FROM c WHERE c.n>@n", {"@n": 20}, None, 9),
    "order in one partition": (
        "SELECT VALUE c.n FROM c WHERE c.pk='p0' ORDER BY c.n DESC",
        {},
        "p0",
        list(range(27, -1, -3)),
    ),
    "order across partitions": (
        "SELECT VALUE c.n FROM c ORDER BY c.n DESC",
        {},
        None,
        list(range(29, -1, -1)),
    ),
    "offset across partitions": (
        "SELECT VALUE c.n FROM c ORDER BY c.n OFFSET 5 LIMIT 5",
        {},
        None,
        [5, 6, 7, 8, 9],
    ),
    "offset in one partition": (
        "SELECT VALUE c.n FROM c WHERE c.pk='p0' ORDER BY c.n DESC OFFSET 0 LIMIT 1",
        {},
        "p0",
        [27],
    ),
    "top": ("SELECT TOP 3 c.n FROM c ORDER BY c.n", {}, None, numbers(0, 1, 2)),
    "count": ("SELECT VALUE COUNT(1) FROM c", {}, None, [30]),
    "max": ("SELECT VALUE MAX(c.n) FROM c", {}, "p1", [28]),
    "group by": ("SELECT c.pk, COUNT(1) AS k FROM c GROUP BY c.pk", {}, None, 3),
    "in": ("SELECT c.n FROM c WHERE c.id IN ('i01','i02')", {}, None, numbers(1, 2)),
    "list parameter": (
        "SELECT * FROM c WHERE ARRAY_CONTAINS(@ids, c.id)",
        {"@ids": ["i01", "i02"]},
        None,
        2,
    ),
    "array contains": (
        "SELECT * FROM c WHERE ARRAY_CONTAINS(c.tags,@t)",
        {"@t": "t1"},
        None,
        15,
    ),
    "starts with": ("SELECT * FROM c WHERE STARTSWITH(c.name,'name-0')", {}, None, 10),
    "contains": ("SELECT * FROM c WHERE CONTAINS(LOWER(c.name),'me-07')", {}, None, 1),
    "like": ("SELECT * FROM c WHERE c.name LIKE 'name-0%'", {}, None, 10),
    "not defined": ("SELECT * FROM c WHERE NOT IS_DEFINED(c.n)", {}, None, 0),
    "join": ("SELECT VALUE t FROM c JOIN t IN c.tags", {}, None, 60),
    "exists": (
        "SELECT * FROM c WHERE EXISTS(SELECT VALUE t FROM t IN c.tags WHERE t='t0')",
        {},
        None,
        15,
    ),
    "distinct": ("SELECT DISTINCT VALUE c.pk FROM c", {}, None, 3),
    "between": ("SELECT * FROM c WHERE c.n BETWEEN 5 AND 10", {}, None, 6),
    "coalesce": ("SELECT VALUE (c.missing ?? 'd') FROM c", {}, None, ["d"] * 30),
    "brackets": ("SELECT c['n'] FROM c WHERE c.id='i05'", {}, None, numbers(5)),
}


class TestQueries:
    @pytest.mark.parametrize("name", QUERIES)
    async def test_a_query_finds_what_the_documentation_says(
        self, catalogue: ContainerProxy, name: str
    ) -> None:
        text, values, key, expected = QUERIES[name]
        parameters = [{"name": label, "value": value} for label, value in values.items()]
        options: dict[str, Any] = {"partition_key": key} if key else {}
        found = await collect(catalogue.query_items(text, parameters=parameters, **options))
        assert (len(found) if isinstance(expected, int) else found) == expected

    async def test_a_syntax_error_is_refused(self, catalogue: ContainerProxy) -> None:
        with refused(400):
            await collect(catalogue.query_items("SELEC * FROM c"))

    async def test_a_continuation_token_continues_in_another_iterator(
        self, catalogue: ContainerProxy
    ) -> None:
        """A token of one iterator continues in another one."""
        first = self._pages_of_four(catalogue, None)
        sizes = [len(await collect(await anext(first)))]
        rest = self._pages_of_four(catalogue, first.continuation_token)
        sizes += [len(await collect(page)) async for page in rest]
        assert sizes == [4, 4, 2]

    def _pages_of_four(self, catalogue: ContainerProxy, token: str | None) -> Any:
        query = "SELECT * FROM c WHERE c.pk='p0'"
        found = catalogue.query_items(query, partition_key="p0", max_item_count=4)
        return found.by_page(token)

    async def test_an_order_across_partitions_survives_paging(self, catalogue: ContainerProxy) -> None:
        found = catalogue.query_items("SELECT * FROM c ORDER BY c.n", max_item_count=7)
        pages = [await collect(page) async for page in found.by_page()]
        assert [item["n"] for page in pages for item in page] == list(range(30))

    async def test_all_items_can_be_read(self, catalogue: ContainerProxy) -> None:
        assert len(await collect(catalogue.read_all_items())) == 30

    async def test_a_missing_container_cannot_be_queried(self, database: DatabaseProxy) -> None:
        missing = database.get_container_client("missing")
        with refused(404):
            await collect(missing.query_items("SELECT * FROM c"))


class TestPatch:
    async def _create(self, items: ContainerProxy, pk: str) -> None:
        item = {"id": "a", "pk": pk, "n": 1, "state": "Open", "list": [1], "o": {"x": 1}}
        await items.create_item(item)

    async def _increment(self, items: ContainerProxy, pk: str, **options: Any) -> Any:
        operations = [{"op": "incr", "path": "/n", "value": 1}]
        return await items.patch_item("a", pk, operations, **options)

    async def test_a_patch_may_combine_all_six_operations(self, items: ContainerProxy, pk: str) -> None:
        await self._create(items, pk)
        operations: list[dict[str, Any]] = [
            {"op": "set", "path": "/s", "value": "v"},
            {"op": "incr", "path": "/n", "value": 4},
            {"op": "add", "path": "/list/-", "value": 2},
            {"op": "replace", "path": "/o/x", "value": 2},
            {"op": "remove", "path": "/s"},
            {"op": "move", "from": "/o/x", "path": "/moved"},
        ]
        item = await items.patch_item("a", pk, operations)
        assert (item["n"], item["list"], item["moved"]) == (5, [1, 2], 2)
        assert "s" not in item

    async def test_a_patch_whose_condition_holds_is_applied(self, items: ContainerProxy, pk: str) -> None:
        await self._create(items, pk)
        item = await self._increment(items, pk, filter_predicate="from c where c.n = 1")
        assert item["n"] == 2

    async def test_a_patch_whose_condition_does_not_hold_is_refused(
        self, items: ContainerProxy, pk: str
    ) -> None:
        await self._create(items, pk)
        with refused(412):
            await self._increment(items, pk, filter_predicate="from c where c.n = 99")

    async def test_the_text_in_a_condition_keeps_its_case(self, items: ContainerProxy, pk: str) -> None:
        await self._create(items, pk)
        item = await self._increment(items, pk, filter_predicate="FROM c WHERE c.state = 'Open'")
        assert item["n"] == 2

    async def test_a_stale_patch_is_refused(self, items: ContainerProxy, pk: str) -> None:
        await self._create(items, pk)
        with refused(412):
            await self._increment(items, pk, etag='"stale"', match_condition=UNCHANGED)

    async def test_a_missing_item_cannot_be_patched(self, items: ContainerProxy, pk: str) -> None:
        with refused(404):
            await self._increment(items, pk)

    async def test_a_patch_of_eleven_operations_is_refused(self, items: ContainerProxy, pk: str) -> None:
        await self._create(items, pk)
        operations = [{"op": "set", "path": f"/k{n}", "value": 0} for n in range(11)]
        with refused(400):
            await items.patch_item("a", pk, operations)


class TestBatch:
    """Transactional batches: up to 100 operations on one partition, all or none."""

    async def _create(self, items: ContainerProxy, pk: str) -> str:
        """An item a; returns its etag."""
        return str((await items.create_item({"id": "a", "pk": pk}))["_etag"])

    async def _statuses(self, items: ContainerProxy, pk: str, *operations: Any) -> list[int]:
        results = await items.execute_item_batch(list(operations), partition_key=pk)
        return [result["statusCode"] for result in results]

    async def test_a_batch_creates_items(self, items: ContainerProxy, pk: str) -> None:
        operations = [("create", ({"id": name, "pk": pk},)) for name in "ab"]
        assert await self._statuses(items, pk, *operations) == [201, 201]

    async def test_a_batch_upserts_items(self, items: ContainerProxy, pk: str) -> None:
        operation = ("upsert", ({"id": "a", "pk": pk},))
        assert await self._statuses(items, pk, operation) in ([200], [201])

    async def test_a_batch_reads_items(self, items: ContainerProxy, pk: str) -> None:
        await self._create(items, pk)
        assert await self._statuses(items, pk, ("read", ("a",))) == [200]

    async def test_a_fresh_replace_in_a_batch_is_applied(self, items: ContainerProxy, pk: str) -> None:
        etag = await self._create(items, pk)
        operation = ("replace", ("a", {"id": "a", "pk": pk}), {"if_match_etag": etag})
        assert await self._statuses(items, pk, operation) == [200]

    async def test_a_stale_replace_refuses_the_batch(self, items: ContainerProxy, pk: str) -> None:
        await self._create(items, pk)
        operation = ("replace", ("a", {"id": "a", "pk": pk}), {"if_match_etag": '"stale"'})
        with pytest.raises(CosmosBatchOperationError) as caught:
            await self._statuses(items, pk, operation)
        assert caught.value.status_code == 412

    async def test_a_batch_patches_items(self, items: ContainerProxy, pk: str) -> None:
        await self._create(items, pk)
        operation = ("patch", ("a", [{"op": "set", "path": "/n", "value": 1}]))
        assert await self._statuses(items, pk, operation) == [200]

    async def test_a_batch_deletes_items(self, items: ContainerProxy, pk: str) -> None:
        await self._create(items, pk)
        assert await self._statuses(items, pk, ("delete", ("a",))) == [204]

    async def test_a_failure_undoes_the_whole_batch(self, items: ContainerProxy, pk: str) -> None:
        await self._create(items, pk)
        operations = [("create", ({"id": name, "pk": pk},)) for name in ("new", "a")]
        with pytest.raises(CosmosBatchOperationError):
            await self._statuses(items, pk, *operations)
        with refused(404):
            await items.read_item("new", pk)

    async def test_a_batch_refuses_an_item_of_another_partition(self, items: ContainerProxy, pk: str) -> None:
        with pytest.raises(BATCH_REFUSED):
            await self._statuses(items, pk, ("create", ({"id": "a", "pk": "other"},)))

    async def test_a_batch_of_101_operations_is_refused(self, items: ContainerProxy, pk: str) -> None:
        operations = [("create", ({"id": f"i{n}", "pk": pk},)) for n in range(101)]
        with pytest.raises(BATCH_REFUSED):
            await self._statuses(items, pk, *operations)


# aiohttp advises against sending more than a megabyte at once; here it is azure-cosmos that does so.
@pytest.mark.filterwarnings("ignore:Sending a large body:ResourceWarning")
class TestLimits:
    async def test_an_item_above_two_megabytes_is_refused(self, items: ContainerProxy, pk: str) -> None:
        with refused(413):
            await items.create_item({"id": "a", "pk": pk, "text": "x" * (2 * MEGABYTE + 10)})

    async def test_a_batch_above_two_megabytes_is_refused(self, items: ContainerProxy, pk: str) -> None:
        operations = [("create", ({"id": name, "pk": pk, "text": "x" * 900_000},)) for name in "abc"]
        with pytest.raises(BATCH_REFUSED):
            await items.execute_item_batch(operations, partition_key=pk)

    async def test_an_id_of_1100_bytes_is_refused(self, items: ContainerProxy, pk: str) -> None:
        with pytest.raises(CosmosHttpResponseError):
            await items.create_item({"id": "i" * 1100, "pk": pk})

    async def test_a_key_of_2100_bytes_is_refused(self, items: ContainerProxy) -> None:
        with pytest.raises(CosmosHttpResponseError):
            await items.create_item({"id": "a", "pk": "k" * 2100})


class TestTimeToLive:
    async def test_an_expired_item_is_not_found(self, expiring: ContainerProxy) -> None:
        with refused(404):
            await expiring.read_item("default", "p")

    async def test_queries_leave_out_an_expired_item(self, expiring: ContainerProxy) -> None:
        query = expiring.query_items("SELECT c.id FROM c", partition_key="p")
        assert len(await collect(query)) == 2

    async def test_an_item_may_be_kept_for_ever(self, expiring: ContainerProxy) -> None:
        assert (await expiring.read_item("never", "p"))["id"] == "never"


class TestChangeFeed:
    async def test_the_change_feed_resumes_where_it_stopped(self, feed: ContainerProxy) -> None:
        pages: Any = feed.query_items_change_feed(start_time="Beginning").by_page()
        before = [item["id"] async for page in pages async for item in page]
        await feed.create_item({"id": "new", "pk": "p"})
        token = pages.continuation_token
        after = await collect(feed.query_items_change_feed(continuation=token))
        assert {"f0", "f1", "f2"} <= set(before)
        assert [item["id"] for item in after] == ["new"]

    async def test_the_change_feed_may_be_read_for_one_partition(self, feed: ContainerProxy) -> None:
        changes = feed.query_items_change_feed(partition_key="p", start_time="Beginning")
        assert len(await collect(changes)) >= 3

    async def test_a_container_has_feed_ranges(self, feed: ContainerProxy) -> None:
        assert len(await collect(feed.read_feed_ranges())) >= 1


class TestOther:
    async def test_a_session_token_from_the_future_is_not_satisfied(
        self, items: ContainerProxy, pk: str
    ) -> None:
        await items.create_item({"id": "a", "pk": pk})
        with refused(404):
            await items.read_item("a", pk, session_token="0:-1#999999999")  # noqa: S106 - no secret

    async def test_a_whole_partition_can_be_deleted(self, items: ContainerProxy, pk: str) -> None:
        """A preview feature that an account must be enabled for; the deletion is asynchronous."""
        await items.create_item({"id": "a", "pk": pk})
        await items.delete_all_items_by_partition_key(pk)

    async def test_the_latest_checkpoint_query_works(self, catalogue: ContainerProxy) -> None:
        """The query of CosmosCheckpointStorage.get_latest."""
        query = "SELECT * FROM c WHERE c.pk=@w ORDER BY c.n DESC OFFSET 0 LIMIT 1"
        parameters: list[dict[str, object]] = [{"name": "@w", "value": "p2"}]
        found = catalogue.query_items(query, parameters=parameters, partition_key="p2")
        assert [item["n"] for item in await collect(found)] == [29]

    async def test_the_checkpoint_by_name_query_works(self, catalogue: ContainerProxy) -> None:
        """The query of CosmosCheckpointStorage.load: across all partitions."""
        query = "SELECT * FROM c WHERE c.name=@n"
        parameters: list[dict[str, object]] = [{"name": "@n", "value": "name-05"}]
        assert len(await collect(catalogue.query_items(query, parameters=parameters))) == 1
