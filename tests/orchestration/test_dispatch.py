"""The dispatcher against the store: lost claims, dead workers, slow stores, steps that never end."""

import asyncio
import contextlib
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from orchestration.errors import InvalidInputError, StoreUnavailableError
from orchestration.model import RunStatus
from orchestration.register import Asker
from orchestration.runner import MOST_ATTEMPTS
from storage.sqlite import SqliteStore
from tests.fakes.core import ALICE, CHAT, core
from tests.fakes.stores import Between
from tests.fakes.workflows import Work, gated, plain


async def test_a_step_that_breaks_itself_off_fails_the_run_instead_of_beginning_again(store):
    work = Work()

    def break_off(_: str) -> None:
        raise asyncio.CancelledError

    work.on["middle"] = break_off
    async with core(store, definitions=[plain(work)]) as it:
        run = await it.start(workflow="plain")
        run = await it.ended(run.key)
        assert run.status is RunStatus.FAILED
    assert work.done.count("middle") == 1


async def test_a_step_that_kills_its_worker_each_time_fails_in_the_end(store):
    work = Work()
    async with core(store, definitions=[gated(work)], worker="one") as it:
        run = await it.start(workflow="gated")
        await it.asked(run.key, "gate-1")
    book = await store.read(run.key)
    killed = replace(book.claimed("dead", datetime.now(UTC)))
    killed = replace(killed, run=replace(killed.run, attempts=MOST_ATTEMPTS))
    await store.write(book, killed)
    await store.beat("dead", datetime.now(UTC))
    async with core(store, definitions=[gated(work)], worker="two") as it:
        run = await it.ended(run.key)
        book = await store.read(run.key)
    assert f"begun {MOST_ATTEMPTS} times" in book.failures["failure-1"].reason


async def test_a_worker_whose_own_word_has_run_out_takes_nothing_from_others(store):
    """The store is slow for everybody: by the same sign the others only look dead."""
    work = Work()
    async with core(store, worker="slow", definitions=[gated(work)]) as it:
        run = await it.start(workflow="gated")
        await it.asked(run.key, "gate-1")
        book = await store.read(run.key)
        await store.write(book, book.claimed("other", datetime.now(UTC)))
        await store.beat("other", datetime.now(UTC) - timedelta(seconds=1))

        async def lost(*_: object) -> None:
            raise StoreUnavailableError

        it.dispatcher._workers = type("Slow", (), {"beat": lost, "dead": store.dead, "alive": store.alive})()
        it.dispatcher._heard -= timedelta(minutes=1)
        await asyncio.sleep(3)
        assert (await store.read(run.key)).run.worker == "other"
        it.dispatcher._workers = store


async def test_a_run_whose_worker_nobody_remembers_is_still_due_one_day(store):
    async with core(store, definitions=[gated(Work())]) as it:
        run = await it.start(workflow="gated")
        await it.asked(run.key, "gate-1")
        book = await store.read(run.key)
        claimed = await store.write(book, book.claimed("never seen", datetime.now(UTC)))
    assert claimed.run.due > datetime.now(UTC)


async def test_one_record_that_cannot_be_read_hides_no_other(tmp_path):
    path = tmp_path / "runs.db"
    store = SqliteStore(path)
    await store.open()
    async with core(store, definitions=[gated(Work())]) as it:
        newer = await it.start(workflow="gated")
        await it.asked(newer.key, "gate-1")
        older = await it.start(workflow="gated")
        await it.asked(older.key, "gate-1")
        await store._shelf._do(
            lambda connection: connection.execute(  # what a later version might write
                "UPDATE documents SET v = 99 WHERE run = ? AND kind IN ('run', 'approval')", (newer.id,)
            )
        )
        assert [run.id for run in await store.runs_of(ALICE.tenant, ALICE.id, 10)] == [older.id]
        assert [approval.run for approval in await store.waiting_in(ALICE.tenant, CHAT, 10)] == [older.id]
    await store.close()


async def test_retry_and_resume_at_once_lead_to_one_of_them(store):
    work = Work()

    def fail(_: str) -> None:
        raise RuntimeError("no")

    work.on["middle"] = fail
    async with core(store, definitions=[plain(work)]) as it:
        run = await it.start(workflow="plain")
        await it.ended(run.key)
        work.on.clear()
        asker = Asker(ALICE, CHAT)
        done = await asyncio.gather(
            it.runs.retry(run.id, asker), it.runs.resume(run.id, asker), return_exceptions=True
        )
        assert len([result for result in done if isinstance(result, InvalidInputError)]) == 1
        for known in await store.runs_of(ALICE.tenant, ALICE.id, 10):
            await it.until(known.key, lambda book: book.run.over)
        await asyncio.sleep(0.3)
    assert work.done.count("last") == 1


async def test_a_retry_that_was_only_recorded_before_a_crash_is_started_by_the_next_worker(store):
    work, crashed = Work(), []

    def fail(_: str) -> None:
        raise RuntimeError("no")

    async def crash(before, after) -> None:
        if before is None and after.run.retry_of and not crashed:
            crashed.append(after.run.id)
            raise StoreUnavailableError("the process died here")

    work.on["middle"] = fail
    async with core(Between(store, before=crash), definitions=[plain(work)]) as it:
        run = await it.start(workflow="plain")
        await it.ended(run.key)
        work.on.clear()
        with contextlib.suppress(StoreUnavailableError):
            await it.runs.retry(run.id, Asker(ALICE, CHAT))
        async with asyncio.timeout(10):
            while len(await store.runs_of(ALICE.tenant, ALICE.id, 10)) < 2:
                await asyncio.sleep(0.05)
    assert crashed


async def test_retrying_what_was_retried_says_how_that_ended(store):
    work = Work()

    def fail(_: str) -> None:
        raise RuntimeError("no")

    work.on["middle"] = fail
    async with core(store, definitions=[plain(work)]) as it:
        run = await it.start(workflow="plain")
        await it.ended(run.key)
        new = await it.runs.retry(run.id, Asker(ALICE, CHAT))
        await it.ended(new.key)
        with pytest.raises(InvalidInputError, match=f"Type “retry {new.short_id}”"):
            await it.runs.retry(run.id, Asker(ALICE, CHAT))
