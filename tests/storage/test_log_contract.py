"""The log of checkpoints in every store: one write for each superstep, and its number is the fence."""

import asyncio
from dataclasses import replace

import pytest

from orchestration.book import Book, life, showing
from orchestration.errors import ConflictError
from orchestration.model import RunKey, RunStatus
from orchestration.ports import Store
from tests.storage.conftest import WITH_BATCHES, NewStore
from tests.storage.samples import MIA, a_checkpoint, a_question, later, opened


async def claimed(store: Store, worker: str = "worker-1") -> Book:
    """A stored run that a worker has claimed with its first checkpoint."""
    book = await store.write(None, opened())
    return await store.write(book, stepped(life.claimed(book, worker, later(1))))


def stepped(book: Book, data: bytes = b"state") -> Book:
    return life.progressed(book, a_checkpoint(book.next_number, data), "graph", [], frozenset(book.approvals))


async def test_a_superstep_that_changes_nothing_else_leaves_the_records_of_the_run_alone(store: Store):
    book = await claimed(store)
    after = await store.write(book, stepped(book))
    assert (after.run.version, after.run.checkpoint, after.run.sequence) == (book.run.version, 2, 2)
    assert await store.read(book.run.key) == after


async def test_another_replica_reads_how_far_the_log_got(store: Store, new_store: NewStore):
    book = await claimed(store)
    for _ in range(12):
        book = await store.write(book, stepped(book))
    other = await new_store()
    assert await other.read(book.run.key) == book
    assert book.run.sequence == 13


async def test_what_is_written_next_to_the_records_has_the_progress_in_it(store: Store):
    book = await claimed(store)
    book = await store.write(book, stepped(book))
    rested = await store.write(book, life.rested(stepped(book), later(5)))
    assert (rested.run.version, rested.run.sequence) == (book.run.version + 1, 3)
    assert await store.read(rested.run.key) == rested


async def test_others_can_write_while_the_log_grows(store: Store):
    book = await claimed(store)
    shown = await store.write(book, showing.shown_again(book, "run", "19:there@thread.v2", "mark", later(2)))
    grown = await store.write(book, stepped(book))
    read = await store.read(book.run.key)
    assert read == replace(shown, run=shown.run.as_far_as(grown.run))


async def test_a_number_is_written_once(store: Store, new_store: NewStore):
    book = await claimed(store)
    other = await new_store()
    writes = (keeper.write(book, stepped(book, name)) for keeper, name in ((store, b"one"), (other, b"two")))
    outcomes = await asyncio.gather(*writes, return_exceptions=True)
    assert [type(outcome) for outcome in outcomes].count(ConflictError) == 1
    (won,) = (outcome for outcome in outcomes if isinstance(outcome, Book))
    assert (await store.read(book.run.key)) == won


@pytest.mark.parametrize("how", ["claimed", "cancelled"])
async def test_a_worker_that_lost_the_run_saves_nothing_more(store: Store, new_store: NewStore, how: str):
    """The other one never saw a checkpoint of it; the number alone keeps the sleeper out."""
    sleeper = await claimed(store)
    other = await new_store()
    book = await other.read(sleeper.run.key)
    assert book
    lost = (
        life.claimed(book, "worker-2", later(9)) if how == "claimed" else life.cancelled(book, MIA, later(9))
    )
    taken = await other.write(book, lost)
    for wakes_up in (
        stepped(sleeper),
        life.rested(stepped(sleeper), later(10)),
        life.rested(sleeper, later(10)),
    ):
        with pytest.raises(ConflictError):
            await store.write(sleeper, wakes_up)
    assert await store.read(sleeper.run.key) == taken


# A batch must refuse it after its head was accepted.
@pytest.mark.parametrize("new_store", WITH_BATCHES, indirect=True)
async def test_whoever_takes_a_run_over_does_not_lose_a_superstep_saved_meanwhile(store: Store):
    """It read the run before the superstep was saved, so it must read again and go on from there."""
    book = await claimed(store)
    grown = await store.write(book, stepped(book))
    with pytest.raises(ConflictError):
        await store.write(book, life.claimed(book, "worker-2", later(9)))
    taken = await store.write(grown, life.claimed(grown, "worker-2", later(9)))
    assert (taken.run.checkpoint, taken.run.sequence) == (2, 3)


