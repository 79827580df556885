"""A workflow step in which an agent answers. It reads everything said so far and adds its own message."""

from agent_framework import Agent, Executor, Message, WorkflowContext, handler

from orchestration.errors import StepError
from orchestration.messages import Conversation


class AgentStep(Executor):
    """Sends the conversation on with the agent's answer added.

    The step keeps no session: its input is the whole conversation, so nothing is said twice to the model and
    nothing is lost when the run waits in between (the framework's own AgentExecutor loses it there).
    """

    def __init__(self, id: str, agent: Agent) -> None:
        super().__init__(id=id)
        self._agent = agent

    @handler
    async def answer(self, talk: Conversation, ctx: WorkflowContext[Conversation]) -> None:
        """Ask the agent and send on the conversation. Raises StepError for an empty answer."""
        response = await self._agent.run(list(talk.messages))
        if not response.text.strip():
            raise StepError("The model gave an empty answer.")
        said = Message("assistant", [response.text], author_name=self._agent.name)
        await ctx.send_message(Conversation([*talk.messages, said]))
