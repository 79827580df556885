"""The book of a run while its cards are shown: each outcome is written at once, or kept until it can be."""

import asyncio
from datetime import datetime

from bot.unrecorded import Change, Unrecorded
from orchestration.book import Book, showing
from orchestration.clock import Clock
from orchestration.errors import ConflictError
from orchestration.model import Posting
from orchestration.ports import RunStore


class Ledger:
    """Holds the book as it was last read or written, and when somebody must look at the cards again."""

    def __init__(
        self,
        book: Book,
        store: RunStore,
        unrecorded: Unrecorded,
        clock: Clock,
        slots: asyncio.Semaphore,
    ) -> None:
        self.book: Book = book
        self.retry: datetime | None = None
        self._slots = slots
        self._key, self._store, self._unrecorded, self._clock = book.run.key, store, unrecorded, clock

    def again(self, at: datetime) -> None:
        """Look again then, or earlier if that is known already."""
        self.retry = min(self.retry or at, at)

    async def recall(self) -> None:
        """Write what earlier passes could not, before anything is decided by what is written."""
        if self._unrecorded.has(self._key):
            await self.change(self._unrecorded.written_into)
            self._unrecorded.drop_all(self._key)

    def surely_not_sent(self, card: Posting) -> None:
        """Keep that an announced card was not sent, as long as that is so."""
        self._unrecorded.keep(self._key, card, lambda book: showing.withheld(book, card))

    def unknown(self, card: Posting) -> None:
        """Nobody knows from now on what comes of an announced card."""
        self._unrecorded.drop(self._key, card)

    async def record(self, card: Posting, change: Change) -> None:
        """Write what came of a card. What came of a post is kept until it is written."""
        if not card.activity:
            self._unrecorded.keep(self._key, card, change)
        await self.change(change)
        self._unrecorded.drop(self._key, card)

    async def change(self, change: Change) -> None:
        """Write a change, and with it when somebody must look at the run again."""
        while not await self.attempt(showing.rested_until(change(self.book), self.retry, self._clock())):
            pass

    async def attempt(self, after: Book) -> bool:
        """Write the book unless somebody wrote first. Then read it again, and say so."""
        if after == self.book:
            return True
        async with self._slots:
            try:
                self.book = await self._store.write(self.book, after)
            except ConflictError:
                self.book = await self._store.read(self._key) or self.book
                return False
        return True
