"""Documents in a Cosmos DB container. A commit is one transactional batch in the partition of its head."""

import asyncio
import contextlib
import uuid
from collections.abc import Sequence

from azure.core.exceptions import AzureError
from azure.cosmos.aio import CosmosClient

from orchestration.errors import StoreUnavailableError
from orchestration.model import RunKey
from storage.changes import Change
from storage.cosmos import queries
from storage.cosmos.access import Access
from storage.cosmos.batch import MOST_OPERATIONS, Batch, Head, require_room
from storage.cosmos.calls import Calls
from storage.cosmos.container import opened
from storage.cosmos.items import document_of, item_of, put_together, taken_apart, too_large
from storage.documents import Document, unreadable
from storage.shelf import Find
from storage.values import Json


class CosmosShelf:
    """Implements storage.shelf.Shelf."""

    def __init__(
        self, client: CosmosClient, database: str, *, create: bool, deadline: float, time_to_live: int
    ) -> None:
        self._client, self._database, self._time_to_live = client, database, time_to_live
        self._create, self._deadline = create, deadline
        self._calls = Calls(deadline)
        self._access: Access | None = None

    async def open(self) -> None:
        container = await opened(self._client, self._database, create=self._create, deadline=self._deadline)
        self._access = Access(container, self._calls)

    async def ready(self) -> bool:
        return self._access is not None and await self._access.answers()

    async def close(self) -> None:
        self._access = None
        await self._client.close()

    @property
    def _items(self) -> Access:
        if self._access is None:
            raise StoreUnavailableError("The store is not open.")
        return self._access

    # ---- reading --------------------------------------------------------------------------

    async def get(self, key: RunKey, document_id: str) -> Document | None:
        async with self._calls.bounded():
            item = await self._items.item(key, document_id)
            return await self._document(item) if item else None

    async def several(self, key: RunKey, ids: Sequence[str]) -> Sequence[Document]:
        if len(ids) == 1:
            found = await self.get(key, ids[0])
            return [found] if found else []
        if not ids:
            return []
        values = queries.parameters(ids=list(ids))
        async with self._calls.bounded():
            return await self._documents(await self._items.query(queries.SEVERAL, values, list(key)))

    async def live(self, key: RunKey) -> Sequence[Document]:
        async with self._calls.bounded():
            return await self._documents(await self._items.query(queries.LIVE, [], list(key)))

    async def all_of(self, key: RunKey, kind: str) -> Sequence[Document]:
        values = queries.parameters(kind=kind)
        async with self._calls.bounded():
            return await self._documents(await self._items.query(queries.ALL_OF, values, list(key)))

    async def newest(self, key: RunKey, kind: str) -> Document | None:
        values = queries.parameters(kind=kind)
        async with self._calls.bounded():
            found = await self._documents(await self._items.query(queries.NEWEST, values, list(key)))
        return found[0] if found else None

    async def find(
        self, what: Find, tenant: str, value: str, limit: int, above: str = ""
    ) -> Sequence[Document]:
        query, values = queries.FIND[what], queries.parameters(value=value, limit=limit)
        values += queries.parameters(above=above) if above else []
        where = [tenant] if tenant else None  # what is looked for in all tenants names none
        async with self._calls.bounded():
            found = await self._items.query(query.text, values, where)
            return await self._documents(query.arranged(found, limit))

    async def _documents(self, items: list[Json]) -> list[Document]:
        return [await self._document(item) for item in items]

    async def _document(self, item: Json) -> Document:
        return document_of(await self._whole(item) if "parts" in item else item)

    async def _whole(self, item: Json) -> Json:
        key = RunKey(item["tenant"], item["run"])
        parts = await asyncio.gather(*(self._items.item(key, part_id) for part_id in item["parts"]))
        found = [part for part in parts if part]
        if len(found) < len(parts):
            raise unreadable(key, item["id"], "a part of it is missing")
        return await asyncio.to_thread(put_together, item, found)

    # ---- writing --------------------------------------------------------------------------

    async def put(self, document: Document) -> None:
        async with self._calls.bounded():
            await self._items.upsert(item_of(document))

    async def keep(self, documents: Sequence[Document]) -> None:
        async with self._calls.bounded():
            for document in documents:
                items = self._mortal([document])
                await self._move_out(items, uuid.uuid4().hex)
                await self._items.upsert(items[0])

    async def clear(self, head: Document) -> None:
        """The head first, on its condition: from then on the run is gone, whatever becomes of the rest."""
        async with self._calls.bounded():
            before = await self._items.head(head.key, head.id, head.version)
            await self._items.delete(head.key, head.id, etag=before.etag)
        rest = [item["id"] for item in await self._items.query(queries.IDS, [], list(head.key))]
        for item_id in rest:
            async with self._calls.bounded():
                await self._items.delete(head.key, item_id)

    async def drop(self, key: RunKey, document_id: str) -> None:
        async with self._calls.bounded():
            await self._items.delete(key, document_id)

    async def commit(self, change: Change) -> None:
        async with self._calls.bounded():
            if change.head is None:
                await self._append(change.new)
            else:
                await self._commit(change.head, change.changed, change.new)
        await self._let_go(change.key, change.gone)

    async def _append(self, new: Sequence[Document]) -> None:
        """One create, the cheapest write there is: its id is the condition."""
        items, nonce = self._mortal(new), uuid.uuid4().hex
        await self._move_out(items, nonce)
        await self._items.create({**items[0], "nonce": nonce})

    async def _commit(self, head: Document, changed: Sequence[Document], new: Sequence[Document]) -> None:
        items = self._mortal((head, *changed, *new))
        require_room(items)
        before = await self._items.head(head.key, head.id, head.version - 1) if head.version > 1 else Head()
        nonce = uuid.uuid4().hex
        items[0]["writes"] = before.extended(nonce)
        await self._move_out(items, nonce)
        await self._items.send(Batch(head.key, before.etag, nonce, items, len(changed)))

    async def _let_go(self, key: RunKey, gone: Sequence[str]) -> None:
        """Delete what nobody refers to; the write is in already, and whatever stays has a time to live."""
        with contextlib.suppress(StoreUnavailableError, AzureError):
            async with self._calls.bounded():
                await asyncio.gather(*(self._items.delete(key, each) for each in gone[:MOST_OPERATIONS]))

    def _mortal(self, documents: Sequence[Document]) -> list[Json]:
        """What belongs to a run has a time to live, from its last write; parts inherit it from their item."""
        return [self._with_time_to_live(item_of(document)) for document in documents]

    def _with_time_to_live(self, item: Json) -> Json:
        return {**item, "ttl": self._time_to_live} if item["run"].startswith("run-") else item

    async def _move_out(self, items: list[Json], nonce: str) -> None:
        """Write what is too large for the batch before it. Nobody knows the parts until the batch is in."""
        for position in too_large(items):
            item, own = items[position], f"{nonce}-{position}"
            items[position], parts = await asyncio.to_thread(taken_apart, item, own)
            for part in parts:
                await self._items.upsert(part)
