"""Every workflow of the catalog, whole, with a model behind HTTP that is strict about what it is sent."""

import asyncio

import pytest

from orchestration.agents import models
from orchestration.catalog import WORKFLOWS
from orchestration.model import RunStatus
from tests.fakes.answering import answer_to
from tests.fakes.core import ALICE, BOB, core
from tests.fakes.desk import FakeDesk
from tests.fakes.strict import StrictOpenAI


@pytest.mark.parametrize("name", [definition.name for definition in WORKFLOWS])
async def test_a_workflow_comes_to_its_end_over_the_wire_with_a_new_process_at_every_pause(any_store, name):
    example = next(definition.example for definition in WORKFLOWS if definition.name == name)
    async with StrictOpenAI() as server, FakeDesk() as desk:
        environ = {"LOCAL_MODEL_BASE_URL": f"{server.url}/v1", "LOCAL_MODEL": "strict"}
        model = models.choose(environ, azure_credential=None)
        means = {"client": model.client, "services": desk.services}
        async with core(any_store, **means) as it:
            run = await it.start(example, workflow=name)
            run, waiting = await _at_rest(it, run.key)
        for number in range(20):
            if waiting is None:
                break
            async with core(any_store, worker=f"worker-{number + 2}", **means) as it:
                run, waiting = await _answered(it, run.key, waiting)
        await model.aclose()
    assert not server.refused
    assert run.status is RunStatus.COMPLETED, (run.failed_step, run.failed_cause)
    assert run.usage.calls == len(server.asked)


async def _answered(it, key, question):
    how = answer_to(question)
    by = BOB if question.excluded == ALICE.id else ALICE
    await it.decide(key, question.id, how.pop("verdict"), how.pop("comment", ""), by=by, **how)
    await it.until(key, lambda book: question.id not in book.approvals)
    return await _at_rest(it, key)


async def _at_rest(it, key):
    """Return the run, and the question that waits, if there is one."""
    async with asyncio.timeout(60):
        book = await it.until(key, lambda b: b.run.over or (b.run.status == "waiting" and b.pending), 60)
    return book.run, None if book.run.over else book.pending[0]
