"""The bot in a process of its own, with gauges at /bench/gauges; else it is what `signoff serve --local` is.

    python -m tests.bench.bot --database FILE [--profile FILE]

With --profile everything between start and stop runs under cProfile, which makes it about twice as slow.
"""

import argparse
import asyncio
import cProfile
import os
import signal
import time
from collections import Counter
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

from aiohttp import web

from bot import interpreter
from bot.app import running
from bot.resources import model_of, store_of
from bot.settings import Settings
from orchestration.ports import Store
from tests.fakes.keyring import KEYRING
from tests.fakes.stalls import Stalls


class Counting:
    """A store that counts how often each of its methods is called."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.calls: Counter[str] = Counter()

    def __getattr__(self, name: str) -> Any:
        self.calls[name] += 1
        return getattr(self._store, name)


class Gauges:
    """What was used since the last look: CPU seconds, calls of the store, the longest stall of the loop."""

    def __init__(self, store: Counting, stalls: Stalls) -> None:
        self._store, self._stalls = store, stalls
        self._cpu = time.process_time()

    async def answer(self, _request: web.Request) -> web.Response:
        now = time.process_time()
        used = {"cpu": now - self._cpu, "stall": self._stalls.longest, "calls": dict(self._store.calls)}
        self._cpu, self._stalls.longest = now, 0.0
        self._store.calls.clear()
        return web.json_response(used)


async def serve(database: Path) -> None:
    """Serve until SIGTERM."""
    stop, settings = asyncio.Event(), Settings.local(os.environ)
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    async with AsyncExitStack() as stack:
        store = Counting(store_of(settings, database))
        stack.push_async_callback(store.close)
        model = model_of(settings, os.environ, stack, store)
        await store.open()
        application = await stack.enter_async_context(
            running(settings, store=store, model=model, keyring=KEYRING)
        )
        gauges = Gauges(store, await stack.enter_async_context(Stalls()))
        application.router.add_get("/bench/gauges", gauges.answer)
        interpreter.prepare()
        await listen(application, stack)
        await stop.wait()


async def listen(application: web.Application, stack: AsyncExitStack) -> None:
    """Serve on a free port of this machine, and print the address."""
    runner = web.AppRunner(application, access_log=None, shutdown_timeout=5)
    await runner.setup()
    stack.push_async_callback(runner.cleanup)
    await web.TCPSite(runner, "127.0.0.1", 0, backlog=1024).start()
    print(f"http://127.0.0.1:{runner.addresses[0][1]}", flush=True)  # noqa: T201 - who started it reads this


def main() -> None:
    parser = argparse.ArgumentParser(description="The bot with gauges, for benchmarks")
    parser.add_argument("--database", type=Path, required=True)
    parser.add_argument("--profile", type=Path, help="where to write the profile at the end")
    asked = parser.parse_args()
    profile = cProfile.Profile()
    if asked.profile:
        profile.enable()
    asyncio.run(serve(asked.database))
    if asked.profile:
        profile.disable()
        profile.dump_stats(asked.profile)


if __name__ == "__main__":
    main()
