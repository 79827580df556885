"""Small workflows that do on purpose what real ones do by accident."""

import asyncio
import contextlib
from collections.abc import Callable
from itertools import pairwise
from typing import Any

from agent_framework import (
    Agent,
    Executor,
    Message,
    Workflow,
    WorkflowBuilder,
    WorkflowContext,
    handler,
    response_handler,
)

from orchestration.agents.step import AgentStep
from orchestration.messages import APPROVE, Answer, Conversation, Question, Result
from orchestration.model import Step
from orchestration.workflows.definition import Definition, Means


class Work:
    """What the steps of a test do, and how often. A test puts functions here."""

    def __init__(self) -> None:
        self.done: list[str] = []
        self.on: dict[str, Callable[[str], Any]] = {}
        self.let_go = asyncio.Event()

    def do(self, step: str, text: str) -> None:
        self.done.append(step)
        if step in self.on:
            self.on[step](text)


class First(Executor):
    def __init__(self, id: str, work: Work) -> None:
        super().__init__(id=id)
        self._work = work

    @handler
    async def begin(self, text: str, ctx: WorkflowContext[Conversation]) -> None:
        self._work.do("first", text)
        await ctx.send_message(Conversation().saying("user", text))


class Middle(Executor):
    def __init__(self, id: str, work: Work) -> None:
        super().__init__(id=id)
        self._work = work

    @handler
    async def go_on(self, talk: Conversation, ctx: WorkflowContext[Conversation]) -> None:
        self._work.do("middle", talk.messages[-1].text)
        await ctx.send_message(talk.saying("assistant", "middle was here"))


class Last(Executor):
    def __init__(self, id: str, work: Work) -> None:
        super().__init__(id=id)
        self._work = work

    @handler
    async def end(self, talk: Conversation, ctx: WorkflowContext[Any, Result]) -> None:
        self._work.do("last", talk.messages[-1].text)
        await ctx.yield_output(Result(" / ".join(message.text for message in talk.messages)))


class Held(Middle):
    """Works until the test lets it go."""

    @handler
    async def go_on(self, talk: Conversation, ctx: WorkflowContext[Conversation]) -> None:
        self._work.do("middle", "")
        await self._work.let_go.wait()
        self._work.do("let go", "")
        await ctx.send_message(talk.saying("assistant", "held"))


class Stubborn(Held):
    """Works until the test lets it go, whoever wants to break it off."""

    @handler
    async def go_on(self, talk: Conversation, ctx: WorkflowContext[Conversation]) -> None:
        self._work.do("middle", "")
        while not self._work.let_go.is_set():
            with contextlib.suppress(asyncio.CancelledError):
                await self._work.let_go.wait()
        await ctx.send_message(talk)


class Unsaveable(Middle):
    """Works, but its state cannot be collected for a checkpoint."""

    async def on_checkpoint_save(self) -> dict[str, Any]:
        raise ValueError("this state cannot be collected")


class Unregistered:
    """A type that no checkpoint can be read back with."""


class Unreadable(Middle):
    """Works, but its state has a type that nobody registered."""

    async def on_checkpoint_save(self) -> dict[str, Any]:
        return {"thing": Unregistered()}


class Silent(Middle):
    """Says nothing, so the workflow ends without a result."""

    @handler
    async def go_on(self, talk: Conversation, ctx: WorkflowContext[Conversation]) -> None:
        self._work.do("middle", "")


class Early(Executor):
    """Yields the result and sends the conversation on all the same."""

    def __init__(self, id: str, work: Work) -> None:
        super().__init__(id=id)
        self._work = work

    @handler
    async def go_on(self, talk: Conversation, ctx: WorkflowContext[Conversation, Result]) -> None:
        self._work.do("early", "")
        await ctx.yield_output(Result(f"early: {talk.messages[-1].text}"))
        await ctx.send_message(talk)


class Quiet(Executor):
    """Takes the conversation and says nothing."""

    def __init__(self, id: str, work: Work) -> None:
        super().__init__(id=id)
        self._work = work

    @handler
    async def end(self, talk: Conversation, ctx: WorkflowContext) -> None:
        self._work.do("quiet", "")


class Gate(Executor):
    """Asks one question and goes on when the answer is yes."""

    def __init__(self, id: str, work: Work) -> None:
        super().__init__(id=id)
        self._work, self._talk = work, Conversation()

    @handler
    async def ask(self, talk: Conversation, ctx: WorkflowContext) -> None:
        self._talk = talk
        await ctx.request_info(Question("Go on?", talk.messages[-1].text), Answer, request_id=f"{self.id}-1")

    @response_handler
    async def answered(
        self, question: Question, answer: Answer, ctx: WorkflowContext[Conversation, Result]
    ) -> None:
        self._work.do(f"{self.id} answered", answer.verdict)
        if answer.verdict == APPROVE:
            await ctx.send_message(self._talk.saying("user", answer.comment or "yes"))
        else:
            await ctx.yield_output(Result("stopped", accepted=False))

    async def on_checkpoint_save(self) -> dict[str, Any]:
        return {"talk": self._talk}

    async def on_checkpoint_restore(self, state: dict[str, Any]) -> None:
        self._talk = state["talk"]


