"""The dispatcher against the store: lost claims, dead workers, slow stores, steps that never end."""

import asyncio
import contextlib
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest

from orchestration.book import life
from orchestration.dispatch import embedded
from orchestration.dispatch.embedded import EmbeddedDispatcher
from orchestration.dispatch.pace import Pace
from orchestration.errors import InvalidInputError, StoreUnavailableError
from orchestration.model import RunStatus
from orchestration.register import Asker
from orchestration.runner import MOST_ATTEMPTS
from storage.sqlite import SqliteStore
from tests.fakes.core import ALICE, CHAT, core
from tests.fakes.stores import Beats, Between, Outage
from tests.fakes.workflows import Held, Stubborn, Work, gated, plain

QUICK = partial(EmbeddedDispatcher, pace=Pace(alive=timedelta(seconds=0.7), sweep=timedelta(seconds=0.05)))


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
    killed = replace(life.claimed(book, "dead", datetime.now(UTC)))
    killed = replace(killed, run=replace(killed.run, attempts=MOST_ATTEMPTS))
    await store.write(book, killed)
    await store.beat("dead", datetime.now(UTC))
    async with core(store, definitions=[gated(work)], worker="two") as it:
        run = await it.ended(run.key)
        book = await store.read(run.key)
    assert f"begun {MOST_ATTEMPTS} times" in book.failures["failure-1"].reason


async def test_a_worker_whose_own_word_does_not_come_through_takes_nothing_from_others(store):
    """The store is slow for everybody: by the same sign the others only look dead."""
    work, mute = Work(), Beats(store, comes_through=lambda number: number == 1)
    async with core(mute, worker="slow", engine=QUICK, definitions=[gated(work)]) as it:
        run = await it.start(workflow="gated")
        await it.asked(run.key, "gate-1")
        await asyncio.sleep(0.5)
        book = await store.read(run.key)
        await store.write(book, life.claimed(book, "other", datetime.now(UTC)))
        await store.beat("other", datetime.now(UTC) - timedelta(seconds=1))
        await asyncio.sleep(0.5)
        assert (await store.read(run.key)).run.worker == "other"
        mute.healed.set()


async def test_a_beat_that_hangs_does_not_delay_the_next(store):
    work, hanging = Work(), Beats(store, comes_through=lambda number: number % 2 == 1)
    definitions = [plain(work, Held)]
    async with (
        core(hanging, worker="one", engine=QUICK, definitions=definitions) as it,
        core(store, worker="two", engine=QUICK, definitions=definitions),
    ):
        run = await it.start(workflow="plain")
        await it.until(run.key, lambda book: "middle" in work.done)
        await asyncio.sleep(2)
        work.let_go.set()
        await it.ended(run.key)
        hanging.healed.set()
    assert work.done == ["first", "middle", "let go", "last"]


async def test_workers_do_not_rob_each_other_when_the_store_was_away_for_all_of_them(store):
    """Whoever is heard again first must not think that the others have died."""
    work, one, two = Work(), Outage(store), Outage(store)
    how = {"engine": QUICK, "definitions": [plain(work, Held)]}
    async with core(one, worker="one", **how) as it, core(two, worker="two", **how):
        run = await it.start(workflow="plain")
        await it.until(run.key, lambda book: "middle" in work.done)
        one.begin(1.3)
        two.begin(1.1)
        await asyncio.sleep(1.8)
        work.let_go.set()
        await it.ended(run.key)
    assert work.done == ["first", "middle", "let go", "last"]


async def test_a_step_that_refuses_to_be_broken_off_does_not_hold_up_the_stop(store, monkeypatch):
    monkeypatch.setattr(embedded, "BREAKING_OFF", 0.1)
    work = Work()
    async with core(store, definitions=[plain(work, Stubborn)]) as it:
        run = await it.start(workflow="plain")
        await it.until(run.key, lambda book: "middle" in work.done)
        async with asyncio.timeout(2):
            await it.dispatcher.stop(grace=0.1)
        work.let_go.set()
        await asyncio.wait(it.dispatcher._tasks.values())
    assert work.done[:2] == ["first", "middle"]


async def test_a_run_whose_worker_nobody_remembers_is_still_due_one_day(store):
    async with core(store, definitions=[gated(Work())]) as it:
        run = await it.start(workflow="gated")
        await it.asked(run.key, "gate-1")
        book = await store.read(run.key)
        claimed = await store.write(book, life.claimed(book, "never seen", datetime.now(UTC)))
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
