"""What every dispatcher does, whatever engine is behind its port: told twice or never, runs end right."""

import asyncio
import contextlib
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any, TypeVar

import pytest

from orchestration.book import Book, life
from orchestration.dispatch.embedded import EmbeddedDispatcher
from orchestration.dispatch.pace import Pace
from orchestration.errors import StoreUnavailableError
from orchestration.model import ApprovalStatus, Run, RunKey, RunStatus, Verdict
from orchestration.ports import Dispatcher
from orchestration.register import Asker
from orchestration.workflows.definition import Definition
from tests.fakes.core import ALICE, BOB, CAROL, CHAT, TENANT, Core, Engine, core
from tests.fakes.stores import Between, Outage
from tests.fakes.workflows import First, Gate, Held, Last, Work, chain, gated, plain

QUICK = Pace(alive=timedelta(seconds=0.5), sweep=timedelta(seconds=0.1), tries=(0.02, 0.05))
LONG = 0.5
"""Seconds: longer than all retries of a call."""

T = TypeVar("T")
NewEngine = Callable[..., Engine]


@pytest.fixture(params=["embedded"])
def engine(request: pytest.FixtureRequest) -> NewEngine:
    """Makes a dispatcher, from `worker`, `finder`, `workers`, `clock`, `advance` and `show` as keywords.

    Another one has to have `start`, `stop` and `leave` beside the port. It gives up a call for the time being
    after less than LONG seconds of failures, and then finds within a second what is due in the store.
    """
    return {"embedded": partial(EmbeddedDispatcher, pace=QUICK)}[request.param]


class Twice:
    """Tells a dispatcher everything twice at the same instant."""

    def __init__(self, dispatcher: Dispatcher) -> None:
        self._dispatcher = dispatcher

    async def submit(self, key: RunKey) -> None:
        await asyncio.gather(self._dispatcher.submit(key), self._dispatcher.submit(key))

    async def wake(self, at: datetime, key: RunKey) -> None:
        await asyncio.gather(self._dispatcher.wake(at, key), self._dispatcher.wake(at, key))


class Never:
    """Tells nobody, as when the process dies after the write."""

    async def submit(self, key: RunKey) -> None: ...

    async def wake(self, at: datetime, key: RunKey) -> None: ...


def telling(it: Core, dispatcher: Dispatcher) -> None:
    """What people do is told to this one from now on."""
    it.runs._dispatcher = it.approvals._dispatcher = dispatcher


def asking_twice(work: Work) -> Definition:
    """first → one (asks) → two (asks) → last"""
    gates = [lambda name=name: Gate(name, work) for name in ("one", "two")]
    return chain("twice", lambda: First("first", work), *gates, lambda: Last("last", work))


async def told(it: Core, key: RunKey) -> list[str]:
    return [event.what for event in await it.store.history(key)]


STORY = ["started", "asked", "decided: approve", "asked", "decided: approve", "completed"]
DONE = ["first", "one answered", "two answered", "last"]


# ---- twice -----------------------------------------------------------------------------------


async def test_what_is_told_and_decided_twice_happens_once(any_store, engine):
    work = Work()
    async with core(any_store, engine=engine, definitions=[asking_twice(work)]) as it:
        telling(it, Twice(it.dispatcher))
        starts = [it.start(workflow="twice", source="the same message") for _ in range(2)]
        run, again = await asyncio.gather(*starts)
        assert run.key == again.key
        for question in ("one-1", "two-1"):
            await it.asked(run.key, question)
            await decided_by_everybody(it, run.key, question)
        await it.ended(run.key)
        assert await told(it, run.key) == STORY
    assert work.done == DONE


async def decided_by_everybody(it: Core, key: RunKey, question: str) -> None:
    """Two people at the same instant, and each of their clicks arrives twice."""
    ballots = [
        it.decide(key, question, Verdict.APPROVE, by=person, source=f"{question} by {person.name}")
        for person in (BOB, CAROL)
        for _ in range(2)
    ]
    outcomes = await asyncio.gather(*ballots)
    (decision,) = {outcome.approval.decision for outcome in outcomes}
    assert Counter(outcome.counted for outcome in outcomes) == {True: 2, False: 2}
    assert decision is not None


async def test_many_runs_at_once_all_come_to_their_end(any_store, engine):
    work, many = Work(), 100
    async with core(any_store, engine=engine, definitions=[asking_twice(work)]) as it:
        await asyncio.gather(*(it.start(f"number {n}", workflow="twice") for n in range(many)))
        await everything_approved(it, questions=2 * many)
        runs = await all_ended(it)
    assert Counter(run.status for run in runs) == {RunStatus.COMPLETED: many}
    assert Counter(work.done) == dict.fromkeys(DONE, many)


