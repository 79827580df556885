"""A step in which an agent takes JSON of earlier steps and answers with JSON of a declared schema."""

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from agent_framework import Agent, FunctionTool, Message, WorkflowContext, handler

from orchestration.agents.passing import Schema, begun, given
from orchestration.agents.structured import bare, shape_of_schema
from orchestration.agents.turns import TOLD_OF, Turns
from orchestration.mapping import Takes
from orchestration.messages import Conversation, GoOn, Outputs, Rule, Value

Given = Mapping[str, Any]


class JsonStep(Turns):
    """Adds to the outputs what its agent came to, under its own id.

    What the agent may do can depend on what the step is given: `guarded_for` makes its guarded tools of it.
    With `notes` it also adds, under that name, what people said and what was done meanwhile: a list of texts
    with "role" (assistant or user), "text", and "tool" where it tells what became of a guarded call: an
    agent's own words about that could be wrong.
    """

    def __init__(
        self,
        id: str,
        agent: Agent,
        *,
        gives: Schema,
        takes: Takes | None = None,
        tools: Sequence[FunctionTool] = (),
        guarded_for: Callable[[Given], Sequence[FunctionTool]] | None = None,
        rule: Rule | None = None,
        asks: Rule | None = None,
        notes: str = "",
    ) -> None:
        shape = shape_of_schema(id, gives)
        super().__init__(id, agent, tools=tools, rule=rule, asks=asks, answers=shape)
        self._free, self._guarded_for = tools, guarded_for
        self._takes, self._gives, self._notes = takes, gives, notes
        self._outputs = Outputs()

    @property
    def takes_rounds(self) -> bool:
        return self._guarded_for is not None or super().takes_rounds

    @property
    def asks_people(self) -> bool:
        return self._guarded_for is not None or super().asks_people

    @handler
    async def start(self, text: str, ctx: WorkflowContext[Outputs | GoOn]) -> None:
        """Begin the run with what a person typed."""
        await self.work(await begun(text), ctx)

    @handler
    async def work(self, outputs: Outputs, ctx: WorkflowContext[Outputs | GoOn]) -> None:
        """Ask the agent. Raises StepError for a field that is missing, or an answer that stays wrong."""
        self._outputs = outputs
        values = await self._prepare()
        prompt = await Value.of(values)
        await self.begin(Conversation().saying("user", _prompt(prompt.text, self._gives)), ctx)

    async def finish(self, talk: Conversation, answer: str, ctx: WorkflowContext[Any]) -> None:
        outputs, self._outputs = self._outputs.adding(self.id, Value(bare(answer))), Outputs()
        if self._notes:
            said = [_note(message) for message in talk.messages[1:]]
            outputs = outputs.adding(self._notes, await Value.of(said))
        await ctx.send_message(outputs)

    async def _prepare(self) -> dict[str, Any]:
        values = await given(self._outputs, self._takes, step=self.id)
        if self._guarded_for is not None:
            self._use(self._free, self._guarded_for(values))
        return values

    async def on_checkpoint_save(self) -> dict[str, Any]:
        state = await super().on_checkpoint_save()
        return {**state, "outputs": self._outputs} if self._outputs.values else state

    async def on_checkpoint_restore(self, state: dict[str, Any]) -> None:
        await super().on_checkpoint_restore(state)
        self._outputs = state.get("outputs", Outputs())
        if self._outputs.values:  # it is in the middle of its work
            await self._prepare()


def _note(message: Message) -> dict[str, str]:
    tool = message.additional_properties.get(TOLD_OF)
    return {"role": message.role, "text": message.text, **({"tool": tool} if tool else {})}


def _prompt(given: str, gives: Schema) -> str:
    return (
        f"This is what you work with, as JSON:\n\n{given}\n\n"
        f"Answer with JSON and nothing else. It must be as this JSON Schema says:\n\n{json.dumps(gives)}"
    )
