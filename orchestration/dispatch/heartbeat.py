"""A worker's word that it is alive: repeated while it lives, taken back when it leaves."""

import asyncio
import logging
import math
from datetime import timedelta

from orchestration.clock import Clock
from orchestration.ports import Workers

log = logging.getLogger(__name__)

BEATS = 5
"""How often the word is repeated while it counts."""
LISTEN = 3
"""For so many beats a worker that was not heard waits for others, who may not have been heard either."""
FAREWELL = 3.0
"""Seconds for the last word. Without it others wait until the one before has run out."""


class Heartbeat:
    """Says that `worker` is alive, again and again. Each word counts for `alive`.

    A beat waits for no other: a request that hangs must not look like death.
    """

    def __init__(self, *, worker: str, workers: Workers, clock: Clock, alive: timedelta) -> None:
        self._worker, self._workers, self._clock, self._alive = worker, workers, clock, alive
        self._limit, self._pause = alive.total_seconds() / 2, alive.total_seconds() / BEATS
        self._said, self._heard_from = -math.inf, math.inf
        self._beats: asyncio.Task[None] | None = None

    @property
    def heard(self) -> bool:
        """Whether our word comes through, just now and since a while.

        When it does not, the store is slow for everybody: those who look dead may live, and we look dead to
        them. So nothing is taken from others then, and nothing begun that they would take from us.
        """
        now = asyncio.get_running_loop().time()
        return now - self._said <= self._limit and now >= self._heard_from

    async def until_heard(self) -> None:
        while not self.heard:  # noqa: ASYNC110 - time alone can change it
            await asyncio.sleep(self._pause)

    async def start(self) -> None:
        """Raises StoreUnavailableError when the first word cannot be written."""
        await self._say()
        self._heard_from = self._said
        self._beats = asyncio.create_task(self._repeat())

    async def stop(self) -> None:
        """Say that the worker is dead: others may take over at once."""
        if self._beats is not None:
            self._beats.cancel()
            await asyncio.gather(self._beats, return_exceptions=True)
        try:
            async with asyncio.timeout(FAREWELL):
                await self._workers.beat(self._worker, self._clock())
        except Exception as error:  # noqa: BLE001 - the word before runs out by itself
            log.warning("the store was not told that this worker leaves: %s", type(error).__name__)

    async def _repeat(self) -> None:
        async with asyncio.TaskGroup() as beats:
            while True:
                await asyncio.sleep(self._pause)
                beats.create_task(self._try())

    async def _try(self) -> None:
        try:
            async with asyncio.timeout(self._limit):  # later it would say too little
                await self._say()
        except Exception as error:  # noqa: BLE001 - the next beat is soon
            log.warning("the store did not hear that this worker is alive: %s", type(error).__name__)

    async def _say(self) -> None:
        said = asyncio.get_running_loop().time()
        await self._workers.beat(self._worker, self._clock() + self._alive)
        if said - self._said > self._limit:
            self._heard_from = said + LISTEN * self._pause
        self._said = max(self._said, said)
