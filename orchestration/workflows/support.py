"""Support: somebody finds out who can help, and they talk with the person until it is done.

The agents pass the conversation on by tools. These steps are our own: the framework's handoff keeps the whole
conversation four times in each saved state, takes two supersteps for a turn, and has no end with a summary.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
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

from orchestration.agents.colleagues import Colleague, spoken
from orchestration.agents.tools import last_words
from orchestration.errors import StepError
from orchestration.limits import Limits
from orchestration.messages import (
    REJECT,
    REPLY,
    Answer,
    Conversation,
    HandedOver,
    Option,
    Question,
    Result,
    Rule,
)
from orchestration.model import Step
from orchestration.workflows.definition import Definition, Means

DONE = Option("done", "I am done")
_MANNERS = (
    " Write to the person in short, plain words, and ask for one thing at a time. Never ask for what was "
    "said already. When the person says that nothing more is needed, end the conversation. When a "
    "colleague knows more about what they ask, hand over without announcing it."
)


@dataclass(frozen=True)
class Role:
    """Somebody at the desk: the name for people, what for, and the instructions."""

    title: str
    what: str
    instructions: str


ROLES: Mapping[str, Role] = {
    "triage": Role(
        "First contact",
        "finds out what it is about",
        "You are the first contact of a support desk. Find out what the person needs, and hand over to the "
        "colleague who can help.",
    ),
    "technical": Role(
        "Technical support",
        "crashes, errors, signing in, anything that does not work",
        "You are the technical support of a support desk. Find the cause of what does not work, and say step "
        "by step what to do.",
    ),
    "billing": Role(
        "Billing",
        "invoices, payments, refunds",
        "You are the billing of a support desk. You help with invoices, payments and refunds.",
    ),
    "sales": Role(
        "Sales",
        "prices, plans, upgrades",
        "You are the sales of a support desk. You help to find the plan that fits, and never press anybody.",
    ),
}
"""By the ids of their steps."""
_KEEPER = "support-summary"
_SUMMARY = (
    "You sum up talks of a support desk for the record: what the person needed, what was solved or agreed, "
    "and what is still open. Three sentences at most. If you can keep notes, first keep the summary under "
    "the key “last talk”, without names and numbers, and share it with triage, who may meet the person again."
)


class Desk(Executor):
    """Talks with the person, a turn in each superstep, until somebody else takes over or it is done."""

    def __init__(self, id: str, agent: Agent, rule: Rule) -> None:
        super().__init__(id=id)
        self._agent, self._rule, self._talk = agent, rule, Conversation()

    @handler
    async def opened(self, text: str, ctx: WorkflowContext[HandedOver | Conversation]) -> None:
        await self._speak(Conversation().saying("user", text.strip()), (), ctx)

    @handler
    async def took_over(self, handed: HandedOver, ctx: WorkflowContext[HandedOver | Conversation]) -> None:
        await self._speak(handed.talk, handed.by, ctx)

    @response_handler
    async def answered(
        self, question: Question, answer: Answer, ctx: WorkflowContext[HandedOver | Conversation]
    ) -> None:
        talk, self._talk = self._talk, Conversation()
        if answer.comment:
            talk = talk.saying("user", answer.comment)
        if answer.verdict == REJECT:
            await ctx.send_message(talk, target_id="summary")
        else:
            await self._speak(talk, (), ctx)

    async def _speak(
        self, talk: Conversation, by: tuple[str, ...], ctx: WorkflowContext[HandedOver | Conversation]
    ) -> None:
        free = [Colleague(name, role.what) for name, role in ROLES.items() if name not in {self.id, *by}]
        said = await spoken(self._agent, talk, free)
        if said.ends:
            await ctx.send_message(talk, target_id="summary")
        elif said.to:
            await ctx.send_message(HandedOver(talk, (*by, self.id)), target_id=said.to)
        else:
            await self._ask(talk, said.text, ctx)

    async def _ask(self, talk: Conversation, text: str, ctx: WorkflowContext[Any]) -> None:
        self._talk = Conversation([*talk.messages, Message("assistant", [text], author_name=self.id)])
        turn = sum(message.role == "assistant" for message in self._talk.messages)
        question = Question(ROLES[self.id].title, text, kind=REPLY, options=(DONE,), rule=self._rule)
        await ctx.request_info(question, Answer, request_id=f"turn-{turn}")

    async def on_checkpoint_save(self) -> dict[str, Any]:
        return {"talk": self._talk} if self._talk.messages else {}

    async def on_checkpoint_restore(self, state: dict[str, Any]) -> None:
        self._talk = state.get("talk", Conversation())


class Summary(Executor):
    """Ends the run with what the conversation came to."""

    def __init__(self, id: str, agent: Agent) -> None:
        super().__init__(id=id)
        self._agent = agent

    @handler
    async def sum_up(self, talk: Conversation, ctx: WorkflowContext[Any, Result]) -> None:
        response = await self._agent.run(f"Sum up this talk:\n\n{_transcript(talk)}")
        summary = last_words(response).strip()
        if not summary:
            raise StepError("The model gave an empty answer.")
        await ctx.yield_output(Result(f"{_helpers(talk)}\n\n{summary}"))


def _transcript(talk: Conversation) -> str:
    return "\n\n".join(f"{_speaker(message)}: {message.text}" for message in talk.messages)


def _speaker(message: Message) -> str:
    role = ROLES.get(message.author_name or "")
    return role.title if role else "Person"


def _helpers(talk: Conversation) -> str:
    names = list(dict.fromkeys(_speaker(message) for message in talk.messages if message.role == "assistant"))
    answers = sum(message.role == "assistant" for message in talk.messages)
    return f"Helped by: {', '.join(names) or 'nobody'}. Answers: {answers}."


def build(means: Means) -> Workflow:
    """Return a fresh workflow. Raises nothing; the models are only asked when it runs."""
    desks = {
        name: Desk(name, means.agent(name, role.instructions + _MANNERS), means.requester_rule)
        for name, role in ROLES.items()
    }
    summary = Summary("summary", means.agent(_KEEPER, _SUMMARY))
    builder = WorkflowBuilder(name="support@1", start_executor=desks["triage"], output_from=[summary])
    for desk in desks.values():
        for other in (*desks.values(), summary):
            if other is not desk:
                builder = builder.add_edge(desk, other)
    return builder.build()


DEFINITION = Definition(
    name="support",
    version=1,
    title="Support",
    example="I was charged twice for my invoice",
    steps=(
        *(Step(name, role.title, role=True) for name, role in ROLES.items()),
        Step("summary", "Sum up"),
    ),
    build=build,
    about="Somebody finds out who can help, and they talk with you until it is done: technical support, "
    "billing or sales. It ends with a summary.",
    harmless=True,
    asks_requester=True,
    remembers=(_KEEPER, "triage"),
    memory_scope="person",  # in a channel, nobody is told what somebody else needed
    limits=Limits(run=timedelta(hours=6), supersteps=10_000),
)
