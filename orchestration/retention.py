"""Deletes what is kept about runs that ended long ago, and what else is over. Every replica looks."""

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable
from datetime import timedelta

from orchestration.clock import Clock
from orchestration.errors import ConflictError
from orchestration.ports import RunFinder, RunStore
from orchestration.redact import whereabouts

log = logging.getLogger(__name__)

FIRST, PAUSE = timedelta(minutes=1), timedelta(hours=1)
"""From the start to the first look, and between two looks."""
PAGE = 50


class Retention:
    """Keeps ended runs for `keep` after their end. A failed one can be resumed or retried until then."""

    def __init__(
        self,
        *,
        store: RunStore,
        finder: RunFinder,
        clock: Clock,
        keep: timedelta,
        also: Callable[[], Awaitable[object]] | None = None,
    ) -> None:
        """Make it. `also` deletes something else at each look."""
        self._store, self._finder, self._clock, self._keep, self._also = store, finder, clock, keep, also
        self._task: asyncio.Task[None] | None = None

    async def sweep(self) -> int:
        """Delete every run whose time is over. Return how many there were."""
        deleted = 0
        while found := await self._finder.ended(self._clock() - self._keep, PAGE):
            before = deleted
            for run in found:
                with contextlib.suppress(ConflictError):  # somebody has just resumed it
                    await self._store.delete(run)
                    deleted += 1
            if deleted == before:
                break
        return deleted

    def start(self) -> None:
        """Look now and then, until stopped."""
        self._task = asyncio.create_task(self._go_on())

    async def stop(self) -> None:
        """Stop; what is half deleted is no longer found, and cleared by its time to live."""
        if self._task:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _go_on(self) -> None:
        pause = FIRST
        while True:
            await asyncio.sleep(pause.total_seconds())
            pause = PAUSE
            try:
                if deleted := await self.sweep():
                    log.info("%d runs that ended more than %s ago were deleted", deleted, self._keep)
                if self._also:
                    await self._also()
            except Exception as error:  # noqa: BLE001 - it is tried again
                log.error("deleting old runs: %s", whereabouts(error))  # noqa: TRY400
