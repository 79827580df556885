"""What a superstep costs: a chain of trivial steps on our runner and stores, and on the framework's own.

Ours writes the run's record, its card and the checkpoint in one fenced batch; on SQLite that is a transaction
with fsync. The framework's storages write the checkpoint alone; its files are not synced.
"""

import tempfile
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any

import aiohttp
from agent_framework import Executor, FileCheckpointStorage, WorkflowContext, handler

from orchestration.messages import Result
from orchestration.workflows.definition import Definition
from tests.bench import accounts, programs
from tests.bench.figures import Row
from tests.bench.framework import Framework
from tests.bench.shape import BRIEF
from tests.bench.signoff import Signoff, sqlite_at
from tests.fakes.workflows import Last as End
from tests.fakes.workflows import Work, chain

PLACES = ("SQLite", "files", "Cosmos", "framework's Cosmos")

Once = Callable[[], Awaitable[Any]]
"""Runs the chain one time."""


@dataclass(frozen=True)
class Plan:
    """How much is measured."""

    lengths: tuple[int, ...] = (5, 20)
    repetitions: int = 30


FULL, QUICK = Plan(), Plan(repetitions=5)


class Pass(Executor):
    """A step that passes on what it gets."""

    @handler
    async def go_on(self, text: str, ctx: WorkflowContext[str]) -> None:
        await ctx.send_message(text)


class Last(End):
    """Ends with what it gets."""

    @handler
    async def end(self, text: str, ctx: WorkflowContext[Any, Result]) -> None:
        await ctx.yield_output(Result(text))


def chain_of(length: int) -> Definition:
    """A workflow of so many steps, which takes as many supersteps."""
    passes = [partial(Pass, id=f"step-{number}") for number in range(1, length)]
    return chain(f"chain-{length}", *passes, lambda: Last("last", Work()))


async def run(plan: Plan) -> list[Row]:
    """Measure all four in turn, again and again."""
    rows: list[Row] = []
    runs: dict[int, dict[str, float]] = {}
    for length in plan.lengths:
        async with programs.emulator() as account, _all(account, chain_of(length)) as ways:
            runs[length] = await _timed(ways, plan.repetitions)
            each = {place: seconds / length for place, seconds in runs[length].items()}
            rows += _times(f"superstep in a chain of {length}", each)
            rows += await _traffic(account, ways, length)
    return rows + _further(runs)


def _further(runs: dict[int, dict[str, float]]) -> list[Row]:
    """What is left when the beginning and the end of a run are taken out: longest against shortest chain."""
    short, long = min(runs), max(runs)
    if short == long:
        return []
    each = {place: (runs[long][place] - runs[short][place]) / (long - short) for place in PLACES}
    return _times(f"each further superstep from {short} to {long}", each)


async def _timed(ways: dict[str, Once], repetitions: int) -> dict[str, float]:
    """The seconds that a run takes on each."""
    for once in ways.values():
        await once()  # imports, connections, containers
    seconds: dict[str, list[float]] = {place: [] for place in ways}
    for _ in range(repetitions):
        for place, once in ways.items():
            began = perf_counter()
            await once()
            seconds[place].append(perf_counter() - began)
    return {place: median(taken) for place, taken in seconds.items()}


def _times(what: str, seconds: dict[str, float]) -> list[Row]:
    sqlite, files, cosmos, framework = (1e3 * seconds[place] for place in PLACES)
    return [
        Row(f"{what}, SQLite", sqlite, files, "ms", "FileCheckpointStorage"),
        Row(f"{what}, Cosmos", cosmos, framework, "ms", "CosmosCheckpointStorage"),
    ]


async def _traffic(account: str, ways: dict[str, Once], length: int) -> list[Row]:
    ours, peer = [await _used(account, ways[place]) for place in PLACES[2:]]
    what, each = f"superstep in a chain of {length}, Cosmos", 1 / length
    note = f"requests of a whole run: {ours['requests']:.0f} and {peer['requests']:.0f}"
    return [
        Row(f"{what}, sent", ours["bytes_in"] * each, peer["bytes_in"] * each, "bytes", note),
        Row(f"{what}, units", ours["ru"] * each, peer["ru"] * each, "RU", "as the emulator estimates them"),
    ]


async def _used(account: str, once: Once) -> dict[str, float]:
    """The traffic of one run. Reading the emulator's statistics clears them."""
    async with aiohttp.ClientSession() as http:
        await (await http.get(f"{account}/_admin/stats")).read()
        await once()
        totals = await (await http.get(f"{account}/_admin/stats")).json()
    return {name: sum(kind[name] for kind in totals.values()) for name in ("requests", "bytes_in", "ru")}


@asynccontextmanager
async def _all(account: str, workflow: Definition) -> AsyncGenerator[dict[str, Once]]:
    """The chain on each of the four. Ours from the record of a queued run to that of a completed one."""
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        sides = (
            Signoff(await stack.enter_async_context(sqlite_at(folder / "signoff.db")), workflow),
            Framework(FileCheckpointStorage(folder / "files"), workflow),
            Signoff(await stack.enter_async_context(accounts.store_at(account)), workflow),
            Framework(await stack.enter_async_context(accounts.storage_at(account)), workflow),
        )
        yield {place: partial(side.start, BRIEF) for place, side in zip(PLACES, sides, strict=True)}
