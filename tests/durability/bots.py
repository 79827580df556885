"""What the bots of these tests share: processes that can be killed, a store by its address, serving."""

import asyncio
import multiprocessing
import os
from typing import Any

from aiohttp import web
from azure.cosmos.aio import CosmosClient

from bot.app import running
from bot.settings import Settings
from orchestration.ports import Store
from storage.cosmos import CosmosStore
from storage.sqlite import SqliteStore
from tests.fakes.keyring import KEYRING

SOAK = bool(os.environ.get("SIGNOFF_SOAK"))
"""Whether to try everything, for a quarter of an hour, in place of a part of it."""
PROCESSES = multiprocessing.get_context("forkserver")
PROCESSES.set_forkserver_preload(["tests.durability.victim", "tests.durability.replica"])


def store_at(place: str, **options: Any) -> Store:
    """A SQLite file, or a Cosmos DB emulator by its address; the options are those of CosmosStore."""
    if place.startswith("http"):
        return CosmosStore(CosmosClient(place, "eA=="), "signoff", create=True, **options)
    return SqliteStore(place)


async def serve(store: Any, port: int, **parts: Any) -> None:
    """Open the store and run the bot on it, in local mode, until killed."""
    await store.open()
    async with running(Settings.local({}), store=store, keyring=KEYRING, **parts) as application:
        runner = web.AppRunner(application)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", port, reuse_address=True).start()
        await asyncio.Event().wait()
