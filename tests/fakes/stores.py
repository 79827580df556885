"""Stores with something in front of them: failures, pauses, kills. They pass everything else on."""

from collections.abc import Awaitable, Callable
from typing import Any

from orchestration.book import Book
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
