"""Measures how long the event loop could not do anything else."""

import asyncio
import threading
import time
from pathlib import Path
from typing import Self


class Stalls:
    """`async with Stalls() as stalls`, then look at `stalls.longest`, in seconds. It looks every `tick`.

    While the thread is ready but other programs have the processor, nothing of ours keeps the loop: that
    time does not count where the system tells it, as Linux does.
    """

    def __init__(self, tick: float = 0.01) -> None:
        self._tick, self.longest = tick, 0.0

    async def __aenter__(self) -> Self:
        self._told = Path(f"/proc/self/task/{threading.get_native_id()}/schedstat")
        self._task = asyncio.create_task(self._watch())
        await asyncio.sleep(0)
        return self

    async def __aexit__(self, *details: object) -> None:
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)

    async def _watch(self) -> None:
        while True:
            before, queued = time.monotonic(), self._queued()
            await asyncio.sleep(self._tick)
            stalled = time.monotonic() - before - self._tick
            self.longest = max(self.longest, stalled - (self._queued() - queued))

    def _queued(self) -> float:
        """For how many seconds of its life the thread was ready and had no processor."""
        try:
            return int(self._told.read_text().split()[1]) / 1e9
        except OSError:
            return 0.0
