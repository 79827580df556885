"""Everything together: people, a connector that fails, two replicas and one who hurts them, on one store."""

import asyncio
import random
import time
from collections import Counter
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import aiohttp

from orchestration.ports import Store
from tests.durability import journal, weather
from tests.durability.bots import store_at
from tests.durability.inspection import Findings, Inspection, at_rest
from tests.durability.people import Channel, Errand
from tests.durability.replica import Role
from tests.durability.seen import Doubts
from tests.durability.supervisor import Supervisor, supervised
from tests.durability.weather import UnreliableConnector
from tests.emulator.servers import running as server

TOGETHER = 30
"""Errands at the same time."""


@dataclass(frozen=True)
class Scene:
    """A store, as the bots find it and directly. `proxy` is what makes it fail.

    `slowest`: seconds that a write may take. The lease has to outlast it.
    """

    role: Role
    store: Store
    slowest: float
    proxy: str = ""


@asynccontextmanager
async def sqlite(folder: Path, _seed: str) -> AsyncGenerator[Scene]:
    """One file, used by both replicas."""
    place = str(folder / "runs.db")
    yield Scene(_role(place, folder, lease=1.5), store_at(place), slowest=1.0)


@asynccontextmanager
async def cosmos(folder: Path, seed: str) -> AsyncGenerator[Scene]:
    """The emulator; both replicas reach it through the proxy."""
    proxy_seed = str(_dice(seed, "proxy").randrange(10**6))
    with (
        server("minicosmos") as place,
        server("faultproxy", "--backend", place, "--seed", proxy_seed) as proxy,
    ):
        role = _role(proxy, folder, lease=3.5, options=(("deadline", 3.0),))
        yield Scene(role, store_at(place), slowest=3.0, proxy=proxy)


def _role(place: str, folder: Path, **more: Any) -> Role:
    return Role(place, 0, str(folder / "journal"), str(folder / "log"), **more)


def _dice(seed: str, whose: str) -> random.Random:
    """Everybody has their own, so that what one does changes nothing for the others."""
    return random.Random(f"{seed} {whose}")  # noqa: S311 - repeatable, no secret


class Chaos:
    """`async with Chaos(...) as chaos`, then let it end and look at the figures."""

    def __init__(self, scene: Scene, seed: str, runs: int) -> None:
        self._scene, self._seed, self._runs = scene, seed, runs
        self._connector = UnreliableConnector(_dice(seed, "connector"))
        self._stack = AsyncExitStack()
        self._seconds, self._cosmos = 0.0, Counter[str]()

    async def __aenter__(self) -> Self:
        enter = self._stack.enter_async_context
        self._stack.push_async_callback(self._scene.store.close)
        await self._scene.store.open()
        if self._scene.proxy:
            await weather.let_cosmos_fail(self._scene.proxy)
        await enter(self._connector)
        http = await enter(aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)))
        self._supervisor: Supervisor = await enter(
            supervised(self._scene.role, _dice(self._seed, "supervisor"))
        )
        channel = Channel(http, self._supervisor.ports, self._connector.url)
        self._errands = [self._errand(number, channel) for number in range(1, self._runs + 1)]
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._stack.aclose()

    def _errand(self, number: int, channel: Channel) -> Errand:
        return Errand(number, channel, self._connector, _dice(self._seed, f"errand {number}"))

    async def ended(self, within: float, rest: float) -> Findings:
        """Let all runs end and the cards come to rest, each in so many seconds; return how it is then."""
        began = time.monotonic()
        await self._all(Errand.told, within)
        self._seconds = time.monotonic() - began
        await self._supervisor.calm()
        await self._all(lambda errand: at_rest(self._scene.store, errand), rest)
        return await self._inspected()

    async def _all(self, work: Callable[[Errand], Awaitable[None]], within: float) -> None:
        slots = asyncio.Semaphore(TOGETHER)

        async def one(errand: Errand) -> None:
            async with slots:
                await work(errand)

        tasks = {asyncio.create_task(one(errand)): errand for errand in self._errands}
        _, late = await asyncio.wait(tasks, timeout=within)
        for task in late:
            task.cancel()
        assert not late, [tasks[task].standing for task in late]
        await asyncio.gather(*tasks)

    async def _inspected(self) -> Findings:
        if self._scene.proxy:
            self._cosmos = await weather.faults_of_cosmos(self._scene.proxy)
        works, locked = journal.read(Path(self._scene.role.journal)), not self._scene.proxy
        doubts = Doubts(self._supervisor.blows, self._scene.slowest, locked=locked)
        return await Inspection(self._scene.store, works, doubts).of(self._errands)

    def figures(self, found: Findings) -> list[str]:
        counts = found.counts
        return [
            f"{counts['ended right']} of {self._runs} runs ended right, after {self._seconds:.0f} s",
            _listed(self._supervisor.counts),
            f"connector: {_listed(self._connector.counts)}",
            *([f"Cosmos DB: {_listed(self._cosmos)}"] if self._cosmos else []),
            _share("executor re-runs", counts["steps again"], counts["steps"]),
            _share("second cards", counts["second cards"], counts["cards"]),
            *found.wrong,
        ]


def _listed(counts: Counter[str]) -> str:
    return "; ".join(f"{what}: {count}" for what, count in sorted(counts.items()))


def _share(what: str, some: int, of_all: int) -> str:
    return f"{what}: {some}, {some / of_all:.1%} of {of_all}"
