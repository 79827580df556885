"""Brings the cards of a run from what they show to what they should show. Nobody else posts them."""

import asyncio
import contextlib
import logging
from datetime import datetime
from weakref import WeakValueDictionary

from bot.messenger import Messenger
from bot.showing import Showing
from orchestration.clock import Clock
from orchestration.model import RunKey
from orchestration.ports import Places, RunStore, Workers

log = logging.getLogger(__name__)

SOON = 0.25
"""Seconds between a change and the card that shows it: several changes become one update."""


class CardPresenter:
    """Reconciles postings with their records. May be asked at any time, by anybody, as often as they like."""

    def __init__(
        self,
        *,
        worker: str,
        store: RunStore,
        places: Places,
        workers: Workers,
        messenger: Messenger,
        clock: Clock,
    ) -> None:
        self._worker, self._store, self._places, self._workers = worker, store, places, workers
        self._messenger, self._clock = messenger, clock
        self._locks: WeakValueDictionary[RunKey, asyncio.Lock] = WeakValueDictionary()
        self._soon: set[RunKey] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._closing = asyncio.Event()

    def soon(self, key: RunKey) -> None:
        """Show the cards in a moment; further calls until then change nothing."""
        if key not in self._soon and not self._closing.is_set():
            self._soon.add(key)
            task = asyncio.create_task(self._in_a_moment(key))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def close(self) -> None:
        """Let what is being shown come to its end, and let go of the rest: it is recorded, and due."""
        self._closing.set()
        await asyncio.gather(*self._tasks)

    async def _in_a_moment(self, key: RunKey) -> None:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._closing.wait(), SOON)
        self._soon.discard(key)  # a change from now on needs another look
        if self._closing.is_set():
            return
        try:
            await self.present(key)
        except Exception:
            log.exception("%s: its cards could not be shown; the dispatcher tries again", key.run)

    async def present(self, key: RunKey) -> datetime | None:
        """Show every card of the run as its record is now. Return when to try again, or None."""
        async with self._locks.setdefault(key, asyncio.Lock()):
            book = await self._store.read(key)
            if book is None:
                return None
            showing = Showing(
                book=book,
                worker=self._worker,
                store=self._store,
                places=self._places,
                workers=self._workers,
                messenger=self._messenger,
                clock=self._clock,
            )
            return await showing.all()
