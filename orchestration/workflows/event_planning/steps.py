"""The steps of the planning."""

from typing import Any

from agent_framework import Agent, Executor, WorkflowContext, handler

from orchestration.agents.step import AgentStep
from orchestration.errors import StepError
from orchestration.messages import Conversation, GoOn, Result, Rule
from orchestration.workflows.event_planning.fitting import misfit, misfits, unapproved
from orchestration.workflows.event_planning.plan import Plan
from orchestration.workflows.event_planning.sections import Section


class Planner(AgentStep):
    """A step in which an agent answers with a section, which must fit to all before it."""

    def __init__(self, id: str, agent: Agent, section: type[Section], asks: Rule) -> None:
        super().__init__(id, agent, answers=section, asks=asks)
        self._section = section

    async def fault(self, answer: str) -> str:
        if wrong := await super().fault(answer):
            return wrong
        section = self._section.model_validate_json(answer)
        return misfit(section, self._talk) or unapproved(section, self._turn)


class Understand(Planner):
    """The first of them: it reads what a person typed."""

    @handler
    async def request(self, text: str, ctx: WorkflowContext[Conversation | GoOn]) -> None:
        await self.begin(Conversation().saying("user", text.strip()), ctx)


class Compose(Executor):
    """Ends the run with the plan, if it is complete and fits together."""

    @handler
    async def compose(self, talk: Conversation, ctx: WorkflowContext[Any, Result]) -> None:
        plan = Plan.of(talk)
        if wrong := misfits(plan, talk):
            raise StepError(f"The plan does not fit together. {wrong}")
        await ctx.yield_output(Result(plan.text))