async def all_ended(it: Core) -> Sequence[Run]:
    async with asyncio.timeout(30):
        while True:
            runs = await it.store.runs_in(TENANT, CHAT, 500)
            if all(run.over for run in runs):
                return runs
            await asyncio.sleep(0.1)


async def everything_approved(it: Core, questions: int) -> None:
    """Approve whatever is asked, as soon as it is asked, until so many questions have been answered."""
    answered: set[tuple[RunKey, str]] = set()
    async with asyncio.timeout(60):
        while len(answered) < questions:
            asked = await it.store.waiting_in(TENANT, CHAT, 500)
            new = {(RunKey(each.tenant, each.run), each.id) for each in asked} - answered
            await asyncio.gather(*(it.decide(key, name, Verdict.APPROVE) for key, name in new))
            answered |= new
            await asyncio.sleep(0.25)


# ---- times -----------------------------------------------------------------------------------


async def test_a_reminder_and_the_end_of_the_time_come_by_themselves_and_once(any_store, engine):
    times = {"remind_after": timedelta(seconds=0.6), "expire_after": timedelta(seconds=1.1)}
    async with core(any_store, engine=engine, **times) as it:
        run = await it.start()
        question = await it.asked(run.key, "review-1")
        await it.ended(run.key)
        late = datetime.now(UTC) - question.expires
        assert await told(it, run.key) == ["started", "asked", "reminded", "timed out: reject", "rejected"]
    assert timedelta() <= late < timedelta(seconds=1)


async def test_looking_again_and_again_does_not_repeat_a_reminder(any_store, engine):
    async with core(any_store, engine=engine, remind_after=timedelta(seconds=2)) as it:
        run = await it.start()
        await it.until(run.key, lambda book: any(each.reminded for each in book.pending))
        for _ in range(8):
            await Twice(it.dispatcher).submit(run.key)
            await Twice(it.dispatcher).wake(datetime.now(UTC) + timedelta(seconds=0.02), run.key)
            await asyncio.sleep(0.05)
        assert await told(it, run.key) == ["started", "asked", "reminded"]


async def test_waking_a_run_that_waits_or_has_ended_or_does_not_exist_changes_nothing(any_store, engine):
    work = Work()
    async with core(any_store, engine=engine, definitions=[gated(work)]) as it:
        waits, ends = [await it.start(workflow="gated") for _ in range(2)]
        await it.asked(waits.key, "gate-1")
        await it.asked(ends.key, "gate-1")
        await it.decide(ends.key, "gate-1", Verdict.REJECT)
        await it.ended(ends.key)
        await asyncio.sleep(0.1)
        before = [await any_store.read(run.key) for run in (waits, ends)]
        for key in (waits.key, ends.key, RunKey(TENANT, "run-20260101-aaaaaaaa")):
            for days in (-1, 0, 0.1 / 86_400, 1):
                await Twice(it.dispatcher).wake(datetime.now(UTC) + timedelta(days=days), key)
            await Twice(it.dispatcher).submit(key)
        await asyncio.sleep(0.2)
        assert [await any_store.read(run.key) for run in (waits, ends)] == before
        await it.decide(waits.key, "gate-1", Verdict.APPROVE)
        assert (await it.ended(waits.key)).status is RunStatus.COMPLETED


# ---- cancel and resume -----------------------------------------------------------------------


async def test_a_run_cancelled_in_the_middle_of_a_step_saves_nothing_more(any_store, engine):
    work = Work()
    async with core(any_store, engine=engine, definitions=[plain(work, Held)]) as it:
        run = await it.start(workflow="plain")
        await it.until(run.key, lambda book: "middle" in work.done)
        await it.runs.cancel(run.short_id, Asker(ALICE, CHAT))
        cancelled, log = await it.store.read(run.key), await it.store.log(run.key)
        work.let_go.set()
        await it.until(run.key, lambda book: "let go" in work.done)
        await it.dispatcher.submit(run.key)
        await asyncio.sleep(0.2)
        assert await it.store.read(run.key) == cancelled
        assert await it.store.log(run.key) == log
        assert await told(it, run.key) == ["started", "cancelled"]
    assert work.done == ["first", "middle", "let go"]


async def test_a_click_after_the_run_was_cancelled_changes_nothing(any_store, engine):
    work = Work()
    async with core(any_store, engine=engine, definitions=[gated(work)]) as it:
        run = await it.start(workflow="gated")
        await it.asked(run.key, "gate-1")
        await it.runs.cancel(run.short_id, Asker(ALICE, CHAT))
        before = await it.store.read(run.key)
        outcome = await it.decide(run.key, "gate-1", Verdict.APPROVE)
        await Twice(it.dispatcher).submit(run.key)
        await asyncio.sleep(0.2)
        assert await it.store.read(run.key) == before
        assert await told(it, run.key) == ["started", "asked", "cancelled"]
    assert (outcome.counted, outcome.approval.status) == (False, ApprovalStatus.CANCELLED)
    assert work.done == ["first"]


