"""What befalls a call in ten: a connector that fails by chance, and rules that make a Cosmos store fail."""

import asyncio
import random
import time
from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import Any

import aiohttp
from aiohttp import web

from tests.fakes.connector import FakeConnector, Fault, Json, Sent

SILENT, SLOW = 11.0, 1.5
"""Seconds. The bot waits ten for an answer of the connector."""

CONNECTOR: tuple[tuple[str, float, Fault | None], ...] = (
    ("429", 0.025, Fault.throttled(1)),
    ("503, not taken in", 0.02, Fault(503)),
    ("503, taken in", 0.01, Fault(503, applied=True)),
    ("reset before", 0.015, Fault.cut(applied=False)),
    ("reset after", 0.015, Fault.cut(applied=True)),
    ("slow", 0.012, None),
    ("silence, not taken in", 0.0015, Fault(hang=SILENT)),
    ("silence, taken in", 0.0015, Fault(hang=SILENT, applied=True)),
)
"""Name, share of all calls, what happens."""

COSMOS: tuple[tuple[str, float, Json], ...] = (
    ("429", 0.025, {"status": 429, "sub": 3200, "retry_after_ms": 100}),
    ("503", 0.02, {"status": 503}),
    ("reset before", 0.02, {"reset": "before"}),
    ("reset after", 0.02, {"reset": "after"}),
    ("half an answer", 0.01, {"reset": "mid"}),
    ("silence", 0.005, {"hang_s": 4}),
)
"""The same for the fault proxy."""


@dataclass(frozen=True)
class Post:
    """A message as it arrived: from which process, when, when it was answered, and what befell the answer."""

    process: int
    taken: float
    answered: float
    fault: str


class Chat:
    """What people see in one conversation: every version of each message, by its id."""

    def __init__(self) -> None:
        self.posts: dict[str, Post] = {}
        self.versions: defaultdict[str, list[Json]] = defaultdict(list)
        self._news = asyncio.Event()

    @property
    def cards(self) -> dict[str, Json]:
        """The cards as they are now, in the order of posting."""
        return {activity: versions[-1] for activity, versions in self.versions.items()}

    def take(self, sent: Sent, post: Post) -> None:
        if sent.card is None:
            return
        self.posts.setdefault(sent.activity, post)
        self.versions[sent.activity].append(sent.card)
        self._news.set()

    async def news(self) -> None:
        await self._news.wait()
        self._news.clear()


class UnreliableConnector(FakeConnector):
    """Fails about one call in ten."""

    def __init__(self, dice: random.Random) -> None:
        super().__init__()
        self._dice = dice
        self.chats: defaultdict[str, Chat] = defaultdict(Chat)
        self.counts: Counter[str] = Counter()

    async def answer(self, request: web.Request, sent: Sent, fault: Fault | None) -> web.StreamResponse:
        name, fault = self._drawn()
        self.counts[name] += 1
        pause = SLOW if name == "slow" else 0.0
        if fault is None or fault.applied:
            process, now = int(request.headers["User-Agent"]), time.monotonic()
            post = Post(process, now, now + pause, name if fault else "")
            self.chats[sent.conversation].take(sent, post)
        await asyncio.sleep(pause)
        return await super().answer(request, sent, fault)

    def _drawn(self) -> tuple[str, Fault | None]:
        chance = self._dice.random()
        for name, share, fault in CONNECTOR:
            if chance < share:
                return name, fault
            chance -= share
        return "no fault", None


async def let_cosmos_fail(proxy: str) -> None:
    rules = [{"p": share, "fault": fault} for _, share, fault in COSMOS]
    async with aiohttp.ClientSession(raise_for_status=True) as http, http.put(_rules(proxy), json=rules):
        pass


async def faults_of_cosmos(proxy: str) -> Counter[str]:
    async with aiohttp.ClientSession(raise_for_status=True) as http, http.get(_rules(proxy)) as answer:
        rules: list[dict[str, Any]] = await answer.json()
    hits = Counter({name: rule["hits"] for (name, _, _), rule in zip(COSMOS, rules, strict=True)})
    return hits + Counter({"no fault": rules[-1]["seen"] - rules[-1]["hits"]})


def _rules(proxy: str) -> str:
    return f"{proxy.rstrip('/')}/_faults"
