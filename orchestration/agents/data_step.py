"""A step without a model: a coroutine makes JSON of earlier JSON, and may ask people on its way."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from agent_framework import Executor, WorkflowContext, handler, response_handler

from orchestration.agents import asking
from orchestration.agents.passing import Schema, begun, fitting, given
from orchestration.errors import StepError
from orchestration.mapping import Takes
from orchestration.messages import REJECT, Answer, Outputs, Question, Rule

MOST_QUESTIONS = 5
"""How often a step may ask before it must do without an answer."""


@dataclass(frozen=True)
class Ask:
    """A step cannot go on without an answer to this."""

    title: str
    text: str = ""


Said = Sequence[str | None]
"""What people answered so far, oldest first; None: they would not, or nobody did in time."""

Work = Callable[[Mapping[str, Any], Said], Awaitable[object]]
"""From what the step is given, and what people said, to JSON or an Ask. It is called anew after each answer,
and again after a crash, so what it does outside must bear repetition."""


class DataStep(Executor):
    """Adds to the outputs what its coroutine came to, under its own id."""

    def __init__(
        self,
        id: str,
        work: Work,
        *,
        takes: Takes | None = None,
        gives: Schema | None = None,
        asks: Rule | None = None,
    ) -> None:
        """Make the step. `asks`: who is asked; None: any approver of the run."""
        super().__init__(id=id)
        self._work, self._takes, self._gives, self._asks = work, takes, gives, asks
        self._asked = 0
        self._outputs, self._said = Outputs(), list[str | None]()

    @handler
    async def start(self, text: str, ctx: WorkflowContext[Outputs]) -> None:
        """Begin the run with what a person typed."""
        await self.work(await begun(text), ctx)

    @handler
    async def work(self, outputs: Outputs, ctx: WorkflowContext[Outputs]) -> None:
        """Do the work. Raises StepError for a field that is missing, or a result of another form."""
        self._outputs, self._said = outputs, []
        await self._go_on(ctx)

    @response_handler
    async def answered(self, question: Question, answer: Answer, ctx: WorkflowContext[Outputs]) -> None:
        """Go on with what people said."""
        said = None if answer.verdict == REJECT else asking.result(question, answer)
        self._said = [*self._said, said]
        await self._go_on(ctx)

    async def _go_on(self, ctx: WorkflowContext[Outputs]) -> None:
        values = await given(self._outputs, self._takes, step=self.id)
        result = await self._work(values, self._said)
        if isinstance(result, Ask):
            await self._ask(result, ctx)
            return
        passed = await fitting(result, self._gives, step=self.id)
        outputs, self._outputs, self._said = self._outputs.adding(self.id, passed), Outputs(), []
        await ctx.send_message(outputs)

    async def _ask(self, ask: Ask, ctx: WorkflowContext[Outputs]) -> None:
        if len(self._said) >= MOST_QUESTIONS:
            raise StepError(f"This step asked {MOST_QUESTIONS} times and still does not know: {ask.title}")
        self._asked += 1
        question = asking.in_words(ask.title, ask.text, self._asks)
        await ctx.request_info(question, Answer, request_id=f"{self.id}-{self._asked}")

    async def on_checkpoint_save(self) -> dict[str, Any]:
        state: dict[str, Any] = {"asked": self._asked}
        return {**state, "outputs": self._outputs, "said": self._said} if self._outputs.values else state

    async def on_checkpoint_restore(self, state: dict[str, Any]) -> None:
        self._asked = state["asked"]
        self._outputs, self._said = state.get("outputs", Outputs()), list(state.get("said", ()))