async def test_an_entry_without_a_state_stands_for_the_state_before_it(store: Store):
    book = await claimed(store)
    taken = await store.write(book, life.claimed(book, "worker-2", later(9)))
    entry = await store.newest(book.run.key)
    assert entry
    assert (entry.number, entry.data, entry.state) == (2, b"", 1)
    assert taken.run.attempts == book.run.attempts + 1
    after = await store.write(taken, stepped(taken))
    assert (after.run.checkpoint, after.run.attempts) == (3, 0)


async def test_a_run_at_rest_is_read_without_its_log(store: Store):
    book = await claimed(store)
    rested = await store.write(book, life.rested(stepped(book), later(5)))
    assert rested.run.status is RunStatus.WAITING
    assert (await store.read(rested.run.key)) == rested


async def test_a_question_comes_with_its_checkpoint_and_with_the_records(store: Store):
    book = await claimed(store)
    question = a_question(book.run)
    asked = life.progressed(book, a_checkpoint(2), "graph", [question], frozenset({question.id}))
    after = await store.write(book, asked)
    assert after.run.version == book.run.version + 1
    assert question.id in after.approvals


async def test_entries_are_read_by_their_numbers_and_those_missing_are_left_out(store: Store):
    book = await claimed(store)
    for data in (b"two", b"three"):
        book = await store.write(book, stepped(book, data))
    found = await store.checkpoints(book.run.key, [3, 1, 99])
    assert [(entry.number, entry.data) for entry in found] == [(1, b"state"), (3, b"three")]
    assert [entry.number for entry in await store.log(book.run.key)] == [1, 2, 3]
    assert await store.checkpoints(book.run.key, []) == []


async def test_large_contents_are_kept_by_their_digests(store: Store):
    book = await claimed(store)
    blobs = {"ab12": b"\x00small", "cd34": bytes(range(256)) * 5_000}
    for _ in range(2):
        await store.keep(book.run.key, blobs)
    assert await store.blobs(book.run.key, ["cd34", "ab12", "none"]) == blobs
    assert await store.blobs(book.run.key, ["ab12"]) == {"ab12": b"\x00small"}
    assert await store.read(book.run.key) == book


# ---- retention ------------------------------------------------------------------------------


async def test_a_run_is_deleted_with_everything_about_it_and_no_other(store: Store, new_store: NewStore):
    book, other = await claimed(store), await claimed(store)
    await store.keep(book.run.key, {"ab12": b"x" * 600_000})
    book = await store.write(book, life.cancelled(book, MIA, later(9)))
    await store.delete(book.run)
    key = book.run.key
    for keeper in (store, await new_store()):
        assert await keeper.read(key) is None
        assert [await keeper.log(key), await keeper.history(key), await keeper.approvals(key)] == [[], [], []]
        assert await keeper.text(key, "input") is None
        assert not await keeper.blobs(key, ["ab12"])
    assert await store.read(other.run.key) == other


async def test_a_run_that_has_changed_is_not_deleted(store: Store, new_store: NewStore):
    book = await claimed(store)
    changed = await (await new_store()).write(book, life.cancelled(book, MIA, later(9)))
    with pytest.raises(ConflictError):
        await store.delete(book.run)
    assert await store.read(book.run.key) == changed


async def test_ended_runs_are_found_the_longest_ago_first(store: Store):
    runs = []
    for seconds in (30, 10, 20):
        book = await claimed(store)
        runs.append((await store.write(book, life.cancelled(book, MIA, later(seconds)))).run)
    await claimed(store)
    assert [run.id for run in await store.ended(later(25), 10)] == [runs[1].id, runs[2].id]
    assert [run.id for run in await store.ended(later(25), 1)] == [runs[1].id]


async def test_the_newest_entry_of_a_run_that_is_not_there_is_none(store: Store):
    assert await store.newest(RunKey("tenant", "run-20260101-nothing0")) is None
