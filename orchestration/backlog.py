"""Work that nobody waits for goes on piece by piece, so that the answer to a click overtakes it."""

import asyncio
from collections import deque
from collections.abc import Collection, Mapping, Sequence

from orchestration.book import Book
from orchestration.model import Approval, Checkpoint, Event, Failure, Run, RunKey
from orchestration.ports import RunStore


class Backlog:
    """Lets one piece begin in each round of the event loop, in the order in which they came.

    A round is as long as all that became ready in it. With hundreds of runs at once it would hold up each
    step of an answer for as long as hundreds of pieces take; this way for as long as a few.
    """

    def __init__(self) -> None:
        self._waiting: deque[asyncio.Future[None]] = deque()

    async def turn(self) -> None:
        """Wait for one's turn. It is soon: nothing is held that somebody else would have to give back."""
        loop = asyncio.get_running_loop()
        if not self._waiting:
            loop.call_soon(self._begin, loop)
        self._waiting.append(mine := loop.create_future())
        await mine

    def _begin(self, loop: asyncio.AbstractEventLoop) -> None:
        if not (first := self._waiting.popleft()).done():  # else it was cancelled while it waited
            first.set_result(None)
        if self._waiting:
            loop.call_soon(self._begin, loop)


class Unhurried(RunStore):
    """The records of runs for work that nobody waits for: each call waits for its turn first."""

    def __init__(self, store: RunStore, backlog: Backlog) -> None:
        self._store, self._turn = store, backlog.turn

    async def read(self, key: RunKey) -> Book | None:
        await self._turn()
        return await self._store.read(key)

    async def write(self, before: Book | None, after: Book) -> Book:
        await self._turn()
        return await self._store.write(before, after)

    async def approval(self, key: RunKey, approval_id: str) -> Approval | None:
        await self._turn()
        return await self._store.approval(key, approval_id)

    async def approvals(self, key: RunKey) -> Sequence[Approval]:
        await self._turn()
        return await self._store.approvals(key)

    async def failure(self, key: RunKey, failure_id: str) -> Failure | None:
        await self._turn()
        return await self._store.failure(key, failure_id)

    async def text(self, key: RunKey, name: str) -> str | None:
        await self._turn()
        return await self._store.text(key, name)

    async def checkpoint(self, key: RunKey, number: int) -> Checkpoint | None:
        await self._turn()
        return await self._store.checkpoint(key, number)

    async def checkpoints(self, key: RunKey, numbers: Collection[int]) -> Sequence[Checkpoint]:
        await self._turn()
        return await self._store.checkpoints(key, numbers)

    async def log(self, key: RunKey) -> Sequence[Checkpoint]:
        await self._turn()
        return await self._store.log(key)

    async def keep(self, key: RunKey, blobs: Mapping[str, bytes]) -> None:
        await self._turn()
        await self._store.keep(key, blobs)

    async def blobs(self, key: RunKey, digests: Collection[str]) -> Mapping[str, bytes]:
        await self._turn()
        return await self._store.blobs(key, digests)

    async def delete(self, run: Run) -> None:
        await self._turn()
        await self._store.delete(run)

    async def newest(self, key: RunKey) -> Checkpoint | None:
        await self._turn()
        return await self._store.newest(key)

    async def history(self, key: RunKey) -> Sequence[Event]:
        await self._turn()
        return await self._store.history(key)
