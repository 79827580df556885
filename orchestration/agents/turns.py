"""A step in which an agent takes as many turns as it needs: it uses tools, asks people, and answers at last.

To the model every tool is only declared; the step does what it calls for. So a call that needs an approval
waits for it over any time, what was approved is what is done, and whoever rejects is heard by the model. A
round of calls ends a superstep: a crash repeats one round, not the whole step.
"""

import json
import logging
from collections.abc import Mapping, Sequence
from typing import Any, cast

from agent_framework import (
    Agent,
    AgentResponse,
    Content,
    Executor,
    FunctionTool,
    Message,
    Workflow,
    WorkflowBuilder,
    WorkflowContext,
    handler,
    response_handler,
)
from pydantic import BaseModel

from orchestration.agents import asking
from orchestration.agents.structured import REPAIRS, Shape, shape_of
from orchestration.agents.tools import Call, changed, declared, done, faulty, last_words
from orchestration.errors import StepError
from orchestration.messages import APPROVE, TOOL, Answer, Conversation, GoOn, Question, Rule
from orchestration.values import titled

ROUNDS = 30
"""How often an agent may call tools in one step."""

logging.getLogger("agent_framework._workflows._validation").addFilter(
    # The edge of a step to itself has a condition; the framework warns of it each time a graph is built.
    lambda record: "Self-loop" not in record.msg
)

TOLD_OF = "told_of"
"""The property of a message that says which tool it tells of; words alone could pretend it."""
ALONE = "Not done, because it was called together with others. Call it alone."


