"""Stores with something in front of them: failures, pauses, kills. They pass everything else on."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any

from orchestration.book import Book
from orchestration.errors import StoreUnavailableError
from orchestration.ports import Store

Before = Callable[[Book | None, Book], Awaitable[None]]


class Between:
    """A store that calls `before` and `after` around each write; what they raise comes out of the write."""

    def __init__(self, store: Store, *, before: Before | None = None, after: Before | None = None) -> None:
        self._store, self._before, self._after = store, before, after

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    async def write(self, before: Book | None, after: Book) -> Book:
        if self._before:
            await self._before(before, after)
        written = await self._store.write(before, after)
        if self._after:
            await self._after(before, after)
        return written


class Outage:
    """A store that can be away for a while, or lose the answer of every nth write, which was carried out."""

    def __init__(self, store: Store, *, loses: int = 0) -> None:
        self._store, self._loses, self._writes = store, loses, 0
        self._away, self._was_away = False, False

    def begin(self, seconds: float) -> None:
        """Be away for so many seconds, once: the next time it goes well."""
        if not self._was_away:
            self._away = self._was_away = True
            asyncio.get_running_loop().call_later(seconds, self._end)

    def _end(self) -> None:
        self._away = False

    def __getattr__(self, name: str) -> Any:
        call = getattr(self._store, name)

        async def answer(*given: Any, **named: Any) -> Any:
            if self._away:
                raise StoreUnavailableError("away")
            result = await call(*given, **named)
            self._writes += name == "write"
            if name == "write" and self._loses and self._writes % self._loses == 0:
                raise StoreUnavailableError("the answer was lost")
            return result

        return answer


class Beats:
    """A store that hears some words of workers, counted from 1; the others hang until `healed` is set."""

    def __init__(self, store: Store, *, comes_through: Callable[[int], bool]) -> None:
        self._store, self._comes_through, self._count = store, comes_through, 0
        self.healed = asyncio.Event()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    async def beat(self, worker: str, until: datetime) -> None:
        self._count += 1
        if not self._comes_through(self._count):
            await self.healed.wait()
        await self._store.beat(worker, until)
