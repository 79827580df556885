"""A process of its own that writes to a run in a SQLite file.

    python -m tests.storage.writer FILE TENANT RUN COUNT

It prints the version after each write, when the store has promised that the write will last.
"""

import asyncio
import sys
from dataclasses import replace

from orchestration.book import Book, life
from orchestration.errors import ConflictError
from orchestration.model import Event, RunKey
from storage.sqlite import SqliteStore
from tests.storage.samples import NOW, a_checkpoint


def stepped(book: Book) -> Book:
    """One superstep further: a checkpoint and a line in the audit trail."""
    number, event = book.next_number, Event(book.run.events + 1, NOW, "step")
    book = life.progressed(book, a_checkpoint(number, bytes(20_000)), "graph", [], frozenset())
    return replace(book, run=replace(book.run, events=event.number), news=(event,))


async def write(path: str, key: RunKey, count: int) -> None:
    store = SqliteStore(path)
    await store.open()
    while count:
        book = await store.read(key)
        try:
            book = await store.write(book, stepped(book)) if book else None
        except ConflictError:
            continue
        count -= 1
        print(book.run.version if book else 0, flush=True)  # noqa: T201 - the test reads it
    await store.close()


if __name__ == "__main__":
    asyncio.run(write(sys.argv[1], RunKey(sys.argv[2], sys.argv[3]), int(sys.argv[4])))
