"""``signoff serve --local`` under a clock that a test puts forward. A program of its own.

How many seconds it is ahead of the machine's clock stands in the file that AHEAD names.
"""

import argparse
import asyncio
import os
import signal
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path

from aiohttp import web

from bot.app import running
from bot.resources import model_of, store_of
from bot.settings import Settings
from bot.signing import keyring_of
from orchestration.catalog import WORKFLOWS


def _clock() -> datetime:
    ahead = Path(os.environ["AHEAD"])
    seconds = float(ahead.read_text()) if ahead.exists() else 0.0
    return datetime.now(UTC) + timedelta(seconds=seconds)


async def _serve(port: int, database: Path) -> None:
    settings = Settings.local(os.environ, workflows=[workflow.name for workflow in WORKFLOWS])
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    async with AsyncExitStack() as stack:
        store = store_of(settings, database)
        stack.push_async_callback(store.close)
        model = model_of(settings, os.environ, stack, store)
        await store.open()
        keyring = keyring_of(settings, database)
        made = running(settings, store=store, model=model, keyring=keyring, clock=_clock)
        runner = web.AppRunner(await stack.enter_async_context(made), access_log=None)
        stack.push_async_callback(runner.cleanup)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", port).start()
        await stop.wait()


def _main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("command", choices=["serve"])
    parser.add_argument("--local", action="store_true", required=True)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--database", type=Path, required=True)
    asked = parser.parse_args()
    asyncio.run(_serve(asked.port, asked.database))


if __name__ == "__main__":
    _main()