async def test_a_run_that_had_ended_in_failure_goes_on_when_it_is_resumed(any_store, engine):
    work = Work()

    def fail(_: str) -> None:
        raise RuntimeError("no")

    work.on["middle"] = fail
    async with core(any_store, engine=engine, definitions=[plain(work)]) as it:
        run = await it.start(workflow="plain")
        for _ in range(2):
            await it.until(run.key, lambda book: book.run.status is RunStatus.FAILED)
            await asyncio.sleep(0.1)
            await it.runs.resume(run.short_id, Asker(ALICE, CHAT))
        await it.until(run.key, lambda book: book.run.status is RunStatus.FAILED)
        work.on.clear()
        await it.runs.resume(run.short_id, Asker(ALICE, CHAT))
        await it.until(run.key, lambda book: book.run.status is RunStatus.COMPLETED)
    assert work.done == ["first", *4 * ["middle"], "last"]


# ---- a store that is away, and a dispatcher that knows nothing ---------------------------------


@pytest.mark.parametrize("seconds", [0.05, LONG], ids=["shortly", "longer than the retries"])
@pytest.mark.parametrize("moment", ["before a step", "in the middle of a step"])
async def test_a_run_ends_right_although_the_store_was_away(any_store, engine, moment, seconds):
    work = Work()

    async def decided(before: Book | None, after: Book) -> None:
        if moment == "before a step" and after.undelivered:
            store.begin(seconds)

    store = Outage(Between(any_store, after=decided))
    async with core(store, engine=engine, definitions=[asking_twice(work)]) as it:
        run = await it.start(workflow="twice")
        await it.asked(run.key, "one-1")
        if moment == "in the middle of a step":
            work.on["one answered"] = lambda _: store.begin(seconds)
        await it.decide(run.key, "one-1", Verdict.APPROVE)
        await asyncio.sleep(seconds + 0.1)
        await it.asked(run.key, "two-1")
        await it.decide(run.key, "two-1", Verdict.APPROVE)
        await it.ended(run.key)
        assert await told(it, run.key) == STORY
        assert await it.store.text(run.key, "result")
    repeated = work.done.count("one answered") - 1
    assert repeated == 0 if moment == "before a step" else repeated >= 1  # its effect came before the outage
    assert Counter(work.done) == {**dict.fromkeys(DONE, 1), "one answered": 1 + repeated}


@pytest.mark.parametrize("every", [2, 3])
async def test_a_run_ends_right_although_answers_of_the_store_are_lost(any_store, engine, every):
    """Nobody knows then whether it was done, so people and workers do it again."""
    work, store = Work(), Outage(any_store, loses=every)
    async with core(store, engine=engine, definitions=[asking_twice(work)]) as it:
        it.store = any_store
        run = await insisted(lambda: it.start(workflow="twice", source="the same message"))
        for question in ("one-1", "two-1"):
            await it.asked(run.key, question)
            await insisted(partial(it.decide, run.key, question, Verdict.APPROVE, source=question))
        await it.ended(run.key)
        assert await told(it, run.key) == STORY
    assert work.done[-1] == "last"


async def insisted(work: Callable[[], Awaitable[T]]) -> T:
    while True:
        with contextlib.suppress(StoreUnavailableError):
            return await work()


async def test_a_dispatcher_that_knows_nothing_finds_all_there_is_to_do(any_store, engine):
    """New, answered, and left in the middle of a step by a worker that died."""
    work = Work()
    how = {"engine": engine, "definitions": [gated(work)]}
    async with core(any_store, worker="one", **how) as it:
        answered, left = [await it.start(workflow="gated") for _ in range(2)]
        for run in (answered, left):
            await it.asked(run.key, "gate-1")
    telling(it, Never())
    new = await it.start(workflow="gated")
    for run in (answered, left):
        await it.decide(run.key, "gate-1", Verdict.APPROVE)
    await left_behind(any_store, left.key)
    assert work.done == ["first", "first"]
    async with core(any_store, worker="two", **how) as it:
        for run in (answered, left):
            assert (await it.ended(run.key)).status is RunStatus.COMPLETED
        await it.asked(new.key, "gate-1")


async def left_behind(store: Any, key: RunKey) -> None:
    book = await store.read(key)
    await store.write(book, life.claimed(book, "dead", datetime.now(UTC)))
    await store.beat("dead", datetime.now(UTC))


async def test_a_time_that_passed_while_there_was_no_dispatcher_is_seen_to(any_store, engine):
    how = {"engine": engine, "expire_after": timedelta(seconds=0.5)}
    async with core(any_store, worker="one", **how) as it:
        run = await it.start()
        await it.asked(run.key, "review-1")
    await asyncio.sleep(0.5)
    async with core(any_store, worker="two", **how) as it:
        assert (await it.ended(run.key)).status is RunStatus.REJECTED
