"""Checkpoints on Cosmos DB: Signoff's store against the framework's own CosmosCheckpointStorage.

Four roles in turn, 500 characters each, pass on their conversation until a person is asked; four agents in
the framework's AgentExecutor say 2,000 characters each. "Checkpoints alone" leaves out what Signoff adds to
them: the run's record, question, cards, audit and input. "Everything" has all that, and what is read.

Bytes and request units are the emulator's account of one run. Between two turns is the framework's own work
and the save. After the answer, with a new client, Signoff records it; then both read the state and save anew.
"""

import time
from collections.abc import Callable, Iterable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from statistics import fmean, median
from typing import Any

from orchestration.workflows.definition import Definition
from tests.bench import agents, programs, talk
from tests.bench.accounts import storage_at, store_at
from tests.bench.figures import Row, quantile, ratio
from tests.bench.framework import Framework
from tests.bench.ledger import Cost, Entry, Ledger, between
from tests.bench.shape import BRIEF, Shape
from tests.bench.signoff import Signoff
from tests.bench.watch import Watch

NOTE = "CosmosCheckpointStorage"
EDGE = 10
"""Supersteps at the beginning and the end of a long run that are compared."""

Flow = Callable[[Watch], Definition]


@dataclass(frozen=True)
class Plan:
    """How much is measured."""

    supersteps: tuple[int, ...] = (5, 10, 20, 50)
    agent_turns: tuple[int, ...] = (48,)
    repetitions: int = 10

    @property
    def flows(self) -> dict[str, Flow]:
        """What is measured, by name. The question takes the last superstep."""
        talks = {f"{count} supersteps": _talk(count - 1) for count in self.supersteps}
        return talks | {f"{turns} agent turns": _agents(turns) for turns in self.agent_turns}


FULL, QUICK = Plan(), Plan(supersteps=(5, 50), agent_turns=(8,), repetitions=1)


def _talk(turns: int) -> Flow:
    return lambda watch: talk.definition(Shape(turns, asks_after=turns), watch)


def _agents(turns: int) -> Flow:
    return lambda watch: agents.definition(turns, watch)


async def run(plan: Plan) -> list[Row]:
    """Count each flow once, and time it again and again."""
    rows: list[Row] = []
    for name, flow in plan.flows.items():
        ours, peer = [await _counted(side, flow) for side in SIDES]
        rows += [*_costs(name, ours, peer), *_edges(name, ours, peer)]
        rows += _times(name, await _timed(flow, plan.repetitions))
    return rows


# ---- both sides ---------------------------------------------------------------------------------


@asynccontextmanager
async def _signoff(address: str, workflow: Definition):
    async with store_at(address) as store:
        yield Signoff(store, workflow)


@asynccontextmanager
async def _framework(address: str, workflow: Definition):
    async with storage_at(address) as storage:
        yield Framework(storage, workflow)


SIDES: tuple[Any, Any] = (_signoff, _framework)


# ---- bytes and units ----------------------------------------------------------------------------


@dataclass(frozen=True)
class Account:
    """What one run cost until its question, in all and for each turn but the last."""

    entries: list[Entry]
    turns: list[list[Entry]]

    def cost(self, *, alone: bool) -> Cost:
        return Cost.of(entry for entry in self.entries if entry.of_checkpoint or not alone)

    def edges(self) -> tuple[Cost, Cost]:
        """What the checkpoints of the first and of the last turns cost."""
        return _cost(self.turns[:EDGE]), _cost(self.turns[-EDGE:])


def _cost(turns: list[list[Entry]]) -> Cost:
    return Cost.of(entry for turn in turns for entry in turn if entry.of_checkpoint)


async def _counted(side: Any, flow: Flow) -> Account:
    watch = Watch()
    async with Ledger() as ledger, side(ledger.url, flow(watch)) as runs:
        ledger.taken()
        await runs.start(BRIEF)
        entries = ledger.taken()
    return Account(entries, between(entries, watch.began))


def _costs(name: str, ours: Account, peer: Account) -> Iterable[Row]:
    theirs = peer.cost(alone=False)
    for what, alone in (("checkpoints alone", True), ("everything", False)):
        mine = ours.cost(alone=alone)
        requests = f"; requests: {mine.requests:.0f} and {theirs.requests:.0f}"
        yield Row(f"{name}, sent, {what}", mine.sent / 1e3, theirs.sent / 1e3, "kB", NOTE)
        yield Row(
            f"{name}, units, {what}", mine.units, theirs.units, "RU", NOTE + ("" if alone else requests)
        )


def _edges(name: str, ours: Account, peer: Account) -> Iterable[Row]:
    if len(ours.turns) < 2 * EDGE:
        return
    (first, last), (their_first, their_last) = ours.edges(), peer.edges()
    mine, theirs = ratio(last.sent, first.sent), ratio(their_last.sent, their_first.sent)
    note = f"last to first: {mine} and {theirs}"
    for what, own, other in (("first", first, their_first), ("last", last, their_last)):
        each = f"{name}, checkpoint of one of the {what} {EDGE}"
        yield Row(f"{each}, sent", own.sent / EDGE / 1e3, other.sent / EDGE / 1e3, "kB", note)
        yield Row(f"{each}, units", own.units / EDGE, other.units / EDGE, "RU", NOTE)


# ---- seconds ------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Times:
    """Seconds of some runs: between their turns, of CPU for each of these, and from answer to next step."""

    gaps: list[float]
    cpu: list[float]
    cold: list[float]


async def _timed(flow: Flow, repetitions: int) -> list[Times]:
    """Let both run in turn, on an emulator of their own that is another process."""
    times = [Times([], [], []) for _ in SIDES]
    for number in range(repetitions + 1):
        async with programs.emulator() as address:
            for side, taken in zip(SIDES, times, strict=True):
                kept = taken if number else Times([], [], [])  # the first has imports and empty caches
                await _once(side, address, flow, kept)
    return times


async def _once(side: Any, address: str, flow: Flow, taken: Times) -> None:
    async with AsyncExitStack() as stack:
        watch = Watch()
        before = await stack.enter_async_context(side(address, flow(watch)))
        used = time.process_time()
        run = await before.start(BRIEF)
        taken.cpu.append((time.process_time() - used) / len(watch.began))
        taken.gaps.extend(watch.gaps)
        watch = Watch()
        after = await stack.enter_async_context(side(address, flow(watch)))
        answered = time.monotonic()
        await after.answer(run)
        taken.cold.append(watch.began[0] - answered)


def _times(name: str, times: list[Times]) -> Iterable[Row]:
    gaps, cold = ([[1e3 * value for value in part] for part in parts] for parts in _columns(times))
    cpu = [1e3 * fmean(one.cpu) for one in times]
    note = f"{NOTE}; CPU of the client: {cpu[0]:.2f} and {cpu[1]:.2f} ms a turn"
    yield Row.of(f"{name}, between two turns, p50", map(median, gaps), "ms", note)
    yield Row.of(f"{name}, between two turns, p95", (quantile(part, 95) for part in gaps), "ms", NOTE)
    yield Row.of(f"{name}, from the answer to the first step, cold", map(median, cold), "ms", NOTE)


def _columns(times: list[Times]) -> tuple[list[list[float]], list[list[float]]]:
    return [one.gaps for one in times], [one.cold for one in times]
