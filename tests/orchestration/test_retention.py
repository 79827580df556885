"""Ended runs are kept for a while, then nothing is left of them. What goes on is never touched."""

import asyncio
from datetime import timedelta

from orchestration.model import RunStatus
from orchestration.register import Asker
from orchestration.retention import Retention
from tests.fakes.clock import MovableClock
from tests.fakes.core import ALICE, CHAT, core
from tests.fakes.stores import Between


async def test_ended_runs_go_after_their_time_and_waiting_ones_stay(any_store):
    clock = MovableClock()
    async with core(any_store, clock=clock) as it:
        old, waits = await it.start(), await it.start("another")
        for run in (old, waits):
            await it.asked(run.key, "review-1")
        await it.runs.cancel(old.short_id, Asker(ALICE, CHAT))
        retention = Retention(store=any_store, finder=any_store, clock=clock, keep=timedelta(days=30))
        clock.forward(days=29)
        assert await retention.sweep() == 0
        clock.forward(days=2)
        assert await retention.sweep() == 1
        assert await any_store.read(old.key) is None
        assert not await any_store.history(old.key)
        assert (await any_store.read(waits.key)).run.status is RunStatus.WAITING


async def test_two_replicas_delete_at_once_without_harm(any_store):
    clock = MovableClock()
    async with core(any_store, clock=clock) as it:
        for number in range(5):
            run = await it.start(f"run {number}")
            await it.asked(run.key, "review-1")
            await it.runs.cancel(run.short_id, Asker(ALICE, CHAT))
        clock.forward(days=31)
        made = {"store": any_store, "finder": any_store, "clock": clock, "keep": timedelta(days=30)}
        deleted = await asyncio.gather(*(Retention(**made).sweep() for _ in range(2)))
    assert sum(deleted) >= 5
    assert not await any_store.ended(clock(), 10)


async def test_a_run_that_somebody_resumes_at_that_very_moment_is_kept(store):
    clock = MovableClock()
    async with core(store, clock=clock) as it:
        run = await it.start()
        await it.asked(run.key, "review-1")
        await it.runs.cancel(run.short_id, Asker(ALICE, CHAT))
        clock.forward(days=31)
        (seen,) = await store.ended(clock(), 10)
        await it.runs.show(run.id, Asker(ALICE, CHAT), source="again")

        class Slow(Between):
            async def ended(self, *_: object):
                return [seen]

        slow = Slow(store)
        assert await Retention(store=store, finder=slow, clock=clock, keep=timedelta(days=30)).sweep() == 0
        assert await store.read(run.key)
