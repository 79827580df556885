"""Our Cosmos DB store on @vercel/cosmosdb-server, whose partition keys have one level.

That server, which others have written, keeps the items and answers for the queries and their order, the
etags, the conditions and the errors. Three things it cannot do, so here they are done in another way: the two
levels of the key become one text; a query is narrowed to its partition by its text; and a batch is sent as
one write after the other, the head and its condition first. So this shows nothing about batches or
hierarchical keys.
"""

from collections.abc import AsyncIterable, Sequence
from typing import Any

from azure.core import MatchConditions
from azure.cosmos import PartitionKey
from azure.cosmos.aio import ContainerProxy, CosmosClient

from storage.cosmos import DEADLINE, queries
from storage.cosmos.access import Access
from storage.cosmos.shelf import CosmosShelf
from storage.records import RecordStore
from storage.values import Json

KEY = "flat"
# A point read without it ends with 500, in place of 404, when the item is missing.
HEADERS = {"x-ms-documentdb-query-enablecrosspartition": "true"}


def flat_store(address: str, database: str) -> RecordStore:
    return RecordStore(FlatShelf(CosmosClient(address, "eA==", headers=HEADERS), database))


class FlatShelf(CosmosShelf):
    """Opened as always, but the items lie in a second container."""

    def __init__(self, client: CosmosClient, database: str) -> None:
        super().__init__(client, database, create=True, deadline=DEADLINE, time_to_live=1_000_000)

    async def open(self) -> None:
        await super().open()
        home = self._client.get_database_client(self._database)
        container = await home.create_container_if_not_exists(KEY, PartitionKey(f"/{KEY}"))
        self._access = Access(FlatContainer(container), self._calls)  # pyright: ignore[reportArgumentType]


class FlatContainer:
    """What Access calls of a container."""

    def __init__(self, container: ContainerProxy) -> None:
        self._container = container

    async def read_item(self, item: str, partition_key: Sequence[str]) -> Json:
        return await self._container.read_item(item, _flat(partition_key))

    async def create_item(self, body: Json, *, no_response: bool) -> Json:
        return await self._container.create_item(_keyed(body), no_response=no_response)

    async def upsert_item(self, body: Json) -> Json:
        return await self._container.upsert_item(_keyed(body))

    async def delete_item(self, item: str, partition_key: Sequence[str], **how: Any) -> None:
        await self._container.delete_item(item, _flat(partition_key), **how)

    def query_items(
        self, query: str, parameters: list[dict[str, object]], partition_key: Sequence[str] = ()
    ) -> AsyncIterable[Json]:
        levels = dict(zip(("tenant", "run"), partition_key, strict=False))  # one level only: a tenant
        narrowed = "".join(f" c.{level} = @{level} AND" for level in levels)
        text = query.replace("WHERE", f"WHERE{narrowed}", 1)
        return self._container.query_items(text, parameters=[*parameters, *queries.parameters(**levels)])

    async def execute_item_batch(
        self, batch_operations: Sequence[Any], partition_key: Sequence[str]
    ) -> list[Json]:
        written = [await self._write(*operation) for operation in batch_operations]
        return [{"eTag": item["_etag"]} for item in written]

    async def _write(self, kind: str, arguments: tuple[Any, ...], options: Json | None = None) -> Json:
        item = _keyed(arguments[-1])
        if options:
            unchanged = MatchConditions.IfNotModified
            return await self._container.replace_item(
                arguments[0], item, etag=options["if_match_etag"], match_condition=unchanged
            )
        write = self._container.create_item if kind == "create" else self._container.upsert_item
        return await write(item)


def _flat(key: Sequence[str]) -> str:
    return " ".join(key)


def _keyed(item: Json) -> Json:
    return {**item, KEY: _flat((item["tenant"], item["run"]))}
