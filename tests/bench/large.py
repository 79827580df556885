"""How long the event loop stands still while a large text passes through three steps.

Signoff on SQLite against the framework's FileCheckpointStorage, with the same workflow: a step writes the
text, two pass it on, and it is the result. A task that wants to run every 5 ms tells the longest wait.
"""

import tempfile
from collections.abc import AsyncGenerator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any

from agent_framework import Executor, FileCheckpointStorage, WorkflowContext, handler

from orchestration.messages import Conversation
from orchestration.workflows.definition import Definition
from tests.bench.figures import Row
from tests.bench.framework import Framework
from tests.bench.shape import BRIEF, words
from tests.bench.signoff import Signoff, sqlite_at
from tests.fakes.stalls import Stalls
from tests.fakes.workflows import Last, Work, chain

TICK = 0.005


@dataclass(frozen=True)
class Plan:
    """How much is measured."""

    megabytes: tuple[int, ...] = (1, 10)
    repetitions: int = 3


FULL, QUICK = Plan(), Plan(repetitions=1)


@dataclass(frozen=True)
class Passage:
    """Seconds of the longest stall, and of the whole run."""

    stall: float
    total: float


class Writes(Executor):
    """Writes a text of so many megabytes, whatever is asked."""

    def __init__(self, id: str, megabytes: int) -> None:
        super().__init__(id=id)
        self._text = words(1, megabytes * 1_000_000)

    @handler
    async def write(self, text: str, ctx: WorkflowContext[Conversation]) -> None:
        await ctx.send_message(Conversation().saying("assistant", self._text))


class Passes(Executor):
    """Passes on what it gets."""

    @handler
    async def pass_on(self, talk: Conversation, ctx: WorkflowContext[Conversation]) -> None:
        await ctx.send_message(talk)


def definition(megabytes: int) -> Definition:
    """Return the workflow for a text of this size."""
    return chain(
        "large",
        lambda: Writes("writes", megabytes),
        lambda: Passes("second"),
        lambda: Passes("third"),
        lambda: Last("last", Work()),
    )


async def run(plan: Plan) -> list[Row]:
    """Measure both in turn."""
    rows: list[Row] = []
    for megabytes in plan.megabytes:
        workflow = definition(megabytes)
        taken: list[list[Passage]] = [[], []]
        for _ in range(plan.repetitions):
            for side, kept in zip((_signoff, _framework), taken, strict=True):
                kept.append(await _passage(side, workflow))
        rows += _rows(megabytes, *taken)
    return rows


def _rows(megabytes: int, ours: list[Passage], peer: list[Passage]) -> Iterable[Row]:
    note = "FileCheckpointStorage"
    stalls = [1e3 * max(one.stall for one in part) for part in (ours, peer)]
    totals = [1e3 * median(one.total for one in part) for part in (ours, peer)]
    yield Row.of(f"{megabytes} MB, longest stall", stalls, "ms", note)
    yield Row.of(f"{megabytes} MB, whole run", totals, "ms", note)


async def _passage(side: Any, workflow: Definition) -> Passage:
    with tempfile.TemporaryDirectory() as folder:
        async with side(Path(folder), workflow) as runs, Stalls(TICK) as stalls:
            began = perf_counter()
            await runs.start(BRIEF)
            return Passage(stalls.longest, perf_counter() - began)


@asynccontextmanager
async def _signoff(folder: Path, workflow: Definition) -> AsyncGenerator[Signoff]:
    async with sqlite_at(folder / "signoff.db") as store:
        yield Signoff(store, workflow)


@asynccontextmanager
async def _framework(folder: Path, workflow: Definition) -> AsyncGenerator[Framework]:
    yield Framework(FileCheckpointStorage(folder), workflow)
