"""The tables of the file, the queries on them, and opening it with a sentence for whatever is wrong."""

import sqlite3
import time
from pathlib import Path

from orchestration.errors import SignoffError
from storage.shelf import Find

MEMORY = ":memory:"
VERSION = 3
PAGE_BYTES = 1024
BUSY_SECONDS = 3.0
"""How long one process waits for another's transaction; below the time in which a click must be answered."""

TABLES = """
CREATE TABLE documents (
    tenant TEXT NOT NULL,
    run TEXT NOT NULL,
    id TEXT NOT NULL,
    kind TEXT NOT NULL,
    v INTEGER NOT NULL,
    live INTEGER NOT NULL,
    version INTEGER NOT NULL,
    due TEXT,
    ended TEXT,
    requester TEXT,
    conversation TEXT,
    source TEXT,
    started TEXT,
    short TEXT,
    worker TEXT,
    number TEXT,
    approver TEXT,
    completed TEXT,
    name TEXT,
    status TEXT,
    record TEXT NOT NULL,
    data BLOB,
    PRIMARY KEY (tenant, run, id)
);
CREATE INDEX live ON documents (tenant, run) WHERE live = 1;
CREATE INDEX due ON documents (due) WHERE due IS NOT NULL;
CREATE INDEX ended ON documents (ended) WHERE ended IS NOT NULL;
CREATE INDEX worker ON documents (worker, started) WHERE worker IS NOT NULL AND kind = 'run';
CREATE INDEX requester ON documents (tenant, requester, started) WHERE requester IS NOT NULL;
CREATE INDEX conversation ON documents (tenant, conversation, started) WHERE kind = 'run';
CREATE INDEX waiting ON documents (tenant, conversation, started)
    WHERE kind = 'approval' AND status = 'pending';
CREATE INDEX approver ON documents (tenant, approver) WHERE approver IS NOT NULL;
CREATE INDEX completed ON documents (tenant, completed) WHERE completed IS NOT NULL;
CREATE INDEX started ON documents (tenant, started) WHERE kind = 'run';
CREATE INDEX name ON documents (tenant, name) WHERE name IS NOT NULL;
CREATE INDEX source ON documents (tenant, source) WHERE source IS NOT NULL;
CREATE INDEX short ON documents (tenant, short, started) WHERE short IS NOT NULL;
"""

UPDATES = {
    1: """
        ALTER TABLE documents ADD COLUMN number TEXT;
        ALTER TABLE documents ADD COLUMN ended TEXT;
        UPDATE documents SET number = substr(id, 2) WHERE kind = 'checkpoint';
        UPDATE documents SET ended = json_extract(record, '$.ended') WHERE kind = 'run';
        CREATE INDEX ended ON documents (ended) WHERE ended IS NOT NULL""",
    2: """
        ALTER TABLE documents ADD COLUMN approver TEXT;
        CREATE INDEX approver ON documents (tenant, approver) WHERE approver IS NOT NULL;
        ALTER TABLE documents ADD COLUMN name TEXT;
        CREATE INDEX name ON documents (tenant, name) WHERE name IS NOT NULL;
        ALTER TABLE documents ADD COLUMN completed TEXT;
        CREATE INDEX completed ON documents (tenant, completed) WHERE completed IS NOT NULL;
        CREATE INDEX started ON documents (tenant, started) WHERE kind = 'run'""",
}
"""What makes the tables of a version those of the next one."""

