"""A run with a question in the middle, against the least that is as durable and the framework on files.

Each turn adds a message to a conversation that the next reads whole; with the answer, new objects go on from
the disk. The floor is plain sqlite3 in the same process, synced with each commit: a row for the input,
each turn, for the answer. The framework's files are not synced. Signoff records audit, texts and cards too.

Bytes written are what the process hands to the kernel (wchar), which no file system changes: for SQLite the
log, and the database once it is closed. Many at once share a handle. A new process finds (Signoff) or is told
(its peers) which run was answered; until its imports, and its first step, is from the start of the process.
"""

import asyncio
import json
import tempfile
import time
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median
from types import ModuleType

from tests.bench import framework, plain, programs, signoff
from tests.bench.figures import Row
from tests.bench.shape import BRIEF, Shape
from tests.bench.watch import Watch

SIDES = {"Signoff": signoff, "plain sqlite3": plain, "FileCheckpointStorage": framework}
"""Ours, then its peers."""
US = "Signoff"

Figures = dict[str, float]
"""One figure of each side."""


@dataclass(frozen=True)
class Plan:
    """How much is measured."""

    turns: tuple[int, ...] = (20, 50)
    repetitions: int = 15
    at_once: int = 50
    waiting: int = 5000
    restarts: int = 5


FULL, QUICK = Plan(), Plan(repetitions=5, waiting=500, restarts=2)


async def run(plan: Plan) -> list[Row]:
    """Measure the three in turn, again and again."""
    rows: list[Row] = []
    for turns in plan.turns:
        rows += await _one_run(Shape(turns, asks_after=turns // 2), plan.repetitions)
    rows += await _at_once(Shape(plan.turns[0], asks_after=plan.turns[0] // 2), plan.at_once)
    rows += await _written(Shape(plan.turns[-1], 5000, plan.turns[-1] // 2))
    return rows + await _restarted(Shape(plan.turns[0], asks_after=plan.turns[0] // 2), plan)


def _against(what: str, unit: str, figures: Figures, remarks: Figures | None = None) -> Iterable[Row]:
    """Ours beside each peer."""
    for peer in list(SIDES)[1:]:
        note = f"{peer}; {shown}" if (shown := _remark(remarks, peer)) else peer
        yield Row(what, figures[US], figures[peer], unit, note)


def _remark(each: Figures | None, peer: str) -> str:
    return f"{each[US]:.2f} and {each[peer]:.2f} ms a turn" if each else ""


# ---- one run after the other --------------------------------------------------------------------


async def _one_run(shape: Shape, repetitions: int) -> list[Row]:
    taken: dict[str, list[tuple[float, float]]] = {name: [] for name in SIDES}
    for number in range(repetitions + 1):
        for name, side in SIDES.items():
            seconds = await _timed(side, shape)
            taken[name] += [seconds] if number else []  # the first has imports and empty caches
    total, first = ({n: 1e3 * median(pair[i] for pair in taken[n]) for n in taken} for i in (0, 1))
    each = {name: value / shape.turns for name, value in total.items()}
    return [
        *_against(f"{shape.turns} turns", "ms", total, each),
        *_against(f"{shape.turns} turns, from the answer to the first step", "ms", first),
    ]


async def _timed(side: ModuleType, shape: Shape) -> tuple[float, float]:
    """The seconds of a whole run, and those from the answer to the next step."""
    with tempfile.TemporaryDirectory() as folder:
        async with side.opened(Path(folder), shape, Watch()) as before:
            began = time.monotonic()
            run = await before.start(BRIEF)
            half = time.monotonic() - began
        watch = Watch()
        async with side.opened(Path(folder), shape, watch) as after:
            answered = time.monotonic()
            await after.answer(run)
            return half + time.monotonic() - answered, watch.began[0] - answered


# ---- many at once -------------------------------------------------------------------------------


async def _at_once(shape: Shape, count: int) -> list[Row]:
    rates = {name: count / await _all_together(side, shape, count) for name, side in SIDES.items()}
    return list(_against(f"{count} runs of {shape.turns} turns at once", "runs/s", rates))


async def _all_together(side: ModuleType, shape: Shape, count: int) -> float:
    with tempfile.TemporaryDirectory() as folder:
        began = time.monotonic()
        async with side.opened(Path(folder), shape, Watch()) as before:
            waiting = await asyncio.gather(*(before.start(BRIEF) for _ in range(count)))
        async with side.opened(Path(folder), shape, Watch()) as after:
            await asyncio.gather(*(after.answer(run) for run in waiting))
        return time.monotonic() - began


# ---- what is written ----------------------------------------------------------------------------


async def _written(shape: Shape) -> list[Row]:
    text = shape.turns * shape.size
    each = {name: await _handed_over(side, shape) / text for name, side in SIDES.items()}
    what = f"{shape.turns} turns of {shape.size:,} bytes, written for a byte of text"
    return list(_against(what, "bytes", each))


async def _handed_over(side: ModuleType, shape: Shape) -> int:
    """The bytes that a run has this process write."""
    before = _wchar()
    await _timed(side, shape)
    return _wchar() - before


def _wchar() -> int:
    lines = Path("/proc/self/io").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("wchar:"))


# ---- after a restart ----------------------------------------------------------------------------


async def _restarted(shape: Shape, plan: Plan) -> list[Row]:
    each = {name: await _restarts(name, shape, plan) for name in SIDES}
    imported, step = (
        {n: 1e3 * median(one[key] for one in each[n]) for n in each} for key in ("imported", "step")
    )
    what = f"new process, {plan.waiting:,} runs wait, one is answered: "
    return [*_against(what + "imports", "ms", imported), *_against(what + "first step", "ms", step)]


async def _restarts(name: str, shape: Shape, plan: Plan) -> list[dict[str, float]]:
    """Start a process for each of some answered runs. The first warms the disk's cache: not counted."""
    side, taken = SIDES[name], []
    with tempfile.TemporaryDirectory() as folder:
        runs = await side.crowded(Path(folder), shape, plan.waiting)
        for run in runs[: plan.restarts + 1]:
            await side.answered(Path(folder), shape, run)
            taken.append(await _restart(side, folder, shape, run))
    return taken[1:]


async def _restart(side: ModuleType, folder: str, shape: Shape, run: str) -> dict[str, float]:
    name, size = side.__name__.rpartition(".")[2], json.dumps(asdict(shape))
    began = str(time.monotonic())
    return json.loads(await programs.said("tests.bench.resumed", name, folder, size, run, began))
