"""What runs that wait cost the bot: the time from its start to the first good answer of /readyz; its memory.

With runs on SQLite, each with its question asked and its cards posted, against the bot without runs; and
without runs against a bare echo bot. Memory is the resident set some seconds later, after a look for work.
"""

import asyncio
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from time import perf_counter

import aiohttp

from tests.bench import crowd, programs
from tests.bench.figures import Row
from tests.bench.signoff import sqlite_at
from tests.fakes.core import core

SERVE = ("bot", "serve", "--local", "--port", "0", "--database")
ECHO = ("tests.bench.echo",)


@dataclass(frozen=True)
class Plan:
    """How much is measured."""

    waiting: tuple[int, ...] = (1_000, 10_000)
    repetitions: int = 5
    idle: float = 4.0
    """Seconds from ready to the look at the memory."""


FULL, QUICK = Plan(), Plan(waiting=(1_000,), repetitions=1, idle=1.0)


@dataclass(frozen=True)
class Start:
    """Milliseconds until ready, and megabytes a little later."""

    ready: float
    memory: float


async def run(plan: Plan) -> list[Row]:
    """Start the bot on each file, and the echo bot, in turn; the first time only warms the disk's cache."""
    with tempfile.TemporaryDirectory() as folder:
        counts = (0, *plan.waiting)
        files = [Path(folder) / f"{count}.db" for count in counts]
        for file, count in zip(files, counts, strict=True):
            await fill(file, count)
        commands = (ECHO, *((*SERVE, str(file)) for file in files))
        rounds = [
            [await _start(plan.idle, *command) for command in commands] for _ in range(plan.repetitions + 1)
        ]
    echo, none, *many = (_middle(starts) for starts in zip(*rounds[1:], strict=True))
    rows = [*_rows("no runs", none, echo, "bare echo bot")]
    for count, start in zip(plan.waiting, many, strict=True):
        rows += _rows(f"{count:,} runs wait", start, none, "Signoff without runs")
    return rows


def _rows(what: str, ours: Start, peer: Start, note: str) -> Iterable[Row]:
    yield Row(f"start to ready, {what}", ours.ready, peer.ready, "ms", note)
    yield Row(f"memory, {what}", ours.memory, peer.memory, "MB", note)


def _middle(starts: Iterable[Start]) -> Start:
    kept = list(starts)
    return Start(median(start.ready for start in kept), median(start.memory for start in kept))


async def _start(idle: float, module: str, *arguments: str) -> Start:
    began = perf_counter()
    async with (
        programs.started(module, *arguments) as program,
        aiohttp.ClientSession() as http,
        http.get(f"{program.address}/readyz") as answer,
    ):
        answer.raise_for_status()
        ready = perf_counter() - began
        await asyncio.sleep(idle)
        return Start(1e3 * ready, program.megabytes)


async def fill(file: Path, waiting: int) -> None:
    """Make a database with so many runs that wait for an answer, and whose cards have been posted."""
    async with sqlite_at(file) as store:
        if not waiting:
            return
        async with core(store) as it:
            run = await it.start()
            await it.asked(run.key, "review-1")
        await crowd.settle(store, run.key)
    crowd.copy(file, run.key, waiting - 1)
