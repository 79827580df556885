"""Advancing runs: failures, resume and retry, lost checkpoints, lost claims."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from orchestration.book import life
from orchestration.errors import Fenced, InvalidInputError, StoreUnavailableError
from orchestration.model import RunStatus, Verdict
from orchestration.register import Asker
from tests.fakes.core import ALICE, CHAT, core
from tests.fakes.stores import Between
from tests.fakes.workflows import (
    Early,
    First,
    Gate,
    Middle,
    Quiet,
    Silent,
    Unreadable,
    Unsaveable,
    Work,
    chain,
    gated,
    plain,
    two_agents,
)


async def test_each_step_sees_the_whole_conversation(store):
    work = Work()
    async with core(store, definitions=[two_agents(work)]) as it:
        run = await it.start("Plan a party", workflow="two-agents")
        run = await it.ended(run.key)
        said = (await it.store.text(run.key, "result") or "").split(" / ")
    assert run.status is RunStatus.COMPLETED
    assert len(said) == 3
    assert said[0] == "Plan a party"


def failing(*_: object) -> None:
    raise RuntimeError("the mail server is away, key sk-abcdefghijklmnop")


async def test_a_step_that_raises_stops_the_run_and_says_where_and_why(store):
    work = Work()
    work.on["middle"] = failing
    async with core(store, definitions=[plain(work)]) as it:
        run = await it.start(workflow="plain")
        run = await it.ended(run.key)
        book = await it.store.read(run.key)
        stack = await it.store.text(run.key, "failure-1-stack")
    failure = book.failures["failure-1"]
    assert run.status is RunStatus.FAILED
    assert (failure.step, failure.position, failure.total) == ("middle", 2, 3)
    assert failure.reason == "the mail server is away, key …"
    assert failure.cause == "RuntimeError"
    assert "in failing" in stack
    assert "sk-abc" not in stack
    assert work.done == ["first", "middle"]


async def test_resume_goes_on_from_the_last_checkpoint_and_repeats_only_the_failed_step(any_store):
    work = Work()
    work.on["middle"] = failing
    async with core(any_store, definitions=[plain(work)]) as it:
        run = await it.start(workflow="plain")
        await it.ended(run.key)
        work.on.clear()
        await it.runs.resume(run.short_id, Asker(ALICE, CHAT))
        book = await it.until(run.key, lambda book: book.run.status is RunStatus.COMPLETED)
        failure = await it.store.failure(run.key, "failure-1")
    assert work.done == ["first", "middle", "middle", "last"]
    assert failure.remedy == "resumed"
    assert failure.remedied_by == ALICE
    assert not book.failures


async def test_retry_starts_one_new_run_with_the_same_input_however_often_it_is_asked_for(any_store):
    work = Work()
    work.on["middle"] = failing
    definition = chain(
        "asking", lambda: First("first", work), lambda: Middle("middle", work), lambda: Gate("gate", work)
    )
    async with core(any_store, definitions=[definition]) as it:
        run = await it.start("Same words", workflow="asking")
        await it.ended(run.key)
        work.on.clear()
        again = await asyncio.gather(*(it.runs.retry(run.id, Asker(ALICE, CHAT)) for _ in range(3)))
        again.append(await it.runs.retry(run.id, Asker(ALICE, CHAT)))
        new = again[0]
        await it.asked(new.key, "gate-1")
        assert {retried.id for retried in again} == {new.id}
        assert new.id != run.id
        assert new.retry_of == run.id
        assert await it.store.text(new.key, "input") == "Same words"
        assert len(await it.store.runs_of(ALICE.tenant, ALICE.id, 10)) == 2
        failure = await it.store.failure(run.key, "failure-1")
        assert (failure.remedy, failure.successor) == ("retried", new.id)
    assert work.done.count("middle") == 2


async def test_a_workflow_that_ends_without_a_result_fails_with_a_sentence(store):
    async with core(store, definitions=[plain(Work(), Silent)]) as it:
        run = await it.start(workflow="plain")
        await it.ended(run.key)
        book = await it.store.read(run.key)
    assert book.failures["failure-1"].reason == "The workflow ended without a result."


@pytest.mark.parametrize("middle", [Unsaveable, Unreadable])
async def test_a_run_never_goes_on_past_a_checkpoint_that_could_not_be_saved(store, middle):
    work = Work()
    async with core(store, definitions=[plain(work, middle)]) as it:
        run = await it.start(workflow="plain")
        run = await it.ended(run.key)
        book = await it.store.read(run.key)
    assert run.status is RunStatus.FAILED
    assert "could not be saved" in book.failures["failure-1"].reason
    assert "last" not in work.done


@pytest.mark.parametrize("number", [1, 2, 3, 4])
async def test_a_save_that_fails_stops_the_run_at_that_very_step(store, number):
    """Whichever checkpoint it is: the framework itself would only log it and go on."""
    saves = 0

    async def break_one(before, after) -> None:
        nonlocal saves
        saves += after.checkpoint is not None
        if after.checkpoint is not None and saves == number:
            raise ValueError("disk full")

    work = Work()
    async with core(Between(store, before=break_one), definitions=[plain(work)]) as it:
        run = await it.start(workflow="plain")
        run = await it.ended(run.key)
        book = await it.store.read(run.key)
    assert run.status is RunStatus.FAILED
    assert "disk full" in book.failures["failure-1"].reason
    assert len(work.done) == number - 1
    assert run.checkpoint == number - 1


async def test_a_store_that_is_away_for_a_moment_delays_a_run_and_does_not_fail_it(store):
    away = 2

    async def be_away(before, after) -> None:
        nonlocal away
        if after.checkpoint is not None and after.checkpoint.number == 2 and away:
            away -= 1
            raise StoreUnavailableError("away")

    work = Work()
    async with core(Between(store, before=be_away), definitions=[plain(work)]) as it:
        run = await it.start(workflow="plain")
        run = await it.ended(run.key)
    assert run.status is RunStatus.COMPLETED
    assert away == 0


async def test_a_worker_that_lost_its_claim_writes_nothing_more(store):
    """It was frozen, another worker claimed the run, and now it wakes up in the middle of a step."""
    work = Work()

    async def taken(before, after) -> None:
        if after.checkpoint is not None and after.checkpoint.number == 2 and after.run.worker == "frozen":
            book = await store.read(after.run.key)
            await store.write(book, life.claimed(book, "other", datetime.now(UTC)))

    await store.beat("other", datetime.now(UTC) + timedelta(minutes=1))
    async with core(Between(store, before=taken), worker="frozen", definitions=[plain(work)]) as it:
        run = await it.start(workflow="plain")
        book = await it.until(run.key, lambda book: book.run.worker == "other")
        await asyncio.sleep(0.3)
        book = await store.read(run.key)
    assert book.run.worker == "other"
    assert book.run.checkpoint == 1
    assert work.done == ["first"]


async def test_a_cancelled_run_stops_at_the_next_step(store):
    work = Work()

    async def cancel(before, after) -> None:
        if after.checkpoint is not None and after.checkpoint.number == 2:
            book = await store.read(after.run.key)
            await store.write(book, life.cancelled(book, ALICE, datetime.now(UTC)))

    async with core(Between(store, before=cancel), definitions=[plain(work)]) as it:
        run = await it.start(workflow="plain")
        run = await it.ended(run.key)
        await asyncio.sleep(0.2)
    assert run.status is RunStatus.CANCELLED
    assert "last" not in work.done


async def test_cancelling_withdraws_the_open_question(any_store):
    async with core(any_store) as it:
        run = await it.start()
        await it.asked(run.key, "review-1")
        await it.runs.cancel("", Asker(ALICE, CHAT))
        closed = await it.store.approval(run.key, "review-1")
        outcome = await it.decide(run.key, "review-1", Verdict.APPROVE)
    assert closed.status == "cancelled"
    assert not outcome.counted
    assert outcome.approval.decision is None


async def test_a_run_left_by_a_worker_that_died_goes_on_elsewhere(any_store):
    """Its worker claimed it, saved a checkpoint and was never seen again."""
    work = Work()
    async with core(any_store, worker="dead", definitions=[gated(work)]) as it:
        run = await it.start(workflow="gated")
        await it.asked(run.key, "gate-1")
        await it.dispatcher.stop(grace=0)
        await it.dispatcher.leave()
        await it.decide(run.key, "gate-1", Verdict.APPROVE)
        book = await any_store.read(run.key)
        await any_store.write(book, life.claimed(book, "dead", datetime.now(UTC) - timedelta(seconds=10)))
    async with core(any_store, worker="alive", definitions=[gated(work)]) as it:
        run = await it.ended(run.key)
    assert run.status is RunStatus.COMPLETED
    assert work.done == ["first", "gate answered", "last"]


async def test_the_last_checkpoint_and_the_end_of_the_run_are_one_write(store):
    ends = []

    async def note(before, after) -> None:
        ends.append((after.checkpoint is not None, after.run.over))

    async with core(Between(store, after=note), definitions=[plain(Work())]) as it:
        run = await it.start(workflow="plain")
        await it.ended(run.key)
    assert ends[-1] == (True, True)


async def test_a_result_survives_a_crash_in_a_later_step(store):
    """Agent Framework keeps no outputs in its checkpoints: without ours the run would end with nothing."""
    work, crashed = Work(), asyncio.Event()

    async def crash_at_the_end(before, after) -> None:
        if after.run.over and not crashed.is_set():
            crashed.set()
            raise Fenced

    definition = chain(
        "early", lambda: First("first", work), lambda: Early("early", work), lambda: Quiet("quiet", work)
    )
    async with core(Between(store, before=crash_at_the_end), definitions=[definition]) as it:
        run = await it.start("words", workflow="early")
        run = await it.ended(run.key)
        assert await it.store.text(run.key, "result") == "early: words"
    assert run.status is RunStatus.COMPLETED
    assert work.done == ["first", "early", "quiet", "quiet"]


async def test_a_changed_workflow_refuses_to_go_on_with_an_old_run(store):
    work = Work()
    async with core(store, definitions=[gated(work)]) as it:
        run = await it.start(workflow="gated")
        await it.asked(run.key, "gate-1")
    changed = plain(work, name="gated")
    async with core(store, definitions=[changed]) as it:
        await it.decide(run.key, "gate-1", Verdict.APPROVE)
        run = await it.ended(run.key)
        book = await it.store.read(run.key)
        with pytest.raises(InvalidInputError, match="cannot go on"):
            await it.runs.resume(run.short_id, Asker(ALICE, CHAT))
    assert "changed by an update" in book.failures["failure-1"].reason
