"""A workflow for measuring: four agents in the framework's AgentExecutor, round and round, then a question.

Each executor keeps its cache, the full conversation and its session, so that every checkpoint has the same
messages many times. The executors are used as they come, with the default context mode.
"""

from collections.abc import AsyncIterable, Mapping, Sequence
from typing import Any

from agent_framework import (
    Agent,
    AgentExecutor,
    AgentExecutorResponse,
    ChatResponseUpdate,
    Executor,
    Message,
    Workflow,
    WorkflowBuilder,
    WorkflowContext,
    handler,
)

from orchestration.agents.demo import DemoChatClient
from orchestration.messages import Conversation
from orchestration.workflows.definition import Definition, Means
from tests.bench.shape import DESK, END, ROLES, words
from tests.bench.talk import Desk, End, steps_of, turn_of
from tests.bench.watch import Watch

SIZE = 2000
"""Characters of an answer."""
HANDOVER = "handover"


class Speaker(DemoChatClient):
    """Answers at once and in one piece: what streaming costs is not measured here."""

    def __init__(self, watch: Watch) -> None:
        super().__init__(rules={"": self._say})
        self._watch = watch

    def _say(self, _messages: Sequence[Message], _options: Mapping[str, Any]) -> str:
        self._watch.begin()
        said = words(len(self._watch.began), SIZE)
        self._watch.end()
        return said

    async def _pieces(
        self, messages: Sequence[Message], options: Mapping[str, Any]
    ) -> AsyncIterable[ChatResponseUpdate]:
        contents, _, reason = await self._answer(messages, options)
        yield self._update(contents, reason)


class Handover(Executor):
    """Hands what the agents said to the desk."""

    @handler
    async def pass_on(self, said: AgentExecutorResponse, ctx: WorkflowContext[Conversation]) -> None:
        await ctx.send_message(Conversation(said.full_conversation))


def definition(turns: int, watch: Watch) -> Definition:
    """Return the workflow with so many turns, a multiple of four."""

    def enough(said: AgentExecutorResponse) -> bool:
        return turn_of(Conversation(said.full_conversation)) >= turns

    def go_on(said: AgentExecutorResponse) -> bool:
        return not enough(said)

    def build(_: Means) -> Workflow:
        client = Speaker(watch)
        agents = [
            AgentExecutor(Agent(client=client, name=name, instructions=name), id=name) for name in ROLES
        ]
        end = End(END)
        builder = WorkflowBuilder(name="agents@1", start_executor=agents[0], output_from=[end])
        builder = builder.add_chain(agents).add_edge(agents[-1], agents[0], condition=go_on)
        handover = Handover(id=HANDOVER)
        builder = builder.add_edge(agents[-1], handover, condition=enough)
        return builder.add_chain([handover, Desk(DESK, watch), end]).build()

    return Definition("agents", 1, "Agents", "anything", steps_of(*ROLES, HANDOVER, DESK, END), build)