FIND = {
    Find.ENDED: """
        SELECT * FROM documents WHERE ended <= :value AND kind = 'run' ORDER BY ended LIMIT :limit""",
    Find.MEMORIES_OVER: """
        SELECT * FROM documents WHERE ended <= :value AND kind = 'memory' ORDER BY ended LIMIT :limit""",
    Find.DUE: """
        SELECT * FROM documents WHERE due <= :value AND kind = 'run' ORDER BY due LIMIT :limit""",
    Find.CLAIMED_BY: """
        SELECT * FROM documents WHERE worker = :value AND kind = 'run' ORDER BY started LIMIT :limit""",
    Find.RUNS_OF: """
        SELECT * FROM documents WHERE tenant = :tenant AND requester = :value AND kind = 'run'
        ORDER BY started DESC LIMIT :limit""",
    Find.RUNS_IN: """
        SELECT * FROM documents WHERE tenant = :tenant AND conversation = :value AND kind = 'run'
        ORDER BY started DESC LIMIT :limit""",
    Find.RUNS_NAMED: """
        SELECT * FROM documents WHERE tenant = :tenant AND short = :value AND kind = 'run'
        ORDER BY started DESC LIMIT :limit""",
    Find.RUNS_SINCE: """
        SELECT * FROM documents WHERE tenant = :tenant AND started >= :value AND kind = 'run'
        ORDER BY started DESC LIMIT :limit""",
    Find.COMPLETED: """
        SELECT * FROM documents WHERE tenant = :tenant AND completed > :above AND completed < :value
        ORDER BY completed DESC LIMIT :limit""",
    Find.WAITING_IN: """
        SELECT * FROM documents
        WHERE tenant = :tenant AND conversation = :value AND kind = 'approval' AND status = 'pending'
        ORDER BY started LIMIT :limit""",
    Find.WAITING_FOR: """
        SELECT * FROM documents WHERE tenant = :tenant AND approver > :above AND approver < :value
        ORDER BY approver DESC LIMIT :limit""",
    Find.ANSWERED_BY: """
        SELECT * FROM documents WHERE tenant = :tenant AND source = :value LIMIT :limit""",
    Find.PEOPLE_NAMED: """
        SELECT * FROM documents WHERE tenant = :tenant AND name >= :above AND name < :value
        ORDER BY name LIMIT :limit""",
}


def connect(path: str | Path) -> sqlite3.Connection:
    """Open the file, and create it if it is missing. Raises SignoffError with one sentence."""
    _make_folder(path)
    try:
        connection = sqlite3.connect(path, timeout=BUSY_SECONDS, isolation_level=None)
    except sqlite3.Error as error:
        raise SignoffError(f"The database file {path} cannot be opened: {error}.") from None
    try:
        _prepare(connection, path)
    except BaseException:
        connection.close()
        raise
    return connection


def _make_folder(path: str | Path) -> None:
    """Make the file's own folder, but not those above it: a mistyped path shall be told."""
    if path == MEMORY:
        return
    folder = Path(path).parent
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
    except OSError as error:
        raise SignoffError(
            f"The folder {folder} for the database cannot be made: {error.strerror}."
        ) from None


def _prepare(connection: sqlite3.Connection, path: str | Path) -> None:
    try:
        _use_small_pages(connection)
        _use_wal(connection)
        connection.execute("PRAGMA synchronous = FULL")  # what is answered must survive a power cut
        connection.row_factory = sqlite3.Row
        _create(connection, path)
    except sqlite3.OperationalError as error:
        raise SignoffError(f"The database file {path} cannot be used: {error}.") from None
    except sqlite3.DatabaseError as error:
        raise SignoffError(
            f"{path} is not a database, or it is damaged ({error}): name another file."
        ) from None


def _use_small_pages(connection: sqlite3.Connection) -> None:
    """A commit writes whole pages, and most commits are one small record. Only a new file takes it."""
    connection.execute(f"PRAGMA page_size = {PAGE_BYTES}")


def _use_wal(connection: sqlite3.Connection) -> None:
    """Readers and a writer do not wait for each other. SQLite does not wait by itself to switch the mode."""
    deadline = time.monotonic() + BUSY_SECONDS
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL").fetchone()
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() > deadline:
                raise
            time.sleep(0.02)
        else:
            return


def _create(connection: sqlite3.Connection, path: str | Path) -> None:
    connection.execute("BEGIN IMMEDIATE")  # two processes may start at the same time
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if version == 0:
        _create_tables(connection, path)
    elif version > VERSION:
        raise SignoffError(
            f"{path} was written by a newer version of Signoff: update this one, or name another file."
        )
    for old in range(version or VERSION, VERSION):
        _execute_all(connection, UPDATES[old])
    connection.execute(f"PRAGMA user_version = {VERSION}")  # a pragma takes no parameters
    connection.execute("COMMIT")


def _create_tables(connection: sqlite3.Connection, path: str | Path) -> None:
    (tables,) = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    if tables:
        raise SignoffError(f"{path} is a database of another program: name another file.")
    _execute_all(connection, TABLES)


def _execute_all(connection: sqlite3.Connection, statements: str) -> None:
    for statement in filter(str.strip, statements.split(";")):
        connection.execute(statement)
