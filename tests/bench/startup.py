"""From the start of the process to the first good answer of /readyz, with few and with many waiting runs."""

import tempfile
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import median
from time import perf_counter

import aiohttp

from orchestration.book import Book
from orchestration.clock import run_id
from orchestration.model import Checkpoint, Posting
from orchestration.ports import Store
from storage.sqlite import SqliteStore
from tests.bench import programs
from tests.bench.figures import Row
from tests.fakes.core import core

SERVE = ("bot", "serve", "--local", "--port", "0", "--database")


@dataclass(frozen=True)
class Plan:
    """How much is measured."""

    waiting: int = 1000
    repetitions: int = 5


FULL, QUICK = Plan(), Plan(repetitions=2)


async def run(plan: Plan) -> list[Row]:
    """Start the bot on both files and the echo bot in turn."""
    with tempfile.TemporaryDirectory() as folder:
        empty, full = Path(folder) / "empty.db", Path(folder) / "full.db"
        await fill(empty, 0)
        await fill(full, plan.waiting)
        commands = ((*SERVE, str(empty)), (*SERVE, str(full)), ("tests.bench.echo",))
        seconds = [[await _ready(*command) for command in commands] for _ in range(plan.repetitions)]
    none, many, echo = (1e3 * median(column) for column in zip(*seconds, strict=True))
    return [
        Row("start to ready, no runs", none, echo, "ms", "bare echo bot"),
        Row(f"start to ready, {plan.waiting:,} runs wait", many, none, "ms", "Signoff without runs"),
    ]


async def _ready(module: str, *arguments: str) -> float:
    began = perf_counter()
    async with (
        programs.running(module, *arguments) as address,
        aiohttp.ClientSession() as http,
        http.get(f"{address}/readyz") as answer,
    ):
        answer.raise_for_status()
        return perf_counter() - began


async def fill(file: Path, waiting: int) -> None:
    """Make a database with so many runs that wait for an answer, and whose cards have been posted."""
    async with _opened(SqliteStore(file)) as store:
        if waiting:
            book = await _waiting()
            for number in range(waiting):
                await store.write(None, _copy(book, number))


async def _waiting() -> Book:
    """A real run that waits, with its text and checkpoint."""
    with tempfile.TemporaryDirectory() as folder:
        async with _opened(SqliteStore(Path(folder) / "one.db")) as store, core(store) as it:
            run = await it.start()
            await it.asked(run.key, "review-1")
            book = await store.read(run.key)
            return await _with_contents(store, book) if book else Book(run)


async def _with_contents(store: Store, book: Book) -> Book:
    run = book.run
    saved: Checkpoint | None = await store.checkpoint(run.key, run.checkpoint)
    shown = {name: _shown(card) for name, card in book.postings.items()}
    texts = {"input": await store.text(run.key, "input") or ""}
    return replace(book, run=replace(run, due=None, version=0), postings=shown, texts=texts, checkpoint=saved)


def _shown(card: Posting) -> Posting:
    return replace(card, shown=card.wanted, activity="1700000000001", sender="")


def _copy(book: Book, number: int) -> Book:
    run = replace(book.run, id=run_id(book.run.started, str(number)))
    asked = {name: replace(approval, run=run.id) for name, approval in book.approvals.items()}
    return replace(book, run=run, approvals=asked)


@asynccontextmanager
async def _opened(store: SqliteStore) -> AsyncGenerator[SqliteStore]:
    await store.open()
    yield store
    await store.close()
