"""The floor: the least that keeps a run over a pause and a power cut. Plain sqlite3, a row for each message.

No framework, no event loop to keep free, no claims, no cards, no audit; not a rival, but what the disk takes.
"""

import asyncio
import sqlite3
import uuid
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

from tests.bench.shape import BRIEF, Shape, words
from tests.bench.watch import Watch

TABLE = """
CREATE TABLE IF NOT EXISTS messages (
    run TEXT NOT NULL, number INTEGER NOT NULL, text TEXT NOT NULL, PRIMARY KEY (run, number)
)"""
INSERT = "INSERT INTO messages (run, number, text) VALUES (?, ?, ?)"
COPY = "INSERT INTO messages (run, number, text) SELECT ?, number, text FROM messages WHERE run = ?"
SELECT = "SELECT text FROM messages WHERE run = ? ORDER BY number"


class Plain:
    """Runs on an open connection. Everything happens in the caller's thread."""

    def __init__(self, connection: sqlite3.Connection, shape: Shape, watch: Watch) -> None:
        self._connection, self._shape, self._watch = connection, shape, watch

    async def start(self, text: str) -> str:
        """From the input to the question: a row for the input, and one for each turn."""
        run = uuid.uuid4().hex
        talk = [text]
        self._connection.execute(INSERT, (run, 0, text))
        await self._turns(run, talk, 0, self._shape.asks_after)
        return run

    async def answer(self, run: str) -> None:
        """Record the answer, read back what was said, and go on to the end."""
        self._connection.execute(INSERT, (run, self._shape.asks_after + 1, "approve"))
        talk = [text for (text,) in self._connection.execute(SELECT, (run,))]
        await self._turns(run, talk, self._shape.asks_after, self._shape.turns)

    def copied(self, run: str, count: int) -> list[str]:
        """Copy a run so many times."""
        others = [uuid.uuid4().hex for _ in range(count)]
        self._connection.execute("BEGIN")
        self._connection.executemany(COPY, [(other, run) for other in others])
        self._connection.execute("COMMIT")
        return others

    async def _turns(self, run: str, talk: list[str], done: int, last: int) -> None:
        for turn in range(done + 1, last + 1):
            self._watch.begin()
            sum(map(len, talk))  # a step reads all of it
            talk.append(words(turn, self._shape.size))
            self._watch.end()
            self._connection.execute(INSERT, (run, len(talk) - 1, talk[-1]))
            await asyncio.sleep(0)  # other runs have their turn


@asynccontextmanager
async def opened(folder: Path, shape: Shape, watch: Watch) -> AsyncGenerator[Plain]:
    """A new connection, as durable as Signoff's: WAL, and a sync with each commit."""
    connection = sqlite3.connect(folder / "plain.db", isolation_level=None)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute(TABLE)
    try:
        yield Plain(connection, shape, watch)
    finally:
        connection.close()


async def crowded(folder: Path, shape: Shape, waiting: int) -> list[str]:
    """Have so many runs wait."""
    async with opened(folder, shape, Watch()) as floor:
        first = await floor.start(BRIEF)
        return floor.copied(first, waiting)


async def answered(folder: Path, shape: Shape, run: str) -> None:
    """Nothing: whoever goes on with the run brings the answer."""


async def resumed(folder: Path, shape: Shape, run: str) -> Watch:
    """Go on with a run that waits. Which one that is, it has to be told."""
    watch = Watch()
    async with opened(folder, shape, watch) as floor:
        await floor.answer(run)
    return watch
