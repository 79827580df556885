"""What a meter counts, and what it does not."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from agent_framework import Agent
from agent_framework.exceptions import ChatClientException

from orchestration.agents.models import Model, choose
from orchestration.agents.usage import metered
from orchestration.model import Usage, used
from tests.fakes.openai import FakeOpenAI, raw, refuse, say


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")


@asynccontextmanager
async def model_at(server: FakeOpenAI) -> AsyncIterator[Model]:
    environ = {"LOCAL_MODEL_BASE_URL": f"{server.url}/v1", "LOCAL_MODEL": "m"}
    model = choose(environ, azure_credential=None)
    try:
        yield model
    finally:
        await model.aclose()


async def ask(model: Model, *, stream: bool = False) -> None:
    agent = Agent(client=model.client)
    await (agent.run("Hello", stream=True).get_final_response() if stream else agent.run("Hello"))


@pytest.mark.parametrize("stream", [False, True])
async def test_an_answer_counts_once_streamed_or_not(stream: bool) -> None:  # noqa: FBT001 - the case
    async with FakeOpenAI(say("One two", tokens=(10, 2))) as server, model_at(server) as model:
        with metered() as meter:
            await ask(model, stream=stream)
    assert used(meter.taken()) == Usage(calls=1, input_tokens=10, output_tokens=2)


@pytest.mark.parametrize("stream", [False, True])
async def test_the_demo_model_counts_as_well(stream: bool) -> None:  # noqa: FBT001 - the case
    model = choose({}, azure_credential=None)
    with metered() as meter:
        await ask(model, stream=stream)
    taken = used(meter.taken())
    assert taken.calls == 1
    assert taken.input_tokens > 0
    assert taken.output_tokens > 0


async def test_what_was_taken_is_not_given_again() -> None:
    async with (
        FakeOpenAI(say("1", tokens=(1, 1)), say("2", tokens=(2, 2))) as server,
        model_at(server) as model,
    ):
        with metered() as meter:
            await ask(model)
            assert used(meter.taken()) == Usage(1, 1, 1)
            await ask(model)
            assert used(meter.taken()) == Usage(1, 2, 2)
            assert used(meter.taken()) == Usage()


async def test_an_attempt_that_the_sdk_repeats_does_not_count() -> None:
    async with FakeOpenAI(refuse(503), say("Yes.", tokens=(4, 1))) as server, model_at(server) as model:
        with metered() as meter:
            await ask(model)
    assert len(server.asked) == 2
    assert used(meter.taken()) == Usage(1, 4, 1)


async def test_a_call_without_an_answer_does_not_count() -> None:
    async with FakeOpenAI(raw("{}")) as server, model_at(server) as model:
        with metered() as meter, pytest.raises(ChatClientException):
            await ask(model)
    assert used(meter.taken()) == Usage()


@pytest.mark.parametrize("stream", [False, True])
async def test_an_answer_that_cannot_be_used_still_counts(stream: bool) -> None:  # noqa: FBT001 - the case
    cut_off = say("Half a", finish="length", tokens=(5, 9))
    async with FakeOpenAI(cut_off) as server, model_at(server) as model:
        with metered() as meter, pytest.raises(ChatClientException):
            await ask(model, stream=stream)
    assert used(meter.taken()) == Usage(1, 5, 9)


async def test_meters_of_concurrent_runs_do_not_mix() -> None:
    async def run(model: Model, calls: int) -> Usage:
        with metered() as meter:
            await asyncio.gather(*(ask(model, stream=bool(number % 2)) for number in range(calls)))
        return used(meter.taken())

    async with FakeOpenAI() as server, model_at(server) as model:
        spent = await asyncio.gather(*(run(model, calls) for calls in range(6)))
    assert spent == [Usage(calls, 7 * calls, 3 * calls) for calls in range(6)]


async def test_nobody_has_to_listen() -> None:
    async with FakeOpenAI() as server, model_at(server) as model:
        await ask(model)
        await ask(model, stream=True)
    with metered() as meter:
        assert used(meter.taken()) == Usage()
