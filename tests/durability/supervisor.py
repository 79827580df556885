"""Two replicas of the bot: kills one at random every second or so, or freezes it, and starts what is dead."""

import asyncio
import contextlib
import os
import random
import signal
import time
from collections import Counter
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import Any

from tests.durability import replica
from tests.durability.bots import PROCESSES
from tests.durability.replica import Role
from tests.ports import free_port

PAUSE, DOWN = (0.6, 1.4), 0.3
"""Seconds between two kills, and until a dead replica is started again."""
FREEZES = 0.2
"""How many of the blows freeze a replica in place of killing it."""
LONGER = 0.8
"""Seconds that a frozen replica sleeps beyond its lease."""


@dataclass(frozen=True)
class Blow:
    """A process did not get on with its work from one time to another."""

    process: int
    began: float
    ended: float

    @property
    def freezes(self) -> bool:
        return self.ended > self.began

    def within(self, began: float, ended: float) -> bool:
        """Whether some of it was in that time."""
        return self.began <= ended and began <= self.ended


class Supervisor:
    """Keeps two replicas running, on ports that stay the same, and hurts them."""

    def __init__(self, role: Role, dice: random.Random) -> None:
        self._role, self._dice = role, dice
        self.ports = (free_port(), free_port())
        self._replicas: dict[int, Any] = {}
        self._tasks: list[asyncio.Task[None]] = []
        self.blows: list[Blow] = []
        self.counts: Counter[str] = Counter()

    def start(self) -> None:
        self._tasks = [asyncio.create_task(self._keep(port)) for port in self.ports]
        self._tasks.append(asyncio.create_task(self._hurt()))

    async def calm(self) -> None:
        """From now on nobody is hurt any more."""
        await _cancelled(self._tasks.pop())

    async def close(self) -> None:
        for task in self._tasks:
            await _cancelled(task)
        for process in self._replicas.values():
            process.kill()
            process.join()
            process.close()

    # ---- keeping ------------------------------------------------------------------------

    async def _keep(self, port: int) -> None:
        while True:
            await self._run(port)
            await asyncio.sleep(DOWN)

    async def _run(self, port: int) -> None:
        """One process from its start to its death, which may also be its own: no store, no start."""
        role = replace(self._role, port=port)
        process = PROCESSES.Process(target=replica.serve, args=(role,), daemon=True)
        process.start()
        self._replicas[port] = process
        while process.is_alive():
            await asyncio.sleep(0.05)
        self.counts["kills" if process.exitcode == -signal.SIGKILL else "deaths by themselves"] += 1

    # ---- hurting ------------------------------------------------------------------------

    async def _hurt(self) -> None:
        """A frozen replica may be killed as well, and so may the other one meanwhile."""
        async with asyncio.TaskGroup() as frozen:
            while True:
                await asyncio.sleep(self._dice.uniform(*PAUSE))
                process, freezes = (
                    self._replicas[self._dice.choice(self.ports)],
                    self._dice.random() < FREEZES,
                )
                if freezes:
                    frozen.create_task(self._freeze(process))
                elif process.is_alive():
                    self._kill(process)

    def _kill(self, process: Any) -> None:
        now = time.monotonic()
        self.blows.append(Blow(process.pid, now, now))
        process.kill()

    async def _freeze(self, process: Any) -> None:
        began = time.monotonic()
        _signal(process, signal.SIGSTOP)
        self.counts["freezes"] += 1
        try:
            await asyncio.sleep(self._role.lease + LONGER)
        finally:
            _signal(process, signal.SIGCONT)
            self.blows.append(Blow(process.pid, began, time.monotonic()))


def _signal(process: Any, number: int) -> None:
    if process.is_alive():
        os.kill(process.pid, number)


async def _cancelled(task: asyncio.Task[None]) -> None:
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task


@asynccontextmanager
async def supervised(role: Role, dice: random.Random) -> AsyncGenerator[Supervisor]:
    supervisor = Supervisor(role, dice)
    supervisor.start()
    try:
        yield supervisor
    finally:
        await supervisor.close()
