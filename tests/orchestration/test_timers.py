"""What happens by itself: reminders, expiry, the end of a run's life. Each once, whatever comes between."""

import asyncio
from datetime import timedelta

import pytest

from orchestration.book import life
from orchestration.failures import failure_of
from orchestration.messages import Question
from orchestration.model import ApprovalStatus, RunStatus, Verdict
from orchestration.register import Asker
from tests.fakes.clock import MovableClock
from tests.fakes.core import ALICE, CHAT, core
from tests.fakes.stores import Between
from tests.fakes.workflows import Work, together

DAY = timedelta(days=1)


async def asked(it) -> tuple:
    run = await it.start()
    return run.key, (await it.asked(run.key, "review-1"))


async def test_a_question_that_nobody_answers_counts_as_rejected_when_its_time_is_over(any_store):
    clock = MovableClock()
    async with core(any_store, clock=clock, expire_after=DAY) as it:
        key, question = await asked(it)
        assert question.expires - question.asked == DAY
        clock.forward(days=1)
        run = await it.ended(key)
        question = await it.store.approval(key, "review-1")
        told = [event.what for event in await it.store.history(key)]
    assert run.status is RunStatus.REJECTED
    assert question.status is ApprovalStatus.TIMED_OUT
    assert told == ["started", "asked", "timed out: reject", "rejected"]


async def test_nothing_happens_before_the_time(store):
    clock = MovableClock()
    async with core(store, clock=clock, expire_after=DAY, remind_after=DAY) as it:
        key, _ = await asked(it)
        before = await it.store.read(key)
        clock.forward(hours=23)
        for _ in range(3):
            await it.dispatcher.submit(key)
            await asyncio.sleep(0.05)
        assert await it.store.read(key) == before


async def test_a_time_that_passed_while_nobody_was_there_is_seen_to_at_the_next_start(any_store):
    clock = MovableClock()
    async with core(any_store, clock=clock, expire_after=DAY, worker="one") as it:
        key, _ = await asked(it)
    clock.forward(days=3)
    async with core(any_store, clock=clock, expire_after=DAY, worker="two") as it:
        assert (await it.ended(key)).status is RunStatus.REJECTED


async def test_a_reminder_asks_once_more_below_and_three_times_at_most(any_store):
    clock = MovableClock()
    async with core(any_store, clock=clock, remind_after=DAY) as it:
        key, _ = await asked(it)
        for number in (1, 2, 3):
            clock.forward(days=1)
            book = await it.until(key, lambda book, n=number: book.approvals["review-1"].reminders == n)
        clock.forward(days=5)
        await it.dispatcher.submit(key)
        await asyncio.sleep(0.1)
        assert (await it.store.read(key)).approvals == book.approvals
        told = [event.what for event in await it.store.history(key)]
    cards = [card for card in book.postings.values() if card.about == "review-1"]
    assert sorted(card.retired for card in cards) == [False, True, True, True]
    assert told.count("reminded") == 3
    assert book.approvals["review-1"].pending


@pytest.mark.parametrize("first", ["the answer", "the time"])
async def test_an_answer_in_the_same_instant_and_the_time_do_not_both_count(any_store, first):
    """Both have read the question as open. Whoever writes second looks again."""
    clock, between = MovableClock(), asyncio.Event()

    async def delayed(before, after) -> None:
        question = after.approvals.get("review-1")
        expires = question is not None and question.status is ApprovalStatus.TIMED_OUT
        decides = question is not None and question.status is ApprovalStatus.APPROVED
        if (expires and first == "the answer") or (decides and first == "the time"):
            await between.wait()
        if (expires and first == "the time") or (decides and first == "the answer"):
            asyncio.get_running_loop().call_later(0.05, between.set)

    async with core(Between(any_store, before=delayed), clock=clock, expire_after=DAY) as it:
        key, _ = await asked(it)
        clock.forward(days=1)
        outcome = await it.decide(key, "review-1", Verdict.APPROVE)
        run = await it.ended(key)
        told = [event.what for event in await it.store.history(key)]
    assert outcome.counted is (first == "the answer")
    assert run.status is (RunStatus.COMPLETED if first == "the answer" else RunStatus.REJECTED)
    assert sum(what.startswith(("decided", "timed out")) for what in told) == 1


async def test_two_workers_see_the_same_time_pass_and_it_counts_once(any_store):
    clock = MovableClock()
    async with core(any_store, clock=clock, expire_after=DAY, remind_after=DAY / 2, worker="one") as it:
        key, _ = await asked(it)
        async with core(any_store, clock=clock, expire_after=DAY, remind_after=DAY / 2, worker="two") as too:
            for hours in (13, 13):
                clock.forward(hours=hours)
                for _ in range(5):
                    await asyncio.gather(it.dispatcher.submit(key), too.dispatcher.submit(key))
                    await asyncio.sleep(0.02)
            await it.ended(key)
        told = [event.what for event in await it.store.history(key)]
    assert told == ["started", "asked", "reminded", "timed out: reject", "rejected"]


async def test_time_in_which_nobody_could_answer_is_given_back(store):
    """The run failed while the question was open."""
    clock = MovableClock()
    async with core(store, clock=clock, expire_after=DAY) as it:
        key, question = await asked(it)
        book = await it.store.read(key)
        failure, stack = failure_of(RuntimeError("away"), book=book, step="review", at=clock())
        await it.store.write(book, life.failed(book, failure, (), stack))
        clock.forward(days=2)
        await it.runs.resume(key.run, Asker(ALICE, CHAT))
        book = await it.until(key, lambda book: book.run.status is RunStatus.WAITING)
    assert book.approvals["review-1"].pending
    assert book.approvals["review-1"].expires - question.expires >= timedelta(days=2)


async def test_a_run_that_nobody_wants_for_a_year_is_stopped(store):
    clock = MovableClock()
    async with core(store, clock=clock) as it:
        key, _ = await asked(it)
        clock.forward(days=366)
        await it.dispatcher.submit(key)
        run = await it.ended(key)
    assert run.status is RunStatus.CANCELLED


async def test_a_run_that_cannot_go_on_keeps_no_question_open(store):
    """Two questions wait; one of them runs out, and the run fails for good."""
    clock, urgent = MovableClock(), Question("one", "1", expires_after=3600.0, on_expiry="fail")
    two = together(Work(), urgent, Question("two", "2"))
    async with core(store, definitions=[two], clock=clock) as it:
        run = await it.start(workflow="together")
        await it.until(run.key, lambda book: len(book.pending) == 2)
        clock.forward(hours=2)
        ended = await it.ended(run.key)
        asked = {each.id: each.status for each in await it.store.approvals(run.key)}
    assert ended.status is RunStatus.FAILED
    assert asked == {"one": ApprovalStatus.TIMED_OUT, "two": ApprovalStatus.CANCELLED}
