"""Many runs at once: to the question, and from the click to the published text, through the bot on SQLite.

The peer is the same workflow on the framework alone, with its FileCheckpointStorage: no chat, no cards, no
records, nothing synced to the disk. For both, how long the event loop was held up at worst.
"""

import asyncio
import tempfile
from collections.abc import Awaitable, Iterable
from dataclasses import dataclass, field
from statistics import median
from time import perf_counter
from typing import Any

from agent_framework import FileCheckpointStorage

from orchestration.workflows import release_notes
from tests.bench.clicks import bot_on
from tests.bench.figures import Row
from tests.bench.framework import Framework
from tests.bench.people import BRIEF, Chat, People
from tests.fakes.connector import Json
from tests.fakes.stalls import Stalls


@dataclass(frozen=True)
class Plan:
    """How much is measured."""

    runs: tuple[int, ...] = (50, 200)
    repetitions: int = 4


FULL, QUICK = Plan(), Plan(runs=(50,), repetitions=2)


@dataclass(frozen=True)
class Round:
    """All runs once: seconds to the last question, from there to the last result, and of the worst stall."""

    asked: float
    ended: float
    stall: float
    used: dict[str, Any] = field(default_factory=dict)
    """The gauges of the bot."""


async def run(plan: Plan) -> list[Row]:
    """Measure both in turn, with a new bot for each number of runs."""
    return [row for count in plan.runs for row in await _measured(count, plan.repetitions)]


async def _measured(count: int, repetitions: int) -> list[Row]:
    ours: list[Round] = []
    peers: list[Round] = []
    async with People() as people, bot_on("SQLite") as bot:
        for number in range(repetitions):
            peers.append(await _bare(count))
            ours.append(await _through_the_bot(people, bot, people.chats(bot, count, f"round-{number}")))
    return list(_rows(count, ours, peers))


def _remark(count: int, used: dict[str, Any]) -> str:
    calls = ", ".join(f"{used['calls'].get(name, 0) / count:.1f} {name}s" for name in ("write", "read"))
    return f"the bot needs {1e3 * used['cpu'] / count:.0f} ms of CPU for a run, and {calls}"


def _rows(count: int, ours: list[Round], peers: list[Round]) -> Iterable[Row]:
    mine, bare = _middle(ours), _middle(peers)
    note, remark = "the framework alone, on files", _remark(count, ours[-1].used)
    yield Row(f"{count} runs to the question", count / mine.asked, count / bare.asked, "runs/s", note)
    yield Row(f"{count} runs from click to result", count / mine.ended, count / bare.ended, "runs/s", note)
    whole = [count / (one.asked + one.ended) for one in (mine, bare)]
    yield Row.of(f"{count} runs, both together", whole, "runs/s", f"{note}; {remark}")
    yield Row(f"longest stall with {count} runs", 1e3 * mine.stall, 1e3 * bare.stall, "ms", note)


def _middle(rounds: list[Round]) -> Round:
    columns = zip(*((one.asked, one.ended, one.stall) for one in rounds), strict=True)
    return Round(*(median(column) for column in columns))


async def _through_the_bot(people: People, bot: str, chats: list[Chat]) -> Round:
    await people.gauges(bot)
    asked, cards = await _all_at_once(_asked(chat) for chat in chats)
    ended, _ = await _all_at_once(_approved(chat, card) for chat, card in zip(chats, cards, strict=True))
    used = await people.gauges(bot)
    return Round(asked, ended, used["stall"], used)


async def _asked(chat: Chat) -> Json:
    await chat.start()
    return await chat.question()


async def _approved(chat: Chat, card: Json) -> None:
    await chat.click(card, "Approve")
    await chat.result()


async def _bare(count: int) -> Round:
    with tempfile.TemporaryDirectory() as folder:
        alone = Framework(FileCheckpointStorage(folder), release_notes.DEFINITION)
        async with Stalls() as stalls:
            asked, runs = await _all_at_once(alone.start(BRIEF) for _ in range(count))
            ended, _ = await _all_at_once(alone.answer(run) for run in runs)
        return Round(asked, ended, stalls.longest)


async def _all_at_once(work: Iterable[Awaitable[Any]]) -> tuple[float, list[Any]]:
    began = perf_counter()
    results = await asyncio.gather(*work)
    return perf_counter() - began, results
