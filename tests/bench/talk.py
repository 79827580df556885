"""A workflow for measuring: four roles in turn read the whole conversation and add to it; a person is asked.

The steps do nothing else, so that what is measured is the framework and the store.
"""

from typing import Any

from agent_framework import Executor, Workflow, WorkflowBuilder, WorkflowContext, handler, response_handler

from orchestration.messages import Answer, Conversation, Question, Result
from orchestration.model import Step
from orchestration.workflows.definition import Definition, Means
from tests.bench.shape import DESK, END, ROLES, Shape, words
from tests.bench.watch import Watch

REQUEST = f"{DESK}-1"


def turn_of(talk: Conversation) -> int:
    """How many turns there have been."""
    return sum(message.role == "assistant" and bool(message.text) for message in talk.messages)


class Role(Executor):
    """Reads everything, and adds its own message."""

    def __init__(self, id: str, shape: Shape, watch: Watch) -> None:
        super().__init__(id=id)
        self._shape, self._watch = shape, watch

    @handler
    async def begin(self, text: str, ctx: WorkflowContext[Conversation]) -> None:
        await self.go_on(Conversation().saying("user", text), ctx)

    @handler
    async def go_on(self, talk: Conversation, ctx: WorkflowContext[Conversation]) -> None:
        self._watch.begin()
        turn = turn_of(talk) + 1
        after = talk.saying("assistant", words(turn, self._shape.size))
        self._watch.end()
        await ctx.send_message(after, target_id=self._shape.following(turn))


class Desk(Executor):
    """Asks a person, and passes the conversation on whatever the answer is."""

    def __init__(self, id: str, watch: Watch) -> None:
        super().__init__(id=id)
        self._watch, self._talk = watch, Conversation()

    @handler
    async def ask(self, talk: Conversation, ctx: WorkflowContext) -> None:
        self._talk = talk
        await ctx.request_info(Question("Go on?", talk.messages[-1].text), Answer, request_id=REQUEST)

    @response_handler
    async def answered(self, question: Question, answer: Answer, ctx: WorkflowContext[Conversation]) -> None:
        self._watch.begin()
        talk, self._talk = self._talk, Conversation()  # what is kept would be in every later checkpoint
        self._watch.end()
        await ctx.send_message(talk.saying("user", answer.verdict))

    async def on_checkpoint_save(self) -> dict[str, Any]:
        return {"talk": self._talk}

    async def on_checkpoint_restore(self, state: dict[str, Any]) -> None:
        self._talk = state["talk"]


class End(Executor):
    """Ends with the last message."""

    @handler
    async def end(self, talk: Conversation, ctx: WorkflowContext[Any, Result]) -> None:
        await ctx.yield_output(Result(talk.messages[-1].text))


def definition(shape: Shape, watch: Watch) -> Definition:
    """Return the workflow of this shape."""

    def build(_: Means) -> Workflow:
        roles = [Role(name, shape, watch) for name in ROLES]
        made: dict[str, Executor] = {END: End(END), **{role.id: role for role in roles}}
        builder = WorkflowBuilder(name="talk@1", start_executor=roles[0], output_from=[made[END]])
        for role, following in zip(roles, (*roles[1:], roles[0]), strict=True):
            builder = builder.add_edge(role, following)
        builder = builder.add_edge(made[_speaker(shape.turns)], made[END])
        if shape.asks_after:
            desk = Desk(DESK, watch)
            builder = builder.add_edge(made[_speaker(shape.asks_after)], desk)
            builder = builder.add_edge(desk, made[shape.resuming(shape.asks_after)])
        return builder.build()

    return Definition("talk", 1, "Talk", "anything", steps_of(*ROLES, DESK, END), build)


def steps_of(*names: str) -> tuple[Step, ...]:
    return tuple(Step(name, name.capitalize()) for name in names)


def _speaker(turn: int) -> str:
    return ROLES[(turn - 1) % len(ROLES)]
