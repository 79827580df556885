"""Large step results: they lie beside the checkpoints, once, and what is too large is refused in words."""

import hashlib
import random

import pytest
from agent_framework import WorkflowContext, handler

from orchestration.messages import Conversation, Result, Value
from orchestration.model import RunStatus, Verdict
from orchestration.sizes import MB
from tests.fakes.core import core
from tests.fakes.workflows import First, Gate, Last, Middle, Work, chain

NOISE = random.Random(7).randbytes(1_000_000).hex()  # noqa: S311 - only hard to compress


class Makes(Middle):
    """Says something of a given length."""

    size = 10 * MB

    @handler
    async def go_on(self, talk: Conversation, ctx: WorkflowContext[Conversation]) -> None:
        self._work.do("makes", "")
        await ctx.send_message(talk.saying("assistant", (NOISE * 10)[: self.size - 1] + "!"))


class MakesMore(Makes):
    size = 10 * MB + 200_000


class Digests(Last):
    """Ends with the digest of what was said last but one."""

    @handler
    async def end(self, talk: Conversation, ctx: WorkflowContext[object, Result]) -> None:
        said = next(message.text for message in talk.messages if len(message.text) > MB)
        await ctx.yield_output(Result(hashlib.sha256(said.encode()).hexdigest()))


def passing_on(work: Work, makes: type[Makes]):
    steps = [
        lambda: First("first", work),
        lambda: makes("makes", work),
        lambda: Middle("middle", work),
        lambda: Gate("gate", work),
        lambda: Digests("last", work),
    ]
    return chain("large", *steps)


async def test_ten_megabytes_pass_through_three_steps_and_a_pause_and_are_stored_once(any_store):
    async with core(any_store, definitions=[passing_on(Work(), Makes)]) as it:
        run = await it.start(workflow="large")
        await it.asked(run.key, "gate-1")
        await it.decide(run.key, "gate-1", Verdict.APPROVE)
        run = await it.ended(run.key)
        log = await any_store.log(run.key)
        result = await any_store.text(run.key, "result")
    text = (NOISE * 10)[: 10 * MB - 1] + "!"
    assert run.status is RunStatus.COMPLETED
    assert result == hashlib.sha256(text.encode()).hexdigest()
    assert len({digest for entry in log for digest in entry.blobs}) == 1
    assert all(len(entry.data) < 4_000 for entry in log)


async def test_more_than_ten_megabytes_are_refused_in_words(store):
    async with core(store, definitions=[passing_on(Work(), MakesMore)]) as it:
        run = await it.start(workflow="large")
        run = await it.ended(run.key)
        failure = (await it.store.read(run.key)).failures["failure-1"]
    assert "passes on 10.2 MB; 10 MB is the most a step may" in failure.reason
    assert failure.step == "makes"
    assert not failure.resumable


async def test_from_five_megabytes_on_the_log_warns(store, caplog):
    class Much(Makes):
        size = 5 * MB

    async with core(store, definitions=[passing_on(Work(), Much)]) as it:
        run = await it.start(workflow="large")
        await it.asked(run.key, "gate-1")
    assert [record.getMessage() for record in caplog.records if "passed on 5.0 MB" in record.getMessage()]


class MakesValue(First):
    @handler
    async def begin(self, text: str, ctx: WorkflowContext[Value]) -> None:
        await ctx.send_message(await Value.of(DEEP))


class ReadsValue(Last):
    @handler
    async def end(self, value: Value, ctx: WorkflowContext[object, Result]) -> None:
        assert await value.read() == DEEP
        await ctx.yield_output(Result("same"))


def nested(depth: int) -> object:
    return {"ä": [nested(depth - 1), {}, "", None, 1, 1.0, True]} if depth else "🎉"


DEEP = nested(10)


async def test_json_keeps_its_types_from_step_to_step(any_store):
    work = Work()
    value = chain("value", lambda: MakesValue("first", work), lambda: ReadsValue("last", work))
    async with core(any_store, definitions=[value]) as it:
        run = await it.start(workflow="value")
        run = await it.ended(run.key)
    assert run.status is RunStatus.COMPLETED


@pytest.mark.parametrize("changed", ["state", "elsewhere"])
async def test_a_saved_state_that_somebody_changed_is_refused_and_the_run_says_so(store, changed):
    work = Work()
    async with core(store, definitions=[passing_on(work, Makes)]) as it:
        one, two = [await it.start(f"run {number}", workflow="large") for number in (1, 2)]
        for run in (one, two):
            await it.asked(run.key, "gate-1")
        await _forge(store, one.key, two.key if changed == "elsewhere" else one.key)
        await it.decide(one.key, "gate-1", Verdict.APPROVE)
        run = await it.ended(one.key)
        failure = (await it.store.read(one.key)).failures["failure-1"]
    assert run.status is RunStatus.FAILED
    assert failure.cause == "CheckpointRefusedError"
    assert "gate answered" not in work.done


async def _forge(store, key, source) -> None:
    """Write into the file past the program: a changed byte, or the state of another run."""
    found = await store.newest(source)
    data = found.data if source != key else found.data[:-1] + bytes([found.data[-1] ^ 1])
    sql = "UPDATE documents SET data = ? WHERE run = ? AND id = ?"
    await store._shelf._do(
        lambda connection: connection.execute(sql, (data, key.run, f"c{found.number:06d}"))
    )
