"""A workflow step in which an agent answers. It reads everything said so far and adds its own message."""

from typing import Any

from agent_framework import Message, WorkflowContext, handler

from orchestration.agents.turns import Turns
from orchestration.messages import Conversation, GoOn


class AgentStep(Turns):
    """Sends the conversation on with the agent's answer added, and before it what people said in between.

    The step keeps nothing when it has answered: its input is the whole conversation, so nothing is said twice
    to the model and nothing is lost when the run waits in between (the framework's own AgentExecutor loses
    it there). Other agents read words, not calls of tools, which they do not have.
    """

    @handler
    async def answer(self, talk: Conversation, ctx: WorkflowContext[Conversation | GoOn]) -> None:
        """Ask the agent and send on the conversation. Raises StepError for an empty or useless answer."""
        await self.begin(talk, ctx)

    async def finish(self, talk: Conversation, answer: str, ctx: WorkflowContext[Any]) -> None:
        said = Message("assistant", [answer], author_name=self._agent.name)
        await ctx.send_message(Conversation([*talk.messages, said]))
