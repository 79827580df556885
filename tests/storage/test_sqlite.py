"""The SQLite file itself: what is told when it cannot be used, other processes, and sudden death."""

import asyncio
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from orchestration.book import life
from orchestration.errors import SignoffError, StoreUnavailableError
from orchestration.model import RunKey
from storage.shelf import Find
from storage.sqlite import SqliteStore
from storage.sqlite.schema import FIND, VERSION, connect
from storage.sqlite.shelf import LIVE
from tests.storage.samples import MIA, NOW, a_full_book, as_read, later, opened

ROOT = Path(__file__).parents[2]


async def opening(path: Path) -> str:
    """The sentence with which opening fails."""
    store = SqliteStore(path)
    with pytest.raises(SignoffError) as caught:
        await store.open()
    assert not await store.ready()
    return str(caught.value)


def writer(path: Path, key: RunKey, count: int) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "tests.storage.writer", str(path), *key, str(count)]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)  # noqa: S603 - ours


# ---- opening ----------------------------------------------------------------------------------


async def test_the_folder_of_the_file_is_made(tmp_path: Path):
    path = tmp_path / ".signoff" / "runs.db"
    store = SqliteStore(path)
    await store.open()
    await store.close()
    assert path.is_file()
    assert path.parent.stat().st_mode & 0o077 == 0


async def test_a_folder_that_cannot_be_made_is_one_sentence(tmp_path: Path):
    sentence = await opening(tmp_path / "not" / "there" / "runs.db")
    assert sentence.endswith("not/there for the database cannot be made: No such file or directory.")


async def test_a_folder_in_the_place_of_the_file_is_one_sentence(tmp_path: Path):
    assert (
        await opening(tmp_path)
        == f"The database file {tmp_path} cannot be opened: unable to open database file."
    )


async def test_a_file_that_may_not_be_written_is_one_sentence(tmp_path: Path):
    path = tmp_path / "runs.db"
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE any_table (x)")
        connection.execute("DROP TABLE any_table")
    connection.close()
    with path.open("r+b") as file:  # says "do not write me" to SQLite, whoever asks: root may write all files
        file.seek(18)
        file.write(bytes([3]))
    assert "readonly" in await opening(path)


async def test_a_file_of_a_newer_version_is_left_alone(tmp_path: Path):
    path = tmp_path / "runs.db"
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA user_version = 99")
    connection.close()
    assert "written by a newer version of Signoff" in await opening(path)


async def test_a_database_of_another_program_is_left_alone(tmp_path: Path):
    path = tmp_path / "runs.db"
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE notes (text)")
    connection.close()
    assert "database of another program" in await opening(path)


async def test_a_file_that_is_no_database_is_one_sentence(tmp_path: Path):
    path = tmp_path / "runs.db"
    path.write_text("Dear diary, " * 1000, encoding="utf-8")
    assert "is not a database, or it is damaged" in await opening(path)
    assert path.read_text(encoding="utf-8").startswith("Dear diary")


async def test_a_record_that_cannot_be_read_is_an_error(tmp_path: Path):
    path = tmp_path / "runs.db"
    store = SqliteStore(path)
    await store.open()
    book = await store.write(None, opened())
    for change in ("record = '{}'", "record = '{'", "v = 2"):
        with sqlite3.connect(path) as connection:
            connection.execute(f"UPDATE documents SET {change} WHERE id = 'run'")  # noqa: S608 - above
        connection.close()
        with pytest.raises(SignoffError, match=f"The stored record run of {book.run.id} cannot be read"):
            await store.read(book.run.key)
    await store.close()


async def test_memory_will_do_for_a_test():
    store = SqliteStore(":memory:")
    await store.open()
    book = a_full_book()
    await store.write(None, book)
    assert await store.read(book.run.key) == as_read(book, 1)
    await store.close()


async def test_a_store_that_is_closed_says_so():
    store = SqliteStore(":memory:")
    with pytest.raises(StoreUnavailableError):
        await store.read(opened().run.key)
    assert not await store.ready()
    await store.close()


# ---- durability -------------------------------------------------------------------------------


async def test_what_was_written_is_there_after_opening_again(tmp_path: Path):
    store = SqliteStore(tmp_path / "runs.db")
    await store.open()
    book = await store.write(None, opened())
    await store.close()
    await store.open()
    assert await store.read(book.run.key) == book
    await store.close()


FIRST_TABLES = """
CREATE TABLE documents (
    tenant TEXT NOT NULL, run TEXT NOT NULL, id TEXT NOT NULL, kind TEXT NOT NULL, v INTEGER NOT NULL,
    live INTEGER NOT NULL, version INTEGER NOT NULL, due TEXT, requester TEXT, conversation TEXT, source TEXT,
    started TEXT, short TEXT, worker TEXT, status TEXT, record TEXT NOT NULL, data BLOB,
    PRIMARY KEY (tenant, run, id))"""


async def test_a_file_of_the_first_version_is_brought_up_to_date_and_goes_on(tmp_path: Path):
    path = tmp_path / "runs.db"
    await written_by_the_first_version(path)
    store = SqliteStore(path)
    await store.open()
    (run,) = await store.ended(later(1_000), 10)
    assert await store.completed(run.tenant, run.workflow, 10) == []
    assert await store.read(run.key)
    assert (newest := await store.newest(run.key))
    assert newest.number == 1
    with sqlite3.connect(path) as connection:
        assert connection.execute("PRAGMA user_version").fetchone() == (VERSION,)
    await store.close()


