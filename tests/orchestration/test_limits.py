"""What steps may use: time, tries, supersteps; what is done in place of one that fails for good."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from agent_framework import Executor, WorkflowBuilder, WorkflowContext, handler

from orchestration.errors import StepError, TransientError
from orchestration.idempotency import idempotency_key
from orchestration.limits import Limits, is_transient
from orchestration.messages import Conversation, Question, Result
from orchestration.model import Run, RunStatus, Step, Verdict
from orchestration.register import Asker
from orchestration.workflows.definition import Definition, Means
from tests.fakes.core import ALICE, CHAT, core
from tests.fakes.workflows import First, Gate, Last, Middle, Work, chain, gated, plain, together

SOON = (timedelta(milliseconds=10), timedelta(milliseconds=20), timedelta(milliseconds=30))


def limited(definition: Definition, **limits: Any) -> Definition:
    return replace(definition, limits=replace(Limits(pauses=SOON), **limits))


def away(times: int, error: Exception):
    """A step that fails so often, and works after that."""
    left = [times]

    def work(_: str) -> None:
        left[0] -= 1
        if left[0] >= 0:
            raise error

    return work


class Hanging(Middle):
    @handler
    async def go_on(self, talk: Conversation, ctx: WorkflowContext[Conversation]) -> None:
        self._work.do("hanging", "")
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            self._work.do("broken off", "")
            raise


class Slow(Middle):
    @handler
    async def go_on(self, talk: Conversation, ctx: WorkflowContext[Conversation]) -> None:
        self._work.do("slow", "")
        await asyncio.sleep(0.2)
        await ctx.send_message(talk)


class AnsweredError(Exception):
    def __init__(self, status: int) -> None:
        super().__init__(f"status {status}")
        self.status_code = status


# ---- trying again --------------------------------------------------------------------------


async def test_what_may_pass_is_tried_again_and_only_that_step(any_store):
    work = Work()
    work.on["middle"] = away(2, TransientError("The mail server is busy."))
    async with core(any_store, definitions=[limited(plain(work))]) as it:
        run = await it.start(workflow="plain")
        run = await it.ended(run.key)
        told = [event.what for event in await it.store.history(run.key)]
    assert run.status is RunStatus.COMPLETED
    assert work.done == ["first", "middle", "middle", "middle", "last"]
    assert told == ["started", "trying again", "trying again", "completed"]
    assert (run.tries, run.trouble) == (0, "")


async def test_after_the_last_try_the_run_fails_with_the_reason_of_that_try(store):
    work = Work()
    work.on["middle"] = away(99, ConnectionResetError("reset by peer"))
    async with core(store, definitions=[limited(plain(work))]) as it:
        run = await it.start(workflow="plain")
        run = await it.ended(run.key)
        book = await it.store.read(run.key)
    assert run.status is RunStatus.FAILED
    assert book.failures["failure-1"].reason == "reset by peer"
    assert work.done.count("middle") == 1 + len(SOON)


async def test_a_run_that_is_to_be_tried_again_says_so_and_waits_without_a_worker(store):
    work = Work()
    work.on["middle"] = away(1, TimeoutError("no answer"))
    definition = limited(plain(work), pauses=(timedelta(minutes=5),))
    async with core(store, definitions=[definition]) as it:
        run = await it.start(workflow="plain")
        book = await it.until(run.key, lambda book: book.run.status is RunStatus.TRYING_AGAIN)
        await it.dispatcher.submit(run.key)
        await asyncio.sleep(0.1)
        assert (await it.store.read(run.key)) == book
    assert (book.run.worker, book.run.trouble, book.run.tries) == ("", "no answer", 1)
    assert book.run.due == book.run.again
    assert work.done == ["first", "middle"]


async def test_the_pause_before_a_new_try_outlives_the_process(store):
    work = Work()
    work.on["middle"] = away(1, TimeoutError("no answer"))
    definition = limited(plain(work), pauses=(timedelta(seconds=0.5),))
    async with core(store, definitions=[definition], worker="one") as it:
        run = await it.start(workflow="plain")
        await it.until(run.key, lambda book: book.run.status is RunStatus.TRYING_AGAIN)
    async with core(store, definitions=[definition], worker="two") as it:
        run = await it.ended(run.key)
    assert work.done == ["first", "middle", "middle", "last"]


@pytest.mark.parametrize(
    ("error", "passes"),
    [
        (TransientError("busy"), True),
        (TimeoutError(), True),
        (ConnectionRefusedError(), True),
        (AnsweredError(429), True),
        (AnsweredError(503), True),
        (AnsweredError(400), False),
        (ValueError("wrong"), False),
        (StepError("no"), False),
    ],
    ids=repr,
)
def test_only_what_says_nothing_about_the_step_itself_is_tried_again(error: Exception, *, passes: bool):
    assert is_transient(error) is passes
    outer = RuntimeError("the tool failed")
    outer.__cause__ = error
    assert is_transient(outer) is passes


# ---- time and supersteps -------------------------------------------------------------------


async def test_a_step_that_takes_too_long_is_broken_off(store):
    work = Work()
    definition = limited(plain(work, Hanging), step=timedelta(seconds=0.1), pauses=())
    async with core(store, definitions=[definition]) as it:
        run = await it.start(workflow="plain")
        run = await it.ended(run.key)
        book = await it.store.read(run.key)
    assert work.done == ["first", "hanging", "broken off"]
    assert book.failures["failure-1"].reason == "The step took longer than 0.1 seconds, the most it may."
    assert book.failures["failure-1"].resumable


async def test_a_run_that_works_too_long_fails_and_gets_the_same_time_again_when_resumed(store):
    work = Work()
    slow = [lambda name=name: Slow(name, work) for name in ("a", "b", "c", "d")]
    definition = limited(
        chain("slow", lambda: First("first", work), *slow, lambda: Last("last", work)),
        run=timedelta(seconds=0.5),
    )
    async with core(store, definitions=[definition]) as it:
        run = await it.start(workflow="slow")
        run = await it.ended(run.key)
        reason = (await it.store.read(run.key)).failures["failure-1"].reason
        assert "worked for 0.5 seconds in all" in reason
        assert run.worked >= 0.4
        await it.runs.resume(run.short_id, Asker(ALICE, CHAT))
        await it.until(run.key, lambda book: book.run.status is RunStatus.COMPLETED)


async def test_waiting_for_people_is_no_working_time(store):
    work = Work()
    definition = limited(gated(work), run=timedelta(seconds=0.4), step=timedelta(seconds=0.3))
    async with core(store, definitions=[definition]) as it:
        run = await it.start(workflow="gated")
        await it.asked(run.key, "gate-1")
        await asyncio.sleep(0.8)
        await it.decide(run.key, "gate-1", Verdict.APPROVE)
        run = await it.ended(run.key)
    assert run.status is RunStatus.COMPLETED
    assert run.worked < 0.4


class Circle(Executor):
    """Sends the conversation to itself for ever."""

    @handler
    async def go_on(self, talk: Conversation, ctx: WorkflowContext[Conversation, Result]) -> None:
        await ctx.send_message(talk)


def circling(work: Work, **builder: Any) -> Definition:
    def build(means: Means):
        first, one, two = First("first", work), Circle(id="one"), Circle(id="two")
        graph = WorkflowBuilder(name="circle@1", start_executor=first, output_from=[two], **builder)
        return graph.add_edge(first, one).add_edge(one, two).add_edge(two, one).build()

    return Definition("circle", 1, "Circle", "anything", (Step("one", "One"), Step("two", "Two")), build)


@pytest.mark.parametrize("how", [{"max_iterations": 10_000}, {}], ids=["our limit", "the framework's"])
async def test_a_workflow_that_goes_round_in_a_circle_is_stopped(store, how):
    async with core(store, definitions=[limited(circling(Work(), **how), supersteps=150)]) as it:
        run = await it.start(workflow="circle")
        run = await it.ended(run.key)
        book = await it.store.read(run.key)
    failure = book.failures["failure-1"]
    assert "round in a circle" in failure.reason
    assert not failure.resumable


# ---- fallback ------------------------------------------------------------------------------


class Spare(Middle):
    """Does it in a simpler way."""

    @handler
    async def go_on(self, talk: Conversation, ctx: WorkflowContext[Conversation]) -> None:
        self._work.do("spare", "")
        await ctx.send_message(talk.saying("assistant", "simply"))


def with_spare(work: Work) -> Definition:
    def build(means: Means):
        middle = Spare("middle", work) if "middle" in means.diverted else Middle("middle", work)
        first, gate, last = First("first", work), Gate("gate", work), Last("last", work)
        graph = WorkflowBuilder(name="spare@1", start_executor=first, output_from=[gate, last])
        return graph.add_chain([first, middle, gate, last]).build()

    steps = (Step("first", "First"), Step("middle", "Middle", fallback="A simple text"), Step("gate", "Gate"))
    return limited(Definition("spare", 1, "Spare", "anything", steps, build))


async def test_a_step_that_fails_for_good_is_replaced_by_its_fallback(any_store):
    work = Work()
    work.on["middle"] = away(99, TransientError("busy"))
    async with core(any_store, definitions=[with_spare(work)]) as it:
        run = await it.start(workflow="spare")
        await it.asked(run.key, "gate-1")
        await it.decide(run.key, "gate-1", Verdict.APPROVE)
        run = await it.ended(run.key)
        told = [event.what for event in await it.store.history(run.key)]
        result = await it.store.text(run.key, "result")
    assert run.status is RunStatus.COMPLETED
    assert run.diverted == ("middle",)
    assert "simply" in (result or "")
    assert work.done == ["first", *["middle"] * 4, "spare", "gate answered", "last"]
    assert told.count("fell back") == 1


async def test_a_fallback_that_fails_fails_the_run(store):
    work = Work()
    for step in ("middle", "spare"):
        work.on[step] = away(99, ValueError(f"{step} is broken"))
    async with core(store, definitions=[with_spare(work)]) as it:
        run = await it.start(workflow="spare")
        run = await it.ended(run.key)
        book = await it.store.read(run.key)
    assert book.failures["failure-1"].reason == "spare is broken"
    assert work.done == ["first", "middle", "spare"]


# ---- idempotency ---------------------------------------------------------------------------


class Paying(Middle):
    """Has an effect under a key, and the superstep may be repeated after it."""

    @handler
    async def go_on(self, talk: Conversation, ctx: WorkflowContext[Conversation]) -> None:
        self._work.done.append(idempotency_key("pay", "10 EUR"))
        self._work.do(self.id, "")
        await ctx.send_message(talk)


async def test_a_repeated_step_has_the_same_key_and_every_other_step_another(any_store):
    work = Work()
    work.on["a"] = away(2, TransientError("busy"))
    steps = [lambda name=name: Paying(name, work) for name in ("a", "b")]
    definition = limited(chain("pay", lambda: First("first", work), *steps, lambda: Last("last", work)))
    async with core(any_store, definitions=[definition]) as it:
        one, two = [await it.start(f"pay {n}", workflow="pay") for n in (1, 2)]
        await asyncio.gather(it.ended(one.key), it.ended(two.key))
    keys = [word for word in work.done if len(word) == 32]
    assert len(keys) == 6
    assert len(set(keys)) == 4


def both(work: Work) -> Definition:
    return limited(together(work, Question("left", "1"), Question("right", "2")))


@pytest.mark.parametrize("order", [("left", "right"), ("right", "left")])
async def test_several_questions_of_a_run_are_answered_in_any_order(any_store, order):
    work = Work()
    async with core(any_store, definitions=[both(work)]) as it:
        run = await it.start(workflow="together")
        await it.asked(run.key, "left")
        await it.decide(run.key, order[0], Verdict.APPROVE)
        await it.until(run.key, lambda book: list(book.approvals) == [order[1]] and not book.run.worker)
        await it.decide(run.key, order[1], Verdict.REJECT)
        run = await it.ended(run.key)
        result = await it.store.text(run.key, "result")
    expected = {order[0]: "approve", order[1]: "reject"}
    assert result == f"left={expected['left']} right={expected['right']}"


async def test_an_answer_given_before_a_resume_is_kept(any_store):
    """The first answer fails the step; the second comes in when the run is resumed."""
    work, keys, fail = Work(), list[str](), away(1, ValueError("broken"))

    def tell(text: str) -> None:
        keys.append(idempotency_key("tell", "left"))
        fail(text)

    work.on["left"] = tell
    async with core(any_store, definitions=[both(work)]) as it:
        run = await it.start(workflow="together")
        await it.asked(run.key, "left")
        await it.decide(run.key, "left", Verdict.APPROVE)
        await it.ended(run.key)
        await it.runs.resume(run.short_id, Asker(ALICE, CHAT))
        await it.until(
            run.key, lambda book: list(book.approvals) == ["right"] and book.run.status == "waiting"
        )
        await it.decide(run.key, "right", Verdict.APPROVE)
        run = await it.ended(run.key)
        assert await it.store.text(run.key, "result") == "left=approve right=approve"
    assert isinstance(run, Run)
    assert len(keys) == 2
    assert len(set(keys)) == 1