class Ask(Executor):
    """Asks one question, as the test has it, and goes on with what was chosen or approved."""

    def __init__(self, work: Work, question: Question) -> None:
        super().__init__(id="ask")
        self._work, self._question = work, question

    @handler
    async def ask(self, talk: Conversation, ctx: WorkflowContext) -> None:
        await ctx.request_info(self._question, Answer, request_id="ask-1")

    @response_handler
    async def answered(
        self, question: Question, answer: Answer, ctx: WorkflowContext[Conversation, Result]
    ) -> None:
        self._work.do("answered", f"{answer.verdict} {answer.option}{answer.values}".strip())
        if answer.verdict == APPROVE:
            await ctx.send_message(Conversation().saying("user", answer.option or answer.values or "yes"))
        else:
            await ctx.yield_output(Result(answer.comment, accepted=False))


class Together(Executor):
    """Asks several questions at once, each under its title, and goes on when all are answered."""

    def __init__(self, work: Work, *questions: Question) -> None:
        super().__init__(id="together")
        self._work, self._questions, self._said = work, questions, dict[str, str]()

    @handler
    async def ask(self, talk: Conversation, ctx: WorkflowContext) -> None:
        self._work.do("together", "")
        for question in self._questions:
            await ctx.request_info(question, Answer, request_id=question.title)

    @response_handler
    async def answered(self, question: Question, answer: Answer, ctx: WorkflowContext[Any, Result]) -> None:
        self._work.do(question.title, answer.verdict)
        self._said[question.title] = answer.verdict
        if len(self._said) == len(self._questions):
            await ctx.yield_output(Result(" ".join(f"{k}={v}" for k, v in sorted(self._said.items()))))

    async def on_checkpoint_save(self) -> dict[str, Any]:
        return {"said": self._said}

    async def on_checkpoint_restore(self, state: dict[str, Any]) -> None:
        self._said = state["said"]


def chain(name: str, *steps: Callable[[], Executor]) -> Definition:
    """Return a workflow of these steps, one after the other; every step may end it."""

    def build(means: Means) -> Workflow:
        made = [step() for step in steps]
        ends = [step for step in made if isinstance(step, Gate | Last | Early | Ask | Together)]
        builder = WorkflowBuilder(name=f"{name}@1", start_executor=made[0], output_from=ends)
        for one, other in pairwise(made):
            builder = builder.add_edge(one, other)
        return builder.build()

    known = tuple(Step(step().id, step().id.capitalize()) for step in steps)
    return Definition(
        name=name, version=1, title=name.capitalize(), example="anything", steps=known, build=build
    )


def asking(question: Question, work: Work | None = None, name: str = "asking") -> Definition:
    """first → ask → last"""
    made = work or Work()
    return chain(name, lambda: First("first", made), lambda: Ask(made, question), lambda: Last("last", made))


def together(work: Work, *questions: Question) -> Definition:
    """first → together (asks them all)"""
    return chain("together", lambda: First("first", work), lambda: Together(work, *questions))


def gated(work: Work, name: str = "gated") -> Definition:
    """first → gate (asks) → last"""
    return chain(name, lambda: First("first", work), lambda: Gate("gate", work), lambda: Last("last", work))


def plain(work: Work, middle: type[Middle] = Middle, name: str = "plain") -> Definition:
    """first → middle → last"""
    return chain(
        name, lambda: First("first", work), lambda: middle("middle", work), lambda: Last("last", work)
    )


def two_agents(work: Work) -> Definition:
    """first → ann → ben → last, where ann and ben are agents on the model of the bot."""

    def build(means: Means) -> Workflow:
        ann = AgentStep("ann", Agent(client=means.client, name="ann", instructions="You are Ann."))
        ben = AgentStep("ben", Agent(client=means.client, name="ben", instructions="You are Ben."))
        first, last = First("first", work), Last("last", work)
        builder = WorkflowBuilder(name="two-agents@1", start_executor=first, output_from=[last])
        return builder.add_chain([first, ann, ben, last]).build()

    steps = tuple(Step(name, name.capitalize()) for name in ("first", "ann", "ben", "last"))
    return Definition("two-agents", 1, "Two agents", "anything", steps, build)


__all__ = ["Message", "Work", "asking", "chain", "gated", "plain", "together", "two_agents"]
