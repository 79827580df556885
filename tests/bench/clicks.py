"""From the click to its answer: the bot against a bare echo bot, alone and while other runs go on.

Each click decides a question, so it reads and writes the store. Clicks on both bots alternate. The bot, the
echo bot, the store's emulator, the load and the one who measures are processes of their own.
"""

import asyncio
import itertools
import tempfile
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any

from tests.bench import programs
from tests.bench.figures import Row, quantile
from tests.bench.people import Chat, People


@dataclass(frozen=True)
class Plan:
    """How much is measured."""

    clicks: int = 30
    """On each bot, for each store and each number of other runs."""
    others: tuple[tuple[int, float], ...] = ((1, 1.0), (100, 3.0), (100, 1.0))
    """How many other runs, and how many seconds their model takes to answer."""
    stores: tuple[str, ...] = ("SQLite", "Cosmos")
    pause: float = 0.2
    """Seconds between two clicks."""
    warm_up: float = 3.0
    """Seconds before the first click, in which the others begin one by one."""


FULL = Plan()
QUICK = Plan(clicks=8, others=((1, 1.0), (100, 1.0)), stores=("SQLite",), pause=0.1, warm_up=1.5)


async def run(plan: Plan) -> list[Row]:
    """Measure each store with each load, every time with a new bot."""
    rows: list[Row] = []
    async with People() as people, programs.running("tests.bench.echo") as echo:
        for store, (others, delay) in itertools.product(plan.stores, plan.others):
            what = f"click, {store}, {others} in flight, model {delay:g} s"
            async with bot_on(store, DEMO_MODEL_DELAY_SECONDS=str(delay)) as bot:
                rows += await _measured(what, plan, people, (bot, echo), others)
    return rows


@asynccontextmanager
async def bot_on(store: str, **variables: str) -> AsyncGenerator[str]:
    """Run a bot with an empty store."""
    async with AsyncExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory())
        if store == "Cosmos":
            account = await stack.enter_async_context(programs.emulator())
            variables |= {"AZURE_COSMOS_ENDPOINT": account, "AZURE_COSMOS_DATABASE": "signoff"}
            variables["AZURE_COSMOS_KEY"] = "eA=="
        database = str(Path(folder) / "signoff.db")
        yield await stack.enter_async_context(
            programs.running("tests.bench.bot", "--database", database, **variables)
        )


async def _measured(what: str, plan: Plan, people: People, bots: tuple[str, str], others: int) -> list[Row]:
    """Prepare waiting questions, let the others begin, then click in turn on both bots."""
    bot, echo = bots
    chats = people.chats(bot, plan.clicks, "clicks")
    await asyncio.gather(*(chat.start() for chat in chats))
    cards = [await chat.question() for chat in chats]
    load = ("--bot", bot, "--people", str(others), "--within", str(plan.warm_up))
    async with programs.running("tests.bench.load", *load):
        await asyncio.sleep(plan.warm_up)
        await people.gauges(bot)
        began = perf_counter()
        seconds = [await _both(plan, chat, card, echo) for chat, card in zip(chats, cards, strict=True)]
        elapsed = perf_counter() - began
        used = await people.gauges(bot)
    return _rows(what, seconds, _remark(used, elapsed))


async def _both(plan: Plan, chat: Chat, card: Any, echo: str) -> tuple[float, float]:
    await asyncio.sleep(plan.pause)
    bare = await chat.timed(echo, chat.clicked(card, "Approve"))
    return await chat.click(card, "Approve"), bare


def _remark(used: dict[str, Any], elapsed: float) -> str:
    writes = used["calls"].get("write", 0) / elapsed
    stall = 1e3 * used["stall"]
    return f"bot: {used['cpu'] / elapsed:.0%} of a core, {writes:.0f} writes/s, stall {stall:.0f} ms"


def _rows(what: str, seconds: list[tuple[float, float]], remark: str) -> list[Row]:
    ours, bare = ([1e3 * pair[side] for pair in seconds] for side in (0, 1))
    return [
        Row(f"{what}, p50", median(ours), median(bare), "ms", f"bare echo bot; {remark}"),
        Row(f"{what}, p95", quantile(ours, 95), quantile(bare, 95), "ms", "the same"),
    ]
