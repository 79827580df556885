"""Approve and Reject for one question at the same instant, from two processes that know the same store.

Signoff takes decisions in its store. The peer is the framework as it comes: both processes load the same
checkpoint from its storage, and go on with their answer. How often the step ran that takes the answer is
counted in both processes.
"""

import asyncio
import multiprocessing
import tempfile
import time
import uuid
from collections.abc import AsyncGenerator, Callable
from concurrent.futures import ProcessPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean
from typing import NamedTuple

from agent_framework import CheckpointStorage, FileCheckpointStorage

from orchestration.model import RunKey, Verdict
from orchestration.ports import Store
from tests.bench import accounts, programs, signoff
from tests.bench.figures import Row
from tests.bench.framework import Framework, Paused
from tests.bench.shape import BRIEF
from tests.fakes.core import core
from tests.fakes.workflows import Work, gated

GATE = "gate-1"
STEP = "gate answered"
VERDICTS = (Verdict.APPROVE, Verdict.REJECT)
LEAD, FIRST_LEAD = 0.4, 5.0
"""Seconds until the instant of a decision, in which both processes get ready; at first there are imports."""


@dataclass(frozen=True)
class Plan:
    """How much is measured."""

    rounds: int = 20
    stores: tuple[str, ...] = ("SQLite", "Cosmos")


FULL, QUICK = Plan(), Plan(rounds=5)


class Told(NamedTuple):
    """What one process saw: whether its decision counted, which one holds, how often the step ran in it."""

    counted: bool
    verdict: str
    steps: int


Decide = Callable[[str, tuple[str, ...], str, float], Told]


async def run(plan: Plan) -> list[Row]:
    """Let two processes race, round after round."""
    rows: list[Row] = []
    with ProcessPoolExecutor(2, multiprocessing.get_context("spawn")) as processes:
        await _both(processes, _ready, "", (), time.monotonic() + FIRST_LEAD)
        for store in plan.stores:
            async with _places(store) as (ours, theirs):
                mine = [await _round(processes, _ours, ours, await _asked(ours)) for _ in range(plan.rounds)]
                peer = [
                    await _round(processes, _theirs, theirs, await _paused(theirs))
                    for _ in range(plan.rounds)
                ]
            rows += _rows(store, mine, peer)
    return rows


def _rows(store: str, ours: list[list[Told]], peers: list[list[Told]]) -> list[Row]:
    note = "CosmosCheckpointStorage" if store == "Cosmos" else "FileCheckpointStorage"
    same = [sum(one.verdict == other.verdict for one, other in rounds) for rounds in (ours, peers)]
    agreed = (
        f"{note}; both processes end with the same answer in {same[0]} and {same[1]} of {len(ours)} rounds"
    )
    counted = [fmean(sum(told.counted for told in both) for both in rounds) for rounds in (ours, peers)]
    steps = [fmean(sum(told.steps for told in both) for both in rounds) for rounds in (ours, peers)]
    return [
        Row.of(f"{store}, decisions that counted", counted, "a question", agreed),
        Row.of(f"{store}, runs of the step after it", steps, "a question", note),
    ]


async def _round(
    processes: ProcessPoolExecutor, decide: Decide, place: str, run: tuple[str, ...]
) -> list[Told]:
    return await _both(processes, decide, place, run, time.monotonic() + LEAD)


async def _both(
    processes: ProcessPoolExecutor, decide: Decide, place: str, run: tuple[str, ...], at: float
) -> list[Told]:
    loop = asyncio.get_running_loop()
    told = (loop.run_in_executor(processes, decide, place, run, verdict, at) for verdict in VERDICTS)
    return await asyncio.gather(*told)


def _ready(_place: str, _run: tuple[str, ...], verdict: str, at: float) -> Told:
    """Occupy a process until then, so that the other one is started as well."""
    time.sleep(max(0.0, at - time.monotonic()))
    return Told(counted=False, verdict=verdict, steps=0)


async def _instant(at: float) -> None:
    """Wait for it, at the end without giving up the processor."""
    await asyncio.sleep(max(0.0, at - time.monotonic() - 0.005))
    while time.monotonic() < at:
        pass


# ---- where things are ---------------------------------------------------------------------------


@asynccontextmanager
async def _places(store: str) -> AsyncGenerator[tuple[str, str]]:
    """A place for each side: the address of an emulator, or a file and a folder."""
    if store == "Cosmos":
        async with programs.emulator() as address:
            yield address, address
    else:
        with tempfile.TemporaryDirectory() as folder:
            yield str(Path(folder) / "signoff.db"), str(Path(folder) / "checkpoints")


@asynccontextmanager
async def _store(place: str) -> AsyncGenerator[Store]:
    opened = accounts.store_at(place) if place.startswith("http") else signoff.sqlite_at(Path(place))
    async with opened as store:
        yield store


@asynccontextmanager
async def _storage(place: str) -> AsyncGenerator[CheckpointStorage]:
    if place.startswith("http"):
        async with accounts.storage_at(place) as storage:
            yield storage
    else:
        yield FileCheckpointStorage(place)


# ---- Signoff ------------------------------------------------------------------------------------


async def _asked(place: str) -> RunKey:
    async with _store(place) as store, core(store, definitions=[gated(Work())]) as it:
        run = await it.start(BRIEF, workflow="gated", source=uuid.uuid4().hex)
        await it.asked(run.key, GATE)
        return run.key


def _ours(place: str, run: tuple[str, ...], verdict: str, at: float) -> Told:
    return asyncio.run(_decided(place, RunKey(*run), Verdict(verdict), at))


async def _decided(place: str, run: RunKey, verdict: Verdict, at: float) -> Told:
    work = Work()
    async with _store(place) as store, core(store, worker=verdict, definitions=[gated(work)]) as it:
        await _instant(at)
        outcome = await it.decide(run, GATE, verdict, source=verdict)
        await it.ended(run)
    decision = outcome.approval.decision
    return Told(outcome.counted, decision.verdict if decision else "", work.done.count(STEP))


# ---- the framework ------------------------------------------------------------------------------


async def _paused(place: str) -> Paused:
    async with _storage(place) as storage:
        return await Framework(storage, gated(Work())).start(BRIEF)


def _theirs(place: str, run: tuple[str, ...], verdict: str, at: float) -> Told:
    return asyncio.run(_continued(place, Paused(*run), verdict, at))


async def _continued(place: str, run: Paused, verdict: str, at: float) -> Told:
    work = Work()
    async with _storage(place) as storage:
        alone = Framework(storage, gated(work))
        await _instant(at)
        await alone.answer(run, verdict)
    return Told(counted=True, verdict=verdict, steps=work.done.count(STEP))
