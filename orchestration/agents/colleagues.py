"""An agent that talks with a person, and can pass the conversation on to a colleague or end it.

To the model both are tools without a function: the step that called it does what it calls for.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from agent_framework import Agent, AgentResponse, Content, FunctionTool, Message

from orchestration.agents.tools import last_words
from orchestration.errors import StepError
from orchestration.messages import Conversation

PREFIX: Final = "hand_over_to_"
END: Final = "end_conversation"
TRIES = 3
"""How often an agent is asked for words that can be used."""
_NOTHING: Final[dict[str, Any]] = {"type": "object", "properties": {}}
_AGAIN = "Not done. Call one of your tools alone, or answer the person in words."


@dataclass(frozen=True)
class Colleague:
    """Somebody who can take over. `what` says for the model what for."""

    id: str
    what: str


@dataclass(frozen=True)
class Said:
    """What an agent came to: words for the person, or a colleague who takes over, or that this is the end."""

    text: str = ""
    to: str = ""
    ends: bool = False


async def spoken(agent: Agent, talk: Conversation, colleagues: Sequence[Colleague]) -> Said:
    """Ask the agent for the next turn. Raises StepError when nothing can be made of what it says."""
    known, tried = {each.id for each in colleagues}, list[Message]()
    tools = [*map(_tool, colleagues), _END]
    for _ in range(TRIES):
        response = await agent.run([*talk.messages, *tried], tools=tools)
        if said := _said(response, known):
            return said
        tried += [*response.messages, *_results(response)]
    raise StepError(f"The agent {agent.name} gave no usable answer {TRIES} times.")


def _said(response: AgentResponse[Any], known: set[str]) -> Said | None:
    """Return what it comes to; None for several things at once, and for what there is not."""
    calls = _open_calls(response)
    if not calls:
        words = last_words(response).strip()
        return Said(words) if words else None
    name = str(calls[0].name)
    if len(calls) > 1 or not (name == END or name.removeprefix(PREFIX) in known):
        return None
    return Said(ends=True) if name == END else Said(to=name.removeprefix(PREFIX))


def _results(response: AgentResponse[Any]) -> list[Message]:
    """Return what the model hears. Each call needs a result, or the provider refuses the conversation."""
    results = [
        Content.from_function_result(call_id=str(call.call_id), result=_AGAIN)
        for call in _open_calls(response)
    ]
    return [Message("tool", results)] if results else [Message("user", [_AGAIN])]


def _open_calls(response: AgentResponse[Any]) -> list[Content]:
    contents = [content for message in response.messages for content in message.contents]
    answered = {content.call_id for content in contents if content.type == "function_result"}
    return [each for each in contents if each.type == "function_call" and each.call_id not in answered]


def _tool(colleague: Colleague) -> FunctionTool:
    what = f"Let a colleague go on with this conversation: {colleague.what}"
    return FunctionTool(name=f"{PREFIX}{colleague.id}", description=what, func=None, input_model=_NOTHING)


_END = FunctionTool(
    name=END,
    description="End the conversation, when the person has said that nothing more is needed.",
    func=None,
    input_model=_NOTHING,
)
