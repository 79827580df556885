"""A model with a price, over HTTP, and workflows whose steps ask it as often as a test says."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

from agent_framework import (
    Agent,
    AgentExecutor,
    AgentExecutorRequest,
    AgentExecutorResponse,
    Executor,
    Message,
    Workflow,
    WorkflowBuilder,
    WorkflowContext,
    handler,
)

from orchestration.agents.models import Model, choose
from orchestration.agents.step import AgentStep
from orchestration.errors import TransientError
from orchestration.limits import Limits
from orchestration.messages import Conversation, Result
from orchestration.model import Step
from orchestration.prices import Budgets, Price, Prices
from orchestration.workflows.definition import Definition, Means
from tests.fakes.core import core
from tests.fakes.openai import Answer, FakeOpenAI, say
from tests.fakes.workflows import First, Gate, Last, Work

PRICES = Prices("EUR", {"m": Price(Decimal(1), Decimal(10))})
"""A call of 1,000 tokens read and 100 written costs EUR 0.002."""
TOKENS = 1_000, 100


def budgets(amount: str, **workflows: str) -> Budgets:
    return Budgets("EUR", Decimal(amount), {name: Decimal(each) for name, each in workflows.items()})


def answers(count: int, tokens: tuple[int, int] = TOKENS) -> Sequence[Answer]:
    return [say(f"Answer {number}", tokens=tokens) for number in range(1, count + 1)]


@asynccontextmanager
async def priced(*script: Answer) -> AsyncIterator[tuple[Model, FakeOpenAI]]:
    """A model called m, and the server that it asks."""
    async with FakeOpenAI(*script) as server:
        environ = {"LOCAL_MODEL_BASE_URL": f"{server.url}/v1", "LOCAL_MODEL": "m"}
        model = choose(environ, azure_credential=None)
        try:
            yield model, server
        finally:
            await model.aclose()


class Join(Executor):
    """Waits for all branches, and ends the run."""

    @handler
    async def join(self, talks: list[Conversation], ctx: WorkflowContext[Any, Result]) -> None:
        await ctx.yield_output(Result(" / ".join(talk.messages[-1].text for talk in talks)))


class AskOther(Executor):
    """Hands the conversation to the framework's own executor of an agent."""

    @handler
    async def hand(self, talk: Conversation, ctx: WorkflowContext[AgentExecutorRequest]) -> None:
        await ctx.send_message(AgentExecutorRequest([Message("user", [talk.messages[-1].text])]))


class End(Executor):
    @handler
    async def end(self, response: AgentExecutorResponse, ctx: WorkflowContext[Any, Result]) -> None:
        await ctx.yield_output(Result(response.agent_response.text))


def _agent(means: Means, name: str) -> Agent:
    return Agent(client=means.client, name=name, instructions=f"You are {name}.")


def _definition(name: str, steps: Sequence[str], build: Any) -> Definition:
    return Definition(
        name, 1, name.capitalize(), "anything", tuple(Step(each, each.capitalize()) for each in steps), build
    )


def beside(work: Work) -> Definition:
    """first → ann, ben and cat side by side → join"""
    names = ("ann", "ben", "cat")

    def build(means: Means) -> Workflow:
        first, join = First("first", work), Join("join")
        steps = [AgentStep(name, _agent(means, name)) for name in names]
        builder = WorkflowBuilder(name="beside@1", start_executor=first, output_from=[join])
        return builder.add_fan_out_edges(first, steps).add_fan_in_edges(steps, join).build()

    return _definition("beside", ("first", *names, "join"), build)


def framework(work: Work) -> Definition:
    """first → ask → ann, an executor of the framework → end"""

    def build(means: Means) -> Workflow:
        first, ask, end = First("first", work), AskOther("ask"), End("end")
        ann = AgentExecutor(_agent(means, "ann"), id="ann")
        builder = WorkflowBuilder(name="framework@1", start_executor=first, output_from=[end])
        return builder.add_chain([first, ask, ann, end]).build()

    return _definition("framework", ("first", "ask", "ann", "end"), build)


def several(work: Work, *names: str) -> Definition:
    """first → an agent of each name, one after the other → last"""

    def build(means: Means) -> Workflow:
        first, last = First("first", work), Last("last", work)
        agents = [AgentStep(name, _agent(means, name)) for name in names]
        builder = WorkflowBuilder(name="several@1", start_executor=first, output_from=[last])
        return builder.add_chain([first, *agents, last]).build()

    return _definition("several", ("first", *names, "last"), build)


class Stumbling(AgentStep):
    """Gets its answer, and then fails in a way that may pass, as often as it is told to."""

    def __init__(self, id: str, agent: Agent, falls: list[str]) -> None:
        super().__init__(id, agent)
        self._falls = falls

    @handler
    async def answer(self, talk: Conversation, ctx: WorkflowContext[Conversation]) -> None:
        await super().answer(talk, ctx)
        if self._falls:
            raise TransientError(self._falls.pop())


def stumbling(work: Work, *falls: str) -> Definition:
    """first → ann, which fails with these words after its answer → last"""
    left = list(falls)

    def build(means: Means) -> Workflow:
        first, last = First("first", work), Last("last", work)
        ann = Stumbling("ann", _agent(means, "ann"), left)
        builder = WorkflowBuilder(name="stumbling@1", start_executor=first, output_from=[last])
        return builder.add_chain([first, ann, last]).build()

    at_once = Limits(pauses=(timedelta(), timedelta()))
    return replace(_definition("stumbling", ("first", "ann", "last"), build), limits=at_once)


def asking_between(work: Work) -> Definition:
    """first → ann → gate (asks) → ben → last"""

    def build(means: Means) -> Workflow:
        first, gate, last = First("first", work), Gate("gate", work), Last("last", work)
        ann, ben = AgentStep("ann", _agent(means, "ann")), AgentStep("ben", _agent(means, "ben"))
        builder = WorkflowBuilder(name="between@1", start_executor=first, output_from=[gate, last])
        return builder.add_chain([first, ann, gate, ben, last]).build()

    return _definition("between", ("first", "ann", "gate", "ben", "last"), build)


class Sayer(Executor):
    """Says what it heard, so that a branch goes on beside a question."""

    def __init__(self, id: str, work: Work) -> None:
        super().__init__(id=id)
        self._work = work

    @handler
    async def hear(self, talk: Conversation, ctx: WorkflowContext[Conversation]) -> None:
        self._work.do(self.id, "")
        await ctx.send_message(talk)


def both(work: Work, *, tail: bool = True) -> Definition:
    """first → gate (asks) → last, and beside the gate ann → tail; without a tail only the question is left"""

    def build(means: Means) -> Workflow:
        first, last, gate = First("first", work), Last("last", work), Gate("gate", work)
        ann = AgentStep("ann", _agent(means, "ann"))
        builder = WorkflowBuilder(name="both@1", start_executor=first, output_from=[gate, last])
        builder = builder.add_fan_out_edges(first, [gate, ann]).add_edge(gate, last)
        return (builder.add_edge(ann, Sayer("tail", work)) if tail else builder).build()

    return _definition("both", ("first", "gate", "ann", "tail", "last"), build)


@asynccontextmanager
async def at_work(store: Any, definition: Definition, *script: Answer, **how: Any):
    """The core with this workflow, on a model that has a price; `how` is for the core."""
    async with (
        priced(*script) as (model, server),
        core(store, client=model.client, definitions=[definition], **{"prices": PRICES, **how}) as it,
    ):
        yield it, server
