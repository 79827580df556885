"""Documents in SQLite. All work happens in one thread; an operation is one hop and one transaction."""

import asyncio
import json
import sqlite3
from collections.abc import Callable, Generator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

from orchestration.errors import ConflictError, StoreUnavailableError
from orchestration.model import RunKey
from storage.changes import Change
from storage.documents import INDEXED, Document, unreadable
from storage.shelf import Find
from storage.sqlite.schema import FIND, connect

T = TypeVar("T")

_COLUMNS = "tenant, run, id, kind, v, live, version, record, data, " + ", ".join(INDEXED)
_VALUES = ", ".join(f":{name}" for name in _COLUMNS.split(", "))
_PARTS = ("kind", "v", "live", "version", "record", "data", *INDEXED)
_ASSIGN = ", ".join(f"{name} = :{name}" for name in _PARTS)

# Built from the column names above, never from values.
INSERT = f"INSERT INTO documents ({_COLUMNS}) VALUES ({_VALUES})"  # noqa: S608
PUT = f"{INSERT} ON CONFLICT (tenant, run, id) DO UPDATE SET {_ASSIGN}"
REPLACE = f"""
    UPDATE documents SET {_ASSIGN}
    WHERE tenant = :tenant AND run = :run AND id = :id AND version = :version - 1"""  # noqa: S608

GET = "SELECT * FROM documents WHERE tenant = ? AND run = ? AND id = ?"
LIVE = "SELECT * FROM documents WHERE tenant = ? AND run = ? AND live = 1"
ALL_OF = "SELECT * FROM documents WHERE tenant = ? AND run = ? AND kind = ?"
# The id of what is numbered ends in the number, so the primary key has the order already.
NEWEST = """
    SELECT * FROM documents
    WHERE tenant = ? AND run = ? AND kind = ? ORDER BY id DESC LIMIT 1"""
SEVERAL = """
    SELECT * FROM documents
    WHERE tenant = ? AND run = ? AND id IN (SELECT value FROM json_each(?))"""
DROP = "DELETE FROM documents WHERE tenant = ? AND run = ? AND id = ?"
CLEAR = "DELETE FROM documents WHERE tenant = ? AND run = ?"
STANDS = "SELECT 1 FROM documents WHERE tenant = ? AND run = ? AND id = ? AND version = ?"


class SqliteShelf:
    """Implements storage.shelf.Shelf."""

    def __init__(self, path: str | Path) -> None:
        self._path = path
        self._thread: ThreadPoolExecutor | None = None
        self._connection: sqlite3.Connection | None = None

    async def open(self) -> None:
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="sqlite")
        try:
            self._connection = await self._hop(lambda: connect(self._path))
        except BaseException:
            await self.close()
            raise

    async def ready(self) -> bool:
        try:
            await self._do(
                lambda connection: connection.execute("SELECT 1 FROM documents LIMIT 1").fetchone()
            )
        except StoreUnavailableError:
            return False
        return True

    async def close(self) -> None:
        if self._connection:
            await self._hop(self._connection.close)
        if self._thread:
            self._thread.shutdown(wait=False)
        self._connection = self._thread = None

    async def get(self, key: RunKey, document_id: str) -> Document | None:
        found = await self._select(GET, (*key, document_id))
        return found[0] if found else None

    async def several(self, key: RunKey, ids: Sequence[str]) -> Sequence[Document]:
        return await self._select(SEVERAL, (*key, json.dumps(list(ids)))) if ids else []

    async def live(self, key: RunKey) -> Sequence[Document]:
        return await self._select(LIVE, key)

    async def all_of(self, key: RunKey, kind: str) -> Sequence[Document]:
        return await self._select(ALL_OF, (*key, kind))

    async def newest(self, key: RunKey, kind: str) -> Document | None:
        found = await self._select(NEWEST, (*key, kind))
        return found[0] if found else None

    async def find(
        self, what: Find, tenant: str, value: str, limit: int, above: str = ""
    ) -> Sequence[Document]:
        values = {"tenant": tenant, "value": value, "limit": limit, "above": above}
        return await self._select(FIND[what], values)

    async def commit(self, change: Change) -> None:
        await self._do(lambda connection: _commit(connection, change))

    async def put(self, document: Document) -> None:
        await self._do(lambda connection: connection.execute(PUT, _row(document)))

    async def keep(self, documents: Sequence[Document]) -> None:
        await self._do(lambda connection: _keep(connection, documents))

    async def clear(self, head: Document) -> None:
        await self._do(lambda connection: _clear(connection, head))

    async def drop(self, key: RunKey, document_id: str) -> None:
        await self._do(lambda connection: connection.execute(DROP, (*key, document_id)))

    async def _select(self, sql: str, values: Sequence[str] | dict[str, Any]) -> list[Document]:
        return await self._do(lambda connection: [_document(row) for row in connection.execute(sql, values)])

    async def _do(self, work: Callable[[sqlite3.Connection], T]) -> T:
        connection = self._connection
        if connection is None:
            raise StoreUnavailableError("The store is not open.")
        try:
            return await self._hop(lambda: work(connection))
        except sqlite3.Error as error:
            raise StoreUnavailableError(f"{self._path}: {error}") from error

    async def _hop(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, work)


def _commit(connection: sqlite3.Connection, change: Change) -> None:
    with _transaction(connection):
        if change.head:
            _write_head(connection, change.head)
        for document in change.changed:
            connection.execute(PUT, _row(document))
        for document in change.new:
            _insert(connection, _row(document))
        connection.executemany(DROP, [(*change.key, gone) for gone in change.gone])


def _write_head(connection: sqlite3.Connection, head: Document) -> None:
    if head.version == 1:
        _insert(connection, _row(head))
    elif connection.execute(REPLACE, _row(head)).rowcount == 0:
        raise ConflictError(f"{head.key.run} has changed")


def _insert(connection: sqlite3.Connection, row: dict[str, Any]) -> None:
    try:
        connection.execute(INSERT, row)
    except sqlite3.IntegrityError as error:
        raise ConflictError(f"{row['id']} of {row['run']} exists already") from error


def _keep(connection: sqlite3.Connection, documents: Sequence[Document]) -> None:
    with _transaction(connection):
        for document in documents:
            connection.execute(PUT, _row(document))


def _clear(connection: sqlite3.Connection, head: Document) -> None:
    with _transaction(connection):
        if not connection.execute(STANDS, (*head.key, head.id, head.version)).fetchone():
            raise ConflictError(f"{head.key.run} has changed")
        connection.execute(CLEAR, head.key)


@contextmanager
def _transaction(connection: sqlite3.Connection) -> Generator[None]:
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:  # SQLite itself rolls back when the disk is full
            connection.execute("ROLLBACK")
        raise


def _row(document: Document) -> dict[str, Any]:
    return {
        "tenant": document.key.tenant,
        "run": document.key.run,
        "id": document.id,
        "kind": document.kind,
        "v": document.v,
        "live": document.live,
        "version": document.version,
        "record": json.dumps(document.record, separators=(",", ":")),
        "data": document.data or None,
        **dict.fromkeys(INDEXED),
        **document.index,
    }


def _document(row: sqlite3.Row) -> Document:
    key = RunKey(row["tenant"], row["run"])
    try:
        record = json.loads(row["record"])
    except ValueError as error:
        raise unreadable(key, row["id"], str(error)) from error
    return Document(
        key=key,
        id=row["id"],
        kind=row["kind"],
        record=record,
        live=bool(row["live"]),
        index={name: row[name] for name in INDEXED if row[name] is not None},
        version=row["version"],
        data=row["data"] or b"",
        v=row["v"],
    )