class Turns(Executor):
    """What such steps have in common. A subclass begins with messages and says what becomes of the answer."""

    def __init__(
        self,
        id: str,
        agent: Agent,
        *,
        tools: Sequence[FunctionTool] = (),
        guarded: Sequence[FunctionTool] = (),
        rule: Rule | None = None,
        asks: Rule | None = None,
        answers: type[BaseModel] | Shape | None = None,
    ) -> None:
        """Make the step.

        `tools` are used at once, `guarded` ones when people have approved the call, by `rule`. With `asks`
        the agent can ask people, whom that rule names. `answers` is what it must answer with; None: a text.
        """
        super().__init__(id=id)
        self._agent, self._shape = agent, shape_of(answers) if answers else None
        self._use(tools, guarded)
        self._rule, self._asks = rule, asks
        self._asked = 0
        self._clear()

    def _use(self, tools: Sequence[FunctionTool], guarded: Sequence[FunctionTool]) -> None:
        self._tools = {tool.name: tool for tool in (*tools, *guarded)}
        self._guarded = frozenset(tool.name for tool in guarded)

    def _clear(self) -> None:
        self._talk, self._turn, self._told = Conversation(), Conversation(), Conversation()
        self._open, self._results, self._rounds = dict[str, dict[str, str]](), list[Content](), 0

    @property
    def takes_rounds(self) -> bool:
        """Whether it may need more than one superstep: then it needs an edge to itself."""
        return bool(self._tools) or self._asks is not None

    @property
    def asks_people(self) -> bool:
        """Whether it may wait for people."""
        return bool(self._guarded) or self._asks is not None

    # ---- what a subclass says ---------------------------------------------------------------

    async def begin(self, talk: Conversation, ctx: WorkflowContext[Any]) -> None:
        """Ask the agent, with all this before everything that it says and gets itself."""
        self._clear()
        self._talk = talk
        await self._think(ctx)

    async def finish(self, talk: Conversation, answer: str, ctx: WorkflowContext[Any]) -> None:
        """The agent has answered: with a text, or with the JSON of what it must answer with.

        `talk` is what it began with, and what others should know of its way: what people said, what was done.
        """
        raise NotImplementedError

    async def fault(self, answer: str) -> str:
        """Return what is wrong with an answer, for the agent, who may try again; "": nothing."""
        return await self._shape.fault(answer) if self._shape else ""

    # ---- turns --------------------------------------------------------------------------------

    @handler
    async def go_on(self, _: GoOn, ctx: WorkflowContext[GoOn]) -> None:
        """Take the next turn, with the results of the last one."""
        await self._think(ctx)

    async def _think(self, ctx: WorkflowContext[Any]) -> None:
        response = await self._answered()
        calls = _calls_of(response)
        if not calls:
            talk = Conversation([*self._talk.messages, *self._told.messages])
            self._clear()
            await self.finish(talk, last_words(response), ctx)
            return
        self._rounds += 1
        if self._rounds > ROUNDS:
            raise StepError(f"The agent called tools {ROUNDS} times without an answer, so it was stopped.")
        for number, call in enumerate(calls):
            await self._called(number, call, last_words(response), ctx)
        await self._next(ctx)

    async def _answered(self) -> AgentResponse[Any]:
        """Return the next words of the agent; what is not as it must be goes back to it."""
        fault = ""
        for _ in range(1 + REPAIRS):
            response = await self._asked_once()
            if _calls_of(response):
                return response
            if not (words := last_words(response)).strip():
                raise StepError("The model gave an empty answer.")
            fault = await self.fault(words)
            if not fault:
                return response
            self._turn = self._turn.saying("user", f"{fault} Answer again, with all of it.")
        raise StepError(f"The agent {self._agent.name} gave no usable answer. {fault}")

    async def _asked_once(self) -> AgentResponse[Any]:
        options: dict[str, Any] = {"response_format": self._shape.told} if self._shape else {}
        response = await self._agent.run(
            [*self._talk.messages, *self._turn.messages], tools=self._declared(), options=cast(Any, options)
        )
        self._turn = Conversation([*self._turn.messages, *response.messages])
        return response

    def _declared(self) -> list[FunctionTool]:
        tools = [declared(tool) for tool in self._tools.values()]
        return [*tools, asking.TOOL] if self._asks is not None else tools

    # ---- calls --------------------------------------------------------------------------------

    async def _called(self, number: int, call: Call, words: str, ctx: WorkflowContext[Any]) -> None:
        question = self._question(call, words)
        if isinstance(question, Question):
            self._asked += 1
            request_id = f"{self.id}-{self._asked}"
            self._open[request_id] = {"call": call.id, "name": call.name, "arguments": call.text}
            await ctx.request_info(question, Answer, request_id=request_id)
        else:
            # The model names its calls anew when it is asked again; their order is what stays.
            # Steps that work side by side may do the same at the same place of their order.
            place = f"{self.id}/{number}"
            self._has(call, question or await done(self._tools[call.name], call.arguments, place))

    def _question(self, call: Call, words: str) -> Question | str:
        """Return what people must be asked first, or what the model hears at once; "": it can be done."""
        if call.name == asking.NAME and self._asks is not None:
            return asking.question(call, self._asks)
        if call.name not in self._tools:
            return ALONE
        tool = self._tools[call.name]
        if fault := faulty(tool, call):
            return fault
        return self._approval(tool, call, words) if call.name in self._guarded else ""

    def _approval(self, tool: FunctionTool, call: Call, words: str) -> Question:
        return Question(
            f"{titled(tool.name)}?",
            words.strip() or tool.description,
            kind=TOOL,
            subject=tool.name,
            proposed=json.dumps(call.arguments),
            schema=json.dumps(tool.parameters()),
            rule=self._rule,
        )

    def _has(self, call: Call, result: str) -> None:
        self._results = [*self._results, Content.from_function_result(call_id=call.id, result=result)]

    @response_handler
    async def decided(self, question: Question, answer: Answer, ctx: WorkflowContext[GoOn]) -> None:
        """Do what was approved, and let the agent hear what people said."""
        kept = self._open.pop(str(ctx.request_id))
        call = Call(kept["call"], kept["name"], kept["arguments"])
        if call.name == asking.NAME:
            result = asking.result(question, answer)
            self._tell("assistant", asking.words(question))
            self._tell("user", result)
        else:
            result = await self._outcome(str(ctx.request_id), call, answer)
            self._tell("assistant", f"{call.name}: {result}", tool=call.name)
        self._has(call, result)
        await self._next(ctx)

    async def _outcome(self, request_id: str, call: Call, answer: Answer) -> str:
        if answer.verdict != APPROVE:
            why = f": {answer.comment}" if answer.comment else ", without a reason"
            return f"Not done. {answer.by or 'Nobody'} said no{why}."
        values = cast(Mapping[str, Any], json.loads(answer.values))
        result = await done(self._tools[call.name], values, request_id, answer)
        changes = changed(self._tools[call.name], call.arguments, values)
        return f"Approved by {answer.by}{f' with changed values ({changes})' if changes else ''}. {result}"

    def _tell(self, role: str, text: str, *, tool: str = "") -> None:
        said = Message(
            cast(Any, role),
            [text],
            author_name=self._agent.name if role == "assistant" else None,
            additional_properties={TOLD_OF: tool} if tool else None,
        )
        self._told = Conversation([*self._told.messages, said])

    async def _next(self, ctx: WorkflowContext[Any]) -> None:
        """When every call has its result, the agent goes on in the next superstep."""
        if self._open:
            return
        self._turn = Conversation([*self._turn.messages, Message("tool", self._results)])
        self._results = []
        await ctx.send_message(GoOn(), target_id=self.id)

    # ---- checkpoints --------------------------------------------------------------------------

    async def on_checkpoint_save(self) -> dict[str, Any]:
        """Nothing but the number of questions is left when the agent has answered."""
        if not (self._talk.messages or self._turn.messages):
            return {"asked": self._asked}
        return {
            "asked": self._asked,
            "rounds": self._rounds,
            "talk": self._talk,
            "turn": self._turn,
            "told": self._told,
            "open": self._open,
            "results": self._results,
        }

    async def on_checkpoint_restore(self, state: dict[str, Any]) -> None:
        self._clear()
        self._asked = state["asked"]
        if "talk" in state:
            self._rounds, self._results = state["rounds"], list(state["results"])
            self._talk, self._turn, self._told = state["talk"], state["turn"], state["told"]
            self._open = dict(state["open"])


def with_rounds(builder: WorkflowBuilder, *steps: Executor) -> WorkflowBuilder:
    """Return the builder, with an edge to itself for each step that may take more than one superstep."""
    for step in steps:
        if isinstance(step, Turns) and step.takes_rounds:
            builder = builder.add_edge(step, step, condition=goes_on)
    return builder


def stops_short(step: Executor, workflow: Workflow) -> bool:
    """Whether a step may need more than one superstep and has no edge to itself: its word would be lost."""
    if not (isinstance(step, Turns) and step.takes_rounds):
        return False
    edges = (edge for group in workflow.edge_groups for edge in group.edges)
    return all((edge.source_id, edge.target_id) != (step.id, step.id) for edge in edges)


def goes_on(message: object) -> bool:
    """Whether a step has sent itself this, and not the one after it."""
    return isinstance(message, GoOn)


def _calls_of(response: AgentResponse[Any]) -> list[Call]:
    """Return the calls that have no result yet."""
    contents = [content for message in response.messages for content in message.contents]
    answered = {content.call_id for content in contents if content.type == "function_result"}
    return [
        Call(str(content.call_id), str(content.name), _text(content))
        for content in contents
        if content.type == "function_call" and content.call_id not in answered
    ]


def _text(call: Content) -> str:
    given = call.arguments
    return given if isinstance(given, str) else json.dumps(given or {})
