"""Which of several models answers, over the wire: turns, load, capabilities, failover, limits."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest
from agent_framework import Agent, Content, Message, tool
from agent_framework.exceptions import ChatClientException
from aiohttp import web

from orchestration.agents.assembly import assigned
from orchestration.agents.clients import ModelAwayError
from orchestration.agents.holding import Pace
from orchestration.agents.models import Model
from orchestration.agents.roles import Choice, Instance, Models, Role
from orchestration.agents.usage import metered
from orchestration.clock import system_clock
from orchestration.errors import StepError
from orchestration.limits import is_transient
from orchestration.model import Usage, used
from orchestration.ports import Store
from tests.fakes.openai import (
    Answer,
    Body,
    FakeOpenAI,
    break_off,
    busy,
    echo,
    hang,
    pause,
    raw,
    refuse,
    say,
)

NAMES = ("north", "south", "west")
FAST = Pace(lease=15.0, renew=0.1, look=0.02, wait=0.01)
PATIENT, IMPATIENT = "30", "2"
"""Seconds that a call may take: on a busy machine a short time would end calls that are well."""


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")


@pytest.fixture(autouse=True)
def _without_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("openai._base_client.INITIAL_RETRY_DELAY", 0.001)


@dataclass
class Several:
    """Three servers and the client over them. The clock can be put forward."""

    model: Model
    servers: dict[str, FakeOpenAI]
    ahead: timedelta = field(default=timedelta())

    async def ask(self, words: str = "Hello", *, stream: bool = False) -> str:
        agent = Agent(client=self.model.client, instructions="Be kind.")
        if stream:
            return (await agent.run(words, stream=True).get_final_response()).text.strip()
        return (await agent.run(words)).text

    @property
    def asked(self) -> dict[str, int]:
        return {name: len(server.asked) for name, server in self.servers.items() if server.asked}


@asynccontextmanager
async def several(
    store: Store,
    *scripts: tuple[Answer, ...],
    choose: Choice = Choice.ROUND_ROBIN,
    change: Callable[[str, Instance], Instance] = lambda _name, instance: instance,
    needs: frozenset[str] = frozenset(),
    seconds: str = PATIENT,
) -> AsyncIterator[Several]:
    """A client over as many servers as there are scripts."""
    now: list[Several] = []

    def clock() -> datetime:
        return datetime.now(UTC) + (now[0].ahead if now else timedelta())

    async with AsyncExitStack() as stack:
        servers = {
            name: await stack.enter_async_context(FakeOpenAI(*script))
            for name, script in zip(NAMES, scripts, strict=False)
        }
        instances = {
            name: change(name, Instance("local", f"m-{name}", f"{server.url}/v1"))
            for name, server in servers.items()
        }
        models = Models(instances, {"default": Role(tuple(instances), choose, needs)})
        environ = {"MODEL_TIMEOUT_SECONDS": seconds}
        model = assigned(models, environ, azure_credential=None, loads=store, clock=clock, pace=FAST)
        stack.push_async_callback(model.aclose)
        now.append(Several(model, servers))
        yield now[0]


async def sentence(models: Several, *, stream: bool = False) -> ChatClientException:
    with pytest.raises(ChatClientException) as caught:
        await models.ask(stream=stream)
    return caught.value


def able(**who: str) -> Callable[[str, Instance], Instance]:
    def change(name: str, instance: Instance) -> Instance:
        return Instance(**{**vars(instance), "capabilities": frozenset(who.get(name, "").split())})

    return change


def limited(at_once: int) -> Callable[[str, Instance], Instance]:
    return lambda _name, instance: Instance(**{**vars(instance), "at_once": at_once})


class Gate:
    """Answers only when it is opened; knows how many wait at one time."""

    def __init__(self) -> None:
        self.opened, self.waiting, self.most = asyncio.Event(), 0, 0

    async def __call__(self, request: web.Request, body: Body) -> web.StreamResponse:
        self.waiting += 1
        self.most = max(self.most, self.waiting)
        try:
            await self.opened.wait()
        finally:
            self.waiting -= 1
        return await echo(request, body)

    async def full(self, count: int) -> None:
        async with asyncio.timeout(5):
            while self.waiting < count:
                await asyncio.sleep(0.01)


# ---- choosing -----------------------------------------------------------------------------


async def test_in_turn_every_model_is_asked_as_often(store: Store) -> None:
    async with several(store, (), (), ()) as models:
        await asyncio.gather(*(models.ask(stream=bool(number % 2)) for number in range(12)))
        assert models.asked == {"north": 4, "south": 4, "west": 4}


async def test_the_idle_model_is_asked_when_another_is_at_work(store: Store) -> None:
    gate = Gate()
    async with several(store, (gate,), (), choose=Choice.LEAST_LOADED) as models:
        slow = asyncio.create_task(models.ask("slow"))
        await gate.full(1)
        for _ in range(3):
            await models.ask()
        assert models.asked == {"north": 1, "south": 3}
        gate.opened.set()
        assert await slow == "You said: slow"


async def test_the_first_model_that_can_do_it_is_asked(store: Store) -> None:
    change = able(north="fast", south="vision fast", west="vision long")
    async with several(store, (), (), (), choose=Choice.CAPABILITY, change=change) as models:
        await models.ask()
        picture = Content.from_data(data=b"\x89PNG", media_type="image/png")
        await Agent(client=models.model.client).run(Message("user", ["What is this?", picture]))
        assert models.asked == {"north": 1, "south": 1}


async def test_a_role_asks_only_models_that_have_what_it_needs(store: Store) -> None:
    change = able(south="long", west="long vision")
    async with several(store, (), (), (), change=change, needs=frozenset({"long"})) as models:
        for _ in range(4):
            await models.ask()
        assert models.asked == {"south": 2, "west": 2}


async def test_a_picture_that_no_model_can_read_is_said_to_be_one(store: Store) -> None:
    async with several(store, (), choose=Choice.CAPABILITY) as models:
        picture = Content.from_data(data=b"\x89PNG", media_type="image/png")
        with pytest.raises(StepError, match="None of the models of default can read pictures"):
            await Agent(client=models.model.client).run(Message("user", [picture]))
        assert not models.asked


async def test_every_role_has_its_own_models(store: Store) -> None:
    async with FakeOpenAI() as one, FakeOpenAI() as two:
        models = Models(
            {"one": Instance("local", "m", f"{one.url}/v1"), "two": Instance("local", "m", f"{two.url}/v1")},
            {"default": Role(("one",)), "writer": Role(("two",))},
        )
        model = assigned(models, {}, azure_credential=None, loads=store, clock=system_clock)
        await Agent(client=model.clients["writer"], name="writer").run("Hello")
        assert (len(one.asked), len(two.asked)) == (0, 1)
        await Agent(client=model.client, name="checker").run("Hello")
        assert (len(one.asked), len(two.asked)) == (1, 1)
        await model.aclose()


# ---- when one gives no answer ----------------------------------------------------------------

NO_ANSWERS: dict[str, Answer] = {
    "failing": refuse(500),
    "busy": busy(20),
    "hanging": hang,
    "broken off": break_off,
    "a wrong key": refuse(401),
    "a wrong name": refuse(404),
}


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("answer", NO_ANSWERS.values(), ids=NO_ANSWERS)
async def test_the_next_model_answers_when_one_does_not(store: Store, answer: Answer, stream: bool) -> None:  # noqa: FBT001 - the case
    if stream and answer is break_off:
        answer = refuse(503)  # a stream that breaks off has begun already
    seconds = IMPATIENT if answer is hang else PATIENT
    async with several(store, (answer,), (say("Here I am."),), seconds=seconds) as models:
        with metered() as meter:
            assert await models.ask(stream=stream) == "Here I am."
        assert models.asked == {"north": 1, "south": 1}
        shares = meter.taken()
        assert (used(shares), [share.model for share in shares]) == (Usage(1, 7, 3), ["south"])


async def test_the_next_model_answers_when_nobody_listens_at_the_first(store: Store) -> None:
    def nowhere(name: str, instance: Instance) -> Instance:
        return Instance("local", "m", "http://127.0.0.1:9/v1") if name == "north" else instance

    async with several(store, (), (), change=nowhere) as models:
        assert await models.ask() == "You said: Hello"
        assert models.asked == {"south": 1}


@pytest.mark.parametrize("answer", [refuse(400, "Too long."), refuse(400, code="content_filter"), raw("{}")])
@pytest.mark.parametrize("stream", [False, True])
async def test_what_is_wrong_with_the_request_is_not_tried_elsewhere(
    store: Store,
    answer: Answer,
    stream: bool,  # noqa: FBT001 - the case
) -> None:
    async with several(store, (answer,), ()) as models:
        error = await sentence(models, stream=stream)
        assert not is_transient(error)
        assert models.asked == {"north": 1}
        await models.ask()
        await models.ask()
        assert models.asked == {"north": 2, "south": 1}  # it answered, so it does not rest


@pytest.mark.parametrize("answer", [break_off, pause])
async def test_a_stream_that_has_begun_is_not_begun_elsewhere(store: Store, answer: Answer) -> None:
    async with several(store, (answer,), (), seconds=IMPATIENT) as models:
        error = await sentence(models, stream=True)
        assert is_transient(error)  # so the step is tried again, whole
        assert models.asked == {"north": 1}
        await models.ask(stream=True)
        await models.ask(stream=True)
        assert models.asked == {"north": 1, "south": 2}  # north rests


async def test_when_no_model_answers_one_sentence_says_so_and_the_step_is_tried_again(store: Store) -> None:
    async with several(store, (refuse(500),), (busy(20),), (break_off,)) as models:
        error = await sentence(models)
        assert str(error).startswith("None of the 3 models answered (north, south, west). The last one: ")
        assert isinstance(error, ModelAwayError)
        assert is_transient(error)


async def test_when_no_model_lets_us_in_trying_again_does_not_help(store: Store) -> None:
    async with several(store, (refuse(401),), (refuse(404),)) as models:
        assert not is_transient(await sentence(models))


async def test_a_model_that_failed_rests_and_one_call_finds_out_whether_it_is_back(store: Store) -> None:
    gate = Gate()
    async with several(store, (refuse(500), refuse(500), gate), ()) as models:
        for _ in range(5):
            await models.ask()
        assert models.asked == {"north": 1, "south": 5}
        models.ahead = timedelta(seconds=31)
        for _ in range(3):
            await models.ask()
        assert models.asked == {"north": 2, "south": 8}  # asked once more, and it rests longer
        models.ahead = timedelta(seconds=31 + 45)
        await models.ask()
        assert models.asked == {"north": 2, "south": 9}
        models.ahead = timedelta(seconds=31 + 61)
        tries = [asyncio.create_task(models.ask()) for _ in range(5)]
        await gate.full(1)
        await asyncio.wait(tries, return_when=asyncio.FIRST_COMPLETED)
        assert models.asked["north"] == 3  # one call alone is the trial
        gate.opened.set()
        await asyncio.gather(*tries)
        before = Counter(models.asked)
        await asyncio.gather(*(models.ask() for _ in range(4)))
        assert Counter(models.asked) - before == Counter(north=2, south=2)


async def test_models_that_all_failed_lately_are_asked_all_the_same(store: Store) -> None:
    async with several(store, (refuse(500),), (refuse(500),)) as models:
        await sentence(models)
        assert await models.ask() == "You said: Hello"


async def test_a_model_without_another_one_is_asked_again_by_itself(store: Store) -> None:
    async with several(store, (refuse(500), break_off, say("At last."))) as models:
        assert await models.ask() == "At last."
        assert models.asked == {"north": 3}


# ---- what surrounds a call ----------------------------------------------------------------------


def call_of(name: str) -> Answer:
    """Answer with the call of a tool."""

    async def answer(_request: web.Request, body: Body) -> web.StreamResponse:
        function = {"id": "call-1", "type": "function", "function": {"name": name, "arguments": "{}"}}
        message = {"role": "assistant", "content": None, "tool_calls": [function]}
        choice = {"index": 0, "finish_reason": "tool_calls", "message": message}
        usage = {"prompt_tokens": 7, "completion_tokens": 3, "total_tokens": 10}
        return web.json_response(
            {
                "id": "1",
                "object": "chat.completion",
                "created": 1,
                "model": body["model"],
                "choices": [choice],
                "usage": usage,
            }
        )

    return answer


async def test_tools_run_once_and_each_round_goes_to_the_next_model(store: Store) -> None:
    runs: list[str] = []

    @tool
    def look() -> str:
        """Look."""
        runs.append("looked")
        return "seen"

    async with several(store, (call_of("look"),), (say("Done."),)) as models:
        with metered() as meter:
            response = await Agent(client=models.model.client, tools=[look]).run("Hello")
        assert (response.text, runs) == ("Done.", ["looked"])
        assert models.asked == {"north": 1, "south": 1}
        shares = meter.taken()
        assert {share.model: share.calls for share in shares} == {"north": 1, "south": 1}
        assert used(shares) == Usage(2, 14, 6)


@pytest.mark.parametrize("stream", [False, True])
async def test_an_answer_bears_the_name_of_the_model_in_the_file(store: Store, stream: bool) -> None:  # noqa: FBT001 - the case
    async with several(store, (refuse(500),), ()) as models:
        asked = [Message("user", ["Hello"])]
        client = models.model.client
        if stream:
            response = await client.get_response(asked, stream=True).get_final_response()
        else:
            response = await client.get_response(asked)
        assert response.model == "south"


async def test_a_model_gets_no_more_calls_at_one_time_than_it_may(store: Store) -> None:
    gate = Gate()
    async with several(store, (gate,) * 20, change=limited(3)) as models:
        calls = [asyncio.create_task(models.ask(f"{number}")) for number in range(10)]
        await gate.full(3)
        await asyncio.sleep(0.1)
        assert models.asked == {"north": 3}
        gate.opened.set()
        assert await asyncio.gather(*calls) == [f"You said: {number}" for number in range(10)]
        assert gate.most == 3


async def test_a_full_model_leaves_the_call_to_another_one(store: Store) -> None:
    gate = Gate()
    async with several(store, (gate, gate), (), change=limited(1)) as models:
        slow = asyncio.create_task(models.ask())
        await gate.full(1)
        for _ in range(3):
            await models.ask()
        assert models.asked == {"north": 1, "south": 3}
        gate.opened.set()
        await slow


async def test_a_call_that_is_given_up_leaves_its_place(store: Store) -> None:
    gate = Gate()
    async with several(store, (gate,), change=limited(1)) as models:
        first = asyncio.create_task(models.ask())
        await gate.full(1)
        waiting = asyncio.create_task(models.ask())
        await asyncio.sleep(0.05)
        for call in (waiting, first):
            call.cancel()
            await asyncio.gather(call, return_exceptions=True)
        assert await models.ask() == "You said: Hello"
