"""Two bots as `signoff serve` runs them: two processes over one store, and a model that a test holds."""

import asyncio
import os
import signal
import time
from collections.abc import AsyncGenerator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
from aiohttp import web

from bot.__main__ import main
from bot.resources import store_of
from bot.settings import Settings
from orchestration.model import Run
from orchestration.ports import Store
from tests.durability.bots import PROCESSES
from tests.e2e.process import environment
from tests.fakes import teams
from tests.fakes.connector import FakeConnector, Json
from tests.fakes.openai import FakeOpenAI, say
from tests.fakes.signoff import buttons, text_of
from tests.fakes.teams import ALICE, Person
from tests.ports import free_port

CHAT = teams.personal()
MOST_CALLS = 10


class Model:
    """Answers the nth call when the test lets it."""

    def __init__(self) -> None:
        self.asked: list[float] = []
        """When it was asked, in seconds of the monotonic clock."""
        self._may = [asyncio.Event() for _ in range(MOST_CALLS)]

    def answer(self, number: int) -> None:
        """Let the call with this number, from 1, have its answer."""
        self._may[number - 1].set()

    async def called(self, number: int, within: float = 20) -> float:
        """Wait for the call with this number; return when it was."""
        async with asyncio.timeout(within):
            while len(self.asked) < number:
                await asyncio.sleep(0.01)
        return self.asked[number - 1]

    async def reply(self, request: web.Request, body: Json) -> web.StreamResponse:
        self.asked.append(time.monotonic())
        number = len(self.asked)
        await self._may[number - 1].wait()
        return await say(f"Draft {number}")(request, body)


class Bot:
    """A process. It works when `ready` has returned."""

    def __init__(self, variables: dict[str, str], database: Path) -> None:
        self.url = f"http://127.0.0.1:{(port := _new_port())}"
        self._process = PROCESSES.Process(target=_serve, args=(port, variables, str(database)), daemon=True)
        self._process.start()

    async def ready(self) -> None:
        async with aiohttp.ClientSession() as http, asyncio.timeout(30):
            while True:
                try:
                    async with http.get(f"{self.url}/readyz") as response:
                        if response.status == 200:
                            return
                except aiohttp.ClientError:
                    await asyncio.sleep(0.05)

    def send(self, number: signal.Signals) -> None:
        os.kill(self._process.pid, number)

    async def ended(self, within: float) -> float:
        """Wait for its end, in order; return how long that took."""
        began = time.monotonic()
        await asyncio.to_thread(self._process.join, within)
        assert self._process.exitcode == 0, f"{self._process.exitcode} after {within} seconds"
        return time.monotonic() - began

    def close(self) -> None:
        self._process.kill()
        self._process.join()
        self._process.close()


def _new_port(given: set[int] = set()) -> int:  # noqa: B006 - what was free may be given to nobody else
    while (port := free_port()) in given:
        continue
    given.add(port)
    return port


def _serve(port: int, variables: dict[str, str], database: str) -> None:
    os.environ.clear()
    os.environ.update(variables)
    main(["serve", "--local", "--port", str(port), "--database", database])


class Pair:
    """The bots, their model, and people who talk to either of them. `database` is the SQLite file."""

    def __init__(
        self, store: Store, database: Path, bots: tuple[Bot, Bot], model: Model, channel: FakeConnector
    ) -> None:
        self.store, self.database, self.model, self.channel = store, database, model, channel
        self.one, self.two = bots

    async def deliver(self, bot: Bot, activity: Json) -> Any:
        body = activity | {"serviceUrl": self.channel.url}
        async with (
            aiohttp.ClientSession() as http,
            http.post(f"{bot.url}/api/messages", json=body) as response,
        ):
            assert response.status == 200
            return await response.json()

    async def start(self, bot: Bot) -> None:
        await self.deliver(bot, teams.message("run release-notes Faster search."))

    async def asked(self) -> Json:
        """Wait for the card with the question."""
        return await self.shown(lambda card: "Approve" in buttons(card))

    async def completed(self) -> Json:
        return await self.shown(lambda card: "Completed" in text_of(card))

    async def shown(self, fits: Callable[[Json], bool], within: float = 20) -> Json:
        def find(channel: FakeConnector) -> Json | None:
            return next((card for card in reversed(channel.cards(CHAT["id"])) if fits(card)), None)

        return await self.channel.wait(find, within)

    async def click(self, bot: Bot, card: Json, title: str, by: Person = ALICE) -> Json:
        action = buttons(card)[title]
        activity = teams.click(action["data"], by=by, where=CHAT)
        activity["value"]["action"]["verb"] = action["verb"]
        return await self.deliver(bot, activity)

    async def run(self) -> Run:
        """The one run that there is."""
        (run,) = await self.store.runs_of(teams.TENANT, ALICE.entra_id, 10)
        return run

    async def told(self) -> list[str]:
        """What the audit trail says."""
        return [event.what for event in await self.store.history((await self.run()).key)]


@asynccontextmanager
async def pair(records: dict[str, str], database: Path) -> AsyncGenerator[Pair]:
    """Start both bots on a store: the one that the variables name, else the SQLite file."""
    async with AsyncExitStack() as stack:
        model = Model()
        server = await stack.enter_async_context(FakeOpenAI(*MOST_CALLS * [model.reply]))
        channel = await stack.enter_async_context(FakeConnector())
        store = store_of(Settings.local(records), database)
        stack.push_async_callback(store.close)
        await store.open()
        local = {"LOCAL_MODEL_BASE_URL": f"{server.url}/v1", "LOCAL_MODEL": "held"}
        bots = Bot(environment(**records, **local), database), Bot(environment(**records, **local), database)
        for bot in bots:
            stack.callback(bot.close)
        await asyncio.gather(*(bot.ready() for bot in bots))
        yield Pair(store, database, bots, model, channel)