async def written_by_the_first_version(path: Path) -> None:
    new = SqliteStore(path.with_suffix(".new"))
    await new.open()
    book = await new.write(None, opened())
    book = await new.write(book, life.claimed(book, "worker-1", later(1)))
    await new.write(book, life.cancelled(book, MIA, later(9)))
    await new.close()
    names = "tenant, run, id, kind, v, live, version, due, requester, conversation, source, started, short, "
    names += "worker, status, record, data"
    with sqlite3.connect(path) as old:
        old.execute(FIRST_TABLES)
        old.execute("ATTACH ? AS new", (str(path.with_suffix(".new")),))
        kept = f"SELECT {names} FROM new.documents WHERE id <> 'c000002'"  # noqa: S608 - names of ours
        old.execute(f"INSERT INTO documents ({names}) {kept}")
        old.execute("PRAGMA user_version = 1")


def test_every_commit_reaches_the_disk_and_readers_do_not_wait(tmp_path: Path):
    connection = connect(tmp_path / "runs.db")
    names = ("journal_mode", "synchronous", "busy_timeout", "user_version")
    found = [connection.execute(f"PRAGMA {name}").fetchone()[0] for name in names]
    connection.close()
    assert found == ["wal", 2, 3000, VERSION]


@pytest.mark.parametrize(
    ("what", "index"),
    [
        (Find.DUE, "due"),
        (Find.ENDED, "ended"),
        (Find.CLAIMED_BY, "worker"),
        (Find.RUNS_OF, "requester"),
        (Find.RUNS_IN, "conversation"),
        (Find.RUNS_NAMED, "short"),
        (Find.RUNS_SINCE, "started"),
        (Find.COMPLETED, "completed"),
        (Find.WAITING_IN, "waiting"),
        (Find.WAITING_FOR, "approver"),
        (Find.ANSWERED_BY, "source"),
        (Find.PEOPLE_NAMED, "name"),
        (Find.MEMORIES_OVER, "ended"),
    ],
)
def test_finding_reads_one_index_and_sorts_nothing(tmp_path: Path, what: Find, index: str):
    connection = connect(tmp_path / "runs.db")
    values = {"tenant": "t", "value": "v", "limit": 1, "above": "u"}
    plan = [row["detail"] for row in connection.execute(f"EXPLAIN QUERY PLAN {FIND[what]}", values)]
    connection.close()
    assert len(plan) == 1
    assert f"SEARCH documents USING INDEX {index} " in plan[0]


def test_reading_a_run_looks_at_its_live_documents_only(tmp_path: Path):
    connection = connect(tmp_path / "runs.db")
    (row,) = connection.execute(f"EXPLAIN QUERY PLAN {LIVE}", ("t", "r"))
    connection.close()
    assert "USING INDEX live " in row["detail"]


async def test_a_file_that_another_process_keeps_locked_is_told(tmp_path: Path, monkeypatch):
    monkeypatch.setattr("storage.sqlite.schema.BUSY_SECONDS", 0.1)
    path = tmp_path / "runs.db"
    store = SqliteStore(path)
    await store.open()
    book = await store.write(None, opened())
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(StoreUnavailableError, match="locked"):
        await store.write(book, life.claimed(book, "worker", NOW))
    assert await store.read(book.run.key) == book
    other.execute("ROLLBACK")
    other.close()
    assert (await store.write(book, life.claimed(book, "worker", NOW))).run.version == 2
    await store.close()


async def test_two_processes_write_to_one_file(tmp_path: Path):
    path = tmp_path / "runs.db"
    store = SqliteStore(path)
    await store.open()
    key = (await store.write(None, opened())).run.key
    writers = [writer(path, key, 30) for _ in range(2)]
    outputs = [(await asyncio.to_thread(process.communicate))[0] for process in writers]
    versions = [int(line) for output in outputs for line in output.split()]
    assert sorted(versions) == list(range(2, 62))
    book = await store.read(key)
    assert book
    assert book.run.version == 61
    assert len(await store.history(key)) == 61
    await store.close()


async def test_stores_can_be_opened_at_the_same_time(tmp_path: Path):
    stores = [SqliteStore(tmp_path / "runs.db") for _ in range(6)]
    await asyncio.gather(*(store.open() for store in stores))
    assert await asyncio.gather(*(store.ready() for store in stores)) == [True] * 6
    for store in stores:
        await store.close()


@pytest.mark.parametrize("writes", [3, 17])
async def test_nothing_promised_is_lost_by_kill_9(tmp_path: Path, writes: int):
    path = tmp_path / "runs.db"
    store = SqliteStore(path)
    await store.open()
    key = (await store.write(None, opened())).run.key
    await store.close()
    with writer(path, key, 1_000_000) as process:
        assert process.stdout
        promised = [int(process.stdout.readline()) for _ in range(writes)][-1]
        process.kill()
        rest = process.stdout.read().split("\n")[:-1]
    await store.open()
    book = await store.read(key)
    assert book
    assert book.run.version >= max([promised, *map(int, rest)])
    assert len(await store.history(key)) == book.run.version == book.run.checkpoint + 1
    assert await store.checkpoint(key, book.run.checkpoint)
    await store.close()
