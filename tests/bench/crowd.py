"""A SQLite file in which many runs wait for an answer, each a copy of one that really ran until there."""

import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from orchestration.clock import run_id
from orchestration.model import Posting, RunKey
from orchestration.ports import Store

ANY_DAY = datetime(2026, 1, 1, tzinfo=UTC)
ORIGINAL = "CREATE TEMP TABLE original AS SELECT * FROM {} WHERE run = ?"


async def settle(store: Store, key: RunKey) -> None:
    """Have all cards of a run shown, so that nobody has to look at it before somebody answers."""
    book = await store.read(key)
    if book is None:
        raise RuntimeError(f"there is no {key.run}")
    shown = {name: _shown(card) for name, card in book.postings.items()}
    await store.write(book, replace(book, run=replace(book.run, due=book.next_timer), postings=shown))


def _shown(card: Posting) -> Posting:
    return replace(card, shown=card.wanted, activity="1700000000001", sender="")


def copy(file: Path, key: RunKey, count: int) -> list[RunKey]:
    """Copy all that is stored of a run, so many times under new ids, and return these.

    Row by row, in SQL: it knows nothing of what the rows hold, and ten thousand runs take seconds.
    """
    day, _, short = key.run.rpartition("-")
    with closing(sqlite3.connect(file)) as connection, connection:
        names = [_short_id(short, number) for number in range(count)]
        for table, columns in _tables(connection).items():
            connection.execute(ORIGINAL.format(table), (key.run,))
            connection.executemany(_copying(table, columns), [(short, name) for name in names])
            connection.execute("DROP TABLE original")
    return [RunKey(key.tenant, f"{day}-{name}") for name in names]


def _short_id(short: str, number: int) -> str:
    return run_id(ANY_DAY, short, str(number)).rpartition("-")[2]


def _tables(connection: sqlite3.Connection) -> dict[str, dict[str, str]]:
    """The tables that have rows of runs, with the types of their columns."""
    names = [name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
    known = {name: _columns(connection, name) for name in names}
    return {name: columns for name, columns in known.items() if "run" in columns}


def _columns(connection: sqlite3.Connection, table: str) -> dict[str, str]:
    return {row[1]: row[2] for row in connection.execute(f"PRAGMA table_info({table})")}


def _copying(table: str, columns: dict[str, str]) -> str:
    """The id of a run is in many places, and ends in what is replaced here."""
    values = [f"replace({name}, ?1, ?2)" if kind == "TEXT" else name for name, kind in columns.items()]
    return (
        f"INSERT INTO {table} ({', '.join(columns)}) "  # noqa: S608 - names from the schema
        f"SELECT {', '.join(values)} FROM original"
    )
