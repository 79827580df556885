"""Signoff's records in one SQLite file: the store that needs no server."""

from pathlib import Path

from storage.records import RecordStore
from storage.sqlite.shelf import SqliteShelf

__all__ = ["SqliteStore"]


class SqliteStore(RecordStore):
    """Implements orchestration.ports.Store. Two processes may share the file; ":memory:" is for tests."""

    def __init__(self, path: str | Path) -> None:
        super().__init__(SqliteShelf(path))
