"""One run of release notes, told by people who do everything twice and by a channel that delivers again."""

import asyncio
import contextlib
import os
import signal
from collections.abc import Callable
from contextlib import asynccontextmanager
from typing import Any

import aiohttp

from tests.durability.bots import PROCESSES
from tests.durability.victim import Point, serve
from tests.fakes import teams
from tests.fakes.connector import FakeConnector, Json
from tests.fakes.signoff import buttons, clicked, text_of
from tests.fakes.teams import ALICE, BOB
from tests.ports import free_port

CHAT = teams.personal()
DECIDING = {"Approve", "Request changes", "Reject"}


class Story:
    """The people, the channel and the bot of one run."""

    def __init__(self, place: str, point: Point) -> None:
        self._place, self._point = place, point
        self._port = free_port()
        self._bot: Any = None
        self.deaths = 0
        self.teams = FakeConnector()

    # ---- the bot ------------------------------------------------------------------------

    async def alive(self) -> None:
        """Start the bot if it is dead; only the first one dies by itself."""
        if self._bot is not None and self._bot.is_alive():
            return
        self.deaths += self._bot is not None
        point = self._point if self._bot is None else Point()
        self._bot = PROCESSES.Process(target=serve, args=(self._place, self._port, point), daemon=True)
        self._bot.start()

    def kill(self) -> None:
        if self._bot is not None and self._bot.is_alive():
            os.kill(self._bot.pid, signal.SIGKILL)
            self._bot.join()

    async def close(self) -> None:
        self.kill()
        if self._bot is not None:
            self._bot.close()

    # ---- the channel and the people -----------------------------------------------------

    async def deliver(self, activity: Json) -> Json:
        """Send until it is taken, as the channel does; the bot may die meanwhile."""
        body = activity | {"serviceUrl": self.teams.url}
        while True:
            await self.alive()
            with contextlib.suppress(aiohttp.ClientError, OSError):
                async with (
                    aiohttp.ClientSession() as http,
                    http.post(f"http://127.0.0.1:{self._port}/api/messages", json=body) as response,
                ):
                    if response.status == 200:
                        return await response.json()
            await asyncio.sleep(0.02)

    async def shown(self, fits: Callable[[Json], bool], within: float = 25) -> Json:
        """Wait for a card; somebody restarts the bot when it is dead."""
        async with asyncio.timeout(within):
            while True:
                await self.alive()
                for card in reversed(self.teams.cards(CHAT["id"])):
                    if fits(card):
                        return card
                await asyncio.sleep(0.02)

    async def decide(self, revision: int, title: str, comment: str = "") -> None:
        """Two people click on the same card, and each click arrives twice."""
        card = await self.shown(
            lambda card: f"Revision {revision} of 5" in text_of(card) and title in buttons(card)
        )
        for person in (ALICE, BOB):
            activity = clicked(card, title, {"comment": comment}, by=person, where=CHAT)
            for _ in range(2):
                await self.deliver(activity)

    async def told(self) -> None:
        """From the first word to the published text."""
        start = teams.message("run release-notes Faster search. Dark mode.")
        for _ in range(2):
            await self.deliver(start)
        await self.decide(1, "Request changes", "shorter")
        await self.decide(2, "Approve")
        await self.shown(lambda card: "Completed" in text_of(card))

    def cards_with(self, words: str) -> list[Json]:
        return [card for card in self.teams.cards(CHAT["id"]) if words in text_of(card)]

    async def healed(self, card: Json) -> Json:
        """Click on a card that should not offer anything any more; return what it becomes."""
        title = next(iter(DECIDING & buttons(card).keys()))
        late = clicked(card, title, {"comment": "late"}, by=BOB, where=CHAT)
        return (await self.deliver(late))["value"]


@asynccontextmanager
async def story(place: str, point: Point):
    told = Story(place, point)
    async with told.teams:
        try:
            yield told
        finally:
            await told.close()
