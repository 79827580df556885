"""Brings the cards of a run from what they show to what they should show. Nobody else posts them."""

import asyncio
import logging
from collections.abc import Coroutine
from datetime import datetime, timedelta
from weakref import WeakValueDictionary

from bot.calling import Calling
from bot.messenger import Messenger
from bot.patience import USUAL, Patience
from bot.showing import Showing
from bot.unrecorded import Unrecorded
from bot.views import Views
from orchestration.clock import Clock
from orchestration.forecast import Forecast
from orchestration.model import RunKey
from orchestration.ports import Places, RunStore, Workers
from orchestration.redact import whereabouts

log = logging.getLogger(__name__)

AT_ONCE = 6
"""Reads, writes and drawings for cards at the same time.

With hundreds of runs at work all would be ready at once, and a click would wait behind them at each of its
steps. What Teams is asked or sent does not count: a channel that is slow for one conversation must not hold
up the others.
"""
LATER = timedelta(minutes=1)
"""What is to be tried later than this is left to the store, where it is due."""


class CardPresenter:
    """Reconciles postings with their records. May be asked at any time, by anybody, as often as they like."""

    def __init__(
        self,
        *,
        worker: str,
        store: RunStore,
        places: Places,
        workers: Workers,
        views: Views,
        calling: Calling,
        messenger: Messenger,
        forecast: Forecast,
        clock: Clock,
        patience: Patience = USUAL,
    ) -> None:
        self._worker, self._store, self._places, self._workers = worker, store, places, workers
        self._views, self._forecast, self._calling = views, forecast, calling
        self._messenger, self._clock, self._patience = messenger, clock, patience
        self._unrecorded = Unrecorded()
        self._locks: WeakValueDictionary[RunKey, asyncio.Lock] = WeakValueDictionary()
        self._soon: set[RunKey] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._closing = asyncio.Event()
        self._slots = asyncio.Semaphore(AT_ONCE)

    def soon(self, key: RunKey) -> None:
        """Show the cards in a moment; further calls until then change nothing."""
        if key not in self._soon and not self._closing.is_set():
            self._soon.add(key)
            self._start(self._after(key, self._patience.soon.total_seconds(), first=True))

    async def close(self) -> None:
        """Let what is being shown come to its end, and let go of the rest: it is recorded, and due."""
        self._closing.set()
        await asyncio.gather(*self._tasks)

    async def present(self, key: RunKey) -> datetime | None:
        """Show every card of the run as its record is now. Return when to try again, or None."""
        async with self._locks.setdefault(key, asyncio.Lock()):
            async with self._slots:
                book = await self._store.read(key)
            if book is None:
                self._unrecorded.drop_all(key)
                return None
            showing = Showing(
                book=book,
                worker=self._worker,
                store=self._store,
                places=self._places,
                workers=self._workers,
                messenger=self._messenger,
                clock=self._clock,
                patience=self._patience,
                unrecorded=self._unrecorded,
                views=self._views,
                calling=self._calling,
                forecast=self._forecast,
                slots=self._slots,
            )
            return await showing.all()

    def _start(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _after(self, key: RunKey, seconds: float, *, first: bool = False) -> None:
        try:
            await asyncio.wait_for(self._closing.wait(), seconds)
        except TimeoutError:
            if first:
                self._soon.discard(key)  # a change from now on needs another look
            retry = await self._presented(key)
            if retry is not None and retry - self._clock() < LATER:
                self._start(self._after(key, max((retry - self._clock()).total_seconds(), 0.05)))

    async def _presented(self, key: RunKey) -> datetime | None:
        try:
            return await self.present(key)
        except Exception as error:  # noqa: BLE001 - a card that cannot be shown must not end the showing
            log.error("%s: its cards could not be shown: %s", key.run, whereabouts(error))  # noqa: TRY400
            return self._clock() + self._patience.after_error
