"""Measures how long the event loop could not do anything else."""

import asyncio
import time
from typing import Self


class Stalls:
    """`async with Stalls() as stalls`, then look at `stalls.longest`, in seconds. It looks every `tick`."""

    def __init__(self, tick: float = 0.01) -> None:
        self._tick, self.longest = tick, 0.0

    async def __aenter__(self) -> Self:
        self._task = asyncio.create_task(self._watch())
        await asyncio.sleep(0)
        return self

    async def __aexit__(self, *details: object) -> None:
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)

    async def _watch(self) -> None:
        while True:
            before = time.monotonic()
            await asyncio.sleep(self._tick)
            self.longest = max(self.longest, time.monotonic() - before - self._tick)
