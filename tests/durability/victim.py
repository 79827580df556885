"""The bot in a process of its own that kills itself, with SIGKILL, at a named point."""

import asyncio
import itertools
import os
import signal
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from aiohttp import web
from azure.cosmos.aio import CosmosClient

from bot.app import running
from bot.settings import Settings
from orchestration.agents import models
from orchestration.agents.demo import DemoChatClient
from orchestration.dispatch.pace import Pace
from orchestration.ports import Store
from storage.cosmos import CosmosStore
from storage.sqlite import SqliteStore
from tests.fakes.keyring import KEYRING
from tests.fakes.stores import Between

QUICK = Pace(alive=timedelta(seconds=0.6), sweep=timedelta(seconds=0.2))


@dataclass(frozen=True)
class Point:
    """Where to die: before or after the nth of something. `what` is write or call; "" is nowhere."""

    when: str = ""
    what: str = ""
    number: int = 0

    def __str__(self) -> str:
        return f"{self.when} {self.what} {self.number}" if self.what else "no kill"

    def reached(self, when: str, what: str, number: int) -> None:
        if (when, what, number) == (self.when, self.what, self.number):
            os.kill(os.getpid(), signal.SIGKILL)


class MortalClient(DemoChatClient):
    """The demo model; the process may die before or after it answers."""

    def __init__(self, point: Point) -> None:
        super().__init__()
        self._point, self._calls = point, itertools.count(1)

    async def _whole(self, messages: Any, options: Any) -> Any:
        number = next(self._calls)
        self._point.reached("before", "call", number)
        answer = await super()._whole(messages, options)
        self._point.reached("after", "call", number)
        return answer


def mortal(store: Store, point: Point) -> Any:
    before, after = itertools.count(1), itertools.count(1)

    async def dies_before(_: Any, __: Any) -> None:
        point.reached("before", "write", next(before))

    async def dies_after(_: Any, __: Any) -> None:
        point.reached("after", "write", next(after))

    return Between(store, before=dies_before, after=dies_after)


def store_at(place: str) -> Store:
    """A SQLite file, or a Cosmos DB emulator by its address."""
    if place.startswith("http"):
        return CosmosStore(CosmosClient(place, "eA=="), "signoff", create=True)
    return SqliteStore(place)


def serve(place: str, port: int, point: Point) -> None:
    """Run until killed. For a process of its own."""
    asyncio.run(_serve(place, port, point))


async def _serve(place: str, port: int, point: Point) -> None:
    model = models.choose({}, azure_credential=None)
    mortal_model = models.Model("demo", "demo", "", MortalClient(point), model.aclose)
    store = store_at(place)
    await store.open()
    settings = Settings.local({})
    async with running(
        settings, store=mortal(store, point), model=mortal_model, keyring=KEYRING, pace=QUICK
    ) as application:
        runner = web.AppRunner(application)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", port, reuse_address=True).start()
        await asyncio.Event().wait()
