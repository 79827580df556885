"""Items of one container: point reads, queries, writes that may be repeated, and batches."""

import asyncio
from typing import Any

from azure.core import MatchConditions
from azure.cosmos.aio import ContainerProxy
from azure.cosmos.exceptions import CosmosAccessConditionFailedError, CosmosResourceNotFoundError

from orchestration.errors import ConflictError
from orchestration.model import RunKey
from storage.cosmos.batch import Batch, Head, Heads, head_of
from storage.cosmos.calls import FAILURES, Calls, is_final, pauses, status_of
from storage.values import Json

CONFLICT = 409
UNMET = frozenset({404, 409, 412})
"""The condition of a batch does not hold: the head is missing, is there already, or has changed."""


class Access:
    """Everything here must run within the deadline of `calls`, which ends the repetitions."""

    def __init__(self, container: ContainerProxy, calls: Calls) -> None:
        self._container, self._calls = container, calls
        self._heads = Heads()

    async def answers(self) -> bool:
        """Whether one small read is answered now; the cheapest is one that finds nothing."""
        try:
            await self._calls.once(lambda: self._container.read_item("ready", partition_key=["-", "-"]))
        except CosmosResourceNotFoundError:
            return True
        except FAILURES:
            return False
        return True

    async def item(self, key: RunKey, item_id: str) -> Json | None:
        """Return an item by its id."""
        try:
            item = await self._calls.steadily(
                lambda: self._container.read_item(item_id, partition_key=list(key))
            )
        except CosmosResourceNotFoundError:
            return None
        self._heads.see(item)
        return item

    async def query(
        self, text: str, values: list[dict[str, object]], partition: list[Any] | None
    ) -> list[Json]:
        """Return all results: of a partition, of a tenant (the first part of a key), or of everybody."""
        items = await self._calls.steadily(lambda: self._pages(text, values, partition))
        for item in items:
            self._heads.see(item)
        return items

    async def _pages(
        self, text: str, values: list[dict[str, object]], partition: list[Any] | None
    ) -> list[Json]:
        ask = self._container.query_items
        if partition is None:
            return [item async for item in ask(text, parameters=values)]
        return [item async for item in ask(text, parameters=values, partition_key=partition)]

    async def create(self, item: Json) -> None:
        """Create an item that has a nonce. Raises ConflictError if somebody else's is there."""
        for pause in pauses():
            try:
                await self._calls.once(lambda: self._container.create_item(item, no_response=True))
            except FAILURES as error:
                if status_of(error) == CONFLICT:
                    return await self._recognise(item)
                if is_final(error):
                    raise
                await asyncio.sleep(pause)
            else:
                return None
        raise AssertionError  # pauses never end

    async def _recognise(self, item: Json) -> None:
        """The id is taken: by this very write, whose answer was lost, or by another one."""
        there = await self.item(RunKey(item["tenant"], item["run"]), item["id"])
        if there is None or there.get("nonce") != item["nonce"]:
            raise ConflictError(f"{item['id']} of {item['run']} exists already")

    async def upsert(self, item: Json) -> None:
        """Write an item, whatever was there."""
        await self._calls.steadily(lambda: self._container.upsert_item(item))

    async def delete(self, key: RunKey, item_id: str, *, etag: str = "") -> None:
        """Delete an item if it is there. Raises ConflictError when it has another etag than the one given."""
        how: dict[str, Any] = {"etag": etag, "match_condition": MatchConditions.IfNotModified} if etag else {}
        try:
            await self._calls.steadily(
                lambda: self._container.delete_item(item_id, partition_key=list(key), **how)
            )
        except CosmosResourceNotFoundError:
            return
        except CosmosAccessConditionFailedError:
            raise ConflictError(f"{item_id} of {key.run} has changed") from None

    async def head(self, key: RunKey, item_id: str, version: int) -> Head:
        """Return the head of a partition at this version. Raises ConflictError if it has another one."""
        head = self._heads.take(key)
        if head.version != version:
            item = await self.item(key, item_id)
            head = head_of(item) if item else Head()
        if head.version != version:
            raise ConflictError(f"{key.run} has changed")
        return head

    async def send(self, batch: Batch) -> None:
        """Send a batch until its fate is known. Whenever no answer comes, it may have been applied."""
        for pause in pauses():
            try:
                await self._send_once(batch)
            except FAILURES as error:
                if await self._is_stored(batch):
                    return
                if status_of(error) in UNMET:
                    raise ConflictError(f"{batch.key.run} has changed") from None
                if is_final(error):
                    raise
                await asyncio.sleep(pause)
            else:
                return

    async def _send_once(self, batch: Batch) -> None:
        results = await self._calls.once(
            lambda: self._container.execute_item_batch(batch.operations(), partition_key=list(batch.key))
        )
        self._heads.see({**batch.items[0], "_etag": results[0]["eTag"]})

    async def _is_stored(self, batch: Batch) -> bool:
        """Whether this write is among the latest of its partition."""
        item = await self.item(batch.key, batch.items[0]["id"])
        return item is not None and batch.nonce in head_of(item).writes
