"""People, each in a chat of their own with the bot: they start runs, and click on the cards that come."""

import asyncio
import itertools
import json
import time
import uuid
from collections import defaultdict
from collections.abc import Callable
from types import TracebackType
from typing import Any, Self

import aiohttp

from tests.fakes import teams
from tests.fakes.connector import FakeConnector, Json, Sent
from tests.fakes.signoff import buttons, text_of

WITHIN = 60.0
"""Seconds that a card may take to come."""
BRIEF = "Faster search, dark mode and a fix for sign-in on iOS"


class Inboxes(FakeConnector):
    """A connector that puts each card into the inbox of its conversation, and keeps nothing else."""

    def __init__(self) -> None:
        super().__init__()
        self.cards_in: defaultdict[str, asyncio.Queue[Json]] = defaultdict(asyncio.Queue)

    async def _apply(self, sent: Sent) -> None:
        self.requests.clear()
        if sent.card:
            self.cards_in[sent.conversation].put_nowait(sent.card)


class Chat:
    """The chat of one person with one bot."""

    def __init__(self, people: "People", bot: str, name: str) -> None:
        self._people, self._bot = people, bot
        # Each in a tenant of their own: Teams takes 50 messages a second from a bot in one, which is not
        # what is measured here.
        tenant = str(uuid.uuid5(uuid.NAMESPACE_URL, name))
        self._where = teams.personal() | {"id": f"a:{name}", "tenantId": tenant}

    async def start(self) -> None:
        """Ask for release notes."""
        said = teams.message(f"run release-notes {BRIEF}", where=self._where)
        await self._people.post(self._bot, said)

    async def question(self) -> Json:
        """The next card that asks for a decision."""
        return await self._card(lambda card: "Approve" in buttons(card))

    async def result(self) -> None:
        """Wait for the card with the published text."""
        await self._card(_is_result)

    async def _card(self, fits: Callable[[Json], bool]) -> Json:
        inbox = self._people.connector.cards_in[self._where["id"]]
        async with asyncio.timeout(WITHIN):
            while True:
                if fits(card := await inbox.get()):
                    return card

    def clicked(self, card: Json, title: str, **inputs: str) -> Json:
        """The activity of a click on a button."""
        action = buttons(card)[title]
        activity = teams.click({**action["data"], **inputs}, where=self._where)
        activity["value"]["action"]["verb"] = action["verb"]
        return activity

    async def click(self, card: Json, title: str, **inputs: str) -> float:
        """Click, and return the seconds until the answer was there. Raises when the answer is no card."""
        return await self.timed(self._bot, self.clicked(card, title, **inputs))

    async def timed(self, bot: str, activity: Json) -> float:
        """Post an activity, and return the seconds until the answer was there."""
        began = time.perf_counter()
        answer = await self._people.post(bot, activity)
        seconds = time.perf_counter() - began
        if json.loads(answer).get("type") == "application/vnd.microsoft.activity.message":
            raise RuntimeError(f"the click was answered with {answer!r}")
        return seconds

    async def whole_run(self) -> None:
        """A run with one round of changes, from the first word to the published text."""
        await self.start()
        await self.click(await self.question(), "Request changes", comment="shorter")
        await self.click(await self.question(), "Approve")
        await self.result()


class People:
    """Opens chats. `async with People() as people`."""

    def __init__(self) -> None:
        self.connector = Inboxes()
        self._numbers = itertools.count(1)

    def chats(self, bot: str, count: int, name: str) -> list[Chat]:
        return [Chat(self, bot, f"{name}-{next(self._numbers)}") for _ in range(count)]

    async def post(self, bot: str, activity: Json) -> bytes:
        body = activity | {"serviceUrl": self.connector.url}
        async with self._http.post(f"{bot}/api/messages", json=body) as response:
            answer = await response.read()
            response.raise_for_status()
            return answer

    async def gauges(self, bot: str) -> dict[str, Any]:
        """What the bot used since this was last asked."""
        async with self._http.get(f"{bot}/bench/gauges") as response:
            return await response.json()

    async def __aenter__(self) -> Self:
        self._http = aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0))
        await self.connector.__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._http.close()
        await self.connector.__aexit__(kind, error, trace)


def _is_result(card: Json) -> bool:
    said = text_of(card)
    return "Completed" in said and "What is new" in said
