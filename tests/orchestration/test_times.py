"""How long each step has worked, as the records of real runs tell it."""

import asyncio
from typing import Any

import pytest
from agent_framework import Executor, WorkflowBuilder, WorkflowContext, handler

from orchestration.errors import TransientError
from orchestration.messages import Conversation, Result
from orchestration.model import RunStatus, Step, Verdict
from orchestration.register import Asker
from orchestration.workflows.definition import Definition, Means
from tests.fakes.core import ALICE, CHAT, core
from tests.fakes.stores import Between
from tests.fakes.workflows import First, Gate, Last, Middle, Quiet, Work, chain, plain

NAP = 0.1
NAPS = 0.08
"""What is surely seen of a nap: clocks are coarse, and times are saved to the hundredth of a second."""


class Napping(Middle):
    """Takes its time."""

    @handler
    async def go_on(self, talk: Conversation, ctx: WorkflowContext[Conversation]) -> None:
        await asyncio.sleep(NAP)
        self._work.do(self.id, "")
        await ctx.send_message(talk)


class Rounds(Executor):
    """Goes round three times before it ends."""

    def __init__(self) -> None:
        super().__init__(id="rounds")
        self._rounds = 0

    @handler
    async def go_on(self, talk: Conversation, ctx: WorkflowContext[Conversation, Result]) -> None:
        self._rounds += 1
        await (ctx.send_message(talk) if self._rounds < 3 else ctx.yield_output(Result("round")))


def napping(work: Work) -> Definition:
    """first → nap → gate (asks) → end"""
    ends = (lambda: Gate("gate", work), lambda: Last("end", work))
    return chain("napping", lambda: First("first", work), lambda: Napping("nap", work), *ends)


def parallel(work: Work) -> Definition:
    """first → nap and quick side by side → end"""

    def build(means: Means):
        first, nap, quick = First("first", work), Napping("nap", work), Quiet("quick", work)
        last = Last("end", work)
        graph = WorkflowBuilder(name="parallel@1", start_executor=first, output_from=[last])
        return graph.add_fan_out_edges(first, [nap, quick]).add_edge(nap, last).build()

    steps = tuple(Step(name, name.capitalize()) for name in ("first", "nap", "quick", "end"))
    return Definition("parallel", 1, "Parallel", "anything", steps, build)


def rounds(work: Work) -> Definition:
    """first → nap → rounds → nap → rounds → nap → rounds"""

    def build(means: Means):
        first, nap, turn = First("first", work), Napping("nap", work), Rounds()
        graph = WorkflowBuilder(name="rounds@1", start_executor=first, output_from=[turn])
        return graph.add_edge(first, nap).add_edge(nap, turn).add_edge(turn, nap).build()

    return Definition("rounds", 1, "Rounds", "anything", (Step("nap", "Nap"),), build)


async def test_a_run_tells_how_long_each_step_worked_and_waiting_for_people_counts_nowhere(any_store):
    work = Work()
    async with core(any_store, definitions=[napping(work)]) as it:
        run = await it.start(workflow="napping")
        await it.asked(run.key, "gate-1")
        await asyncio.sleep(3 * NAP)
        await it.decide(run.key, "gate-1", Verdict.APPROVE)
        run = await it.ended(run.key)
    spent = dict(run.spent)
    assert set(spent) == {"first", "nap", "gate", "end"}
    assert spent["nap"] >= NAPS
    assert sum(spent.values()) == pytest.approx(run.worked, abs=0.005 * 5)


async def test_steps_that_work_side_by_side_count_the_same_seconds(any_store):
    async with core(any_store, definitions=[parallel(Work())]) as it:
        run = await it.start(workflow="parallel")
        run = await it.ended(run.key)
    spent = dict(run.spent)
    assert spent["nap"] == spent["quick"] >= NAPS


async def test_the_times_of_a_repeated_step_add_up_and_what_is_no_step_is_left_out(any_store):
    work = Work()
    async with core(any_store, definitions=[rounds(work)]) as it:
        run = await it.start(workflow="rounds")
        run = await it.ended(run.key)
    assert work.done.count("nap") == 3
    ((step, seconds),) = run.spent
    assert (step, seconds >= 3 * NAPS) == ("nap", True)


async def test_what_a_failed_try_worked_is_counted_and_a_resume_begins_nothing_anew(store):
    work, broken = Work(), [True]

    def breaks(_: str) -> None:
        if broken[0]:
            raise ValueError("broken")

    work.on["nap"] = breaks
    async with core(store, definitions=[napping(work)]) as it:
        run = await it.start(workflow="napping")
        failed = await it.ended(run.key)
        broken[0] = False
        await it.runs.resume(run.short_id, Asker(ALICE, CHAT))
        await it.asked(run.key, "gate-1")
        book = await it.store.read(run.key)
    assert dict(failed.spent)["nap"] >= NAPS
    assert (failed.failed_step, failed.failed_cause) == ("Nap", "ValueError")
    assert dict(book.run.spent)["nap"] >= dict(failed.spent)["nap"] + NAPS


async def test_the_time_of_a_step_costs_no_write_of_its_own(any_store):
    creates: list[bool] = []

    async def seen(before: Any, after: Any) -> None:
        creates.append(before is not None and after.run == before.run.reached(after.checkpoint))

    async with core(Between(any_store, before=seen), definitions=[plain(Work(), Napping)]) as it:
        run = await it.start(workflow="plain")
        run = await it.ended(run.key)
        log = await it.store.log(run.key)
    assert creates == [False, False, True, True, False]  # start, claim, two supersteps, the end
    assert [dict(entry.spent).get("middle", 0.0) >= NAPS for entry in log] == [False, False, True, True]


async def test_a_run_tells_since_when_it_is_where_it_is(store):
    work = Work()
    async with core(store, definitions=[napping(work)]) as it:
        run = await it.start(workflow="napping")
        asked = await it.asked(run.key, "gate-1")
        book = await it.store.read(run.key)
        newest = await it.store.newest(run.key)
        await it.runs.show(run.short_id, Asker(ALICE, CHAT), source="again")
        shown = await it.store.read(run.key)
    assert asked.asked <= book.run.since == newest.at
    assert shown.run.since == book.run.since < shown.run.changed


async def test_a_run_counts_how_long_its_answers_took(store):
    async with core(store) as it:
        run = await it.start()
        taken = []
        for number, verdict in ((1, Verdict.REQUEST_CHANGES), (2, Verdict.APPROVE)):
            asked = await it.asked(run.key, f"review-{number}")
            await it.decide(run.key, asked.id, verdict, "Shorter")
            answered = await it.store.approval(run.key, asked.id)
            taken.append(round((answered.closed - asked.asked).total_seconds(), 1))
        run = await it.ended(run.key)
    assert run.status is RunStatus.COMPLETED
    assert run.answers == tuple(taken)


async def test_a_step_that_is_tried_again_begins_again(store):
    work, left = Work(), [1]

    def busy(_: str) -> None:
        left[0] -= 1
        if left[0] >= 0:
            raise TransientError("busy")

    work.on["nap"] = busy
    async with core(store, definitions=[napping(work)]) as it:
        run = await it.start(workflow="napping")
        again = await it.until(run.key, lambda book: book.run.status is RunStatus.TRYING_AGAIN)
        await it.asked(run.key, "gate-1")
        book = await it.store.read(run.key)
    assert dict(again.run.spent)["nap"] >= NAPS
    assert dict(book.run.spent)["nap"] >= 2 * NAPS
    assert book.run.since > again.run.since
