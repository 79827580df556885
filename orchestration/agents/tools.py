"""Tools as a step uses them: what the model sees, what is wrong with a call, and doing it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

from agent_framework import AgentResponse, FunctionTool

from orchestration.errors import InvalidInputError, NotAllowedError, NotFoundError
from orchestration.execution import approved, refused
from orchestration.idempotency import calling
from orchestration.messages import Answer
from orchestration.values import checked, titled

MOST_CHARACTERS = 20_000
"""Of a tool's result: the model reads all of it, in every further turn."""


@dataclass(frozen=True)
class Call:
    """A tool that a model calls. `text` is the JSON of the arguments, as the model wrote it."""

    id: str
    name: str
    text: str

    @property
    def arguments(self) -> dict[str, Any]:
        """The arguments; empty when the text is no JSON object."""
        try:
            given: object = json.loads(self.text or "{}")
        except (ValueError, RecursionError):
            return {}
        return cast(dict[str, Any], given) if isinstance(given, dict) else {}

    @property
    def readable(self) -> bool:
        try:
            return isinstance(json.loads(self.text or "{}"), dict)
        except (ValueError, RecursionError):
            return False


def last_words(response: AgentResponse[Any]) -> str:
    """Return what an agent says at last. What it said before it used its memory is no part of that."""
    last = max((at for at, message in enumerate(response.messages) if message.role == "tool"), default=-1)
    return AgentResponse[Any](messages=response.messages[last + 1 :]).text


def declared(tool: FunctionTool) -> FunctionTool:
    """Return what the model sees of a tool: all but the function, which the step calls itself."""
    return FunctionTool(
        name=tool.name, description=tool.description, func=None, input_model=tool.parameters()
    )


def faulty(tool: FunctionTool, call: Call) -> str:
    """Return what is wrong with a call, for the model; "": nothing. Raises StepError for a bad schema."""
    if not call.readable:
        return "Not done: the arguments are no JSON object. Call it again with all of them."
    try:
        checked(tool.parameters(), call.arguments)
    except InvalidInputError as error:
        return f"Not done: {error} Call it again."
    return ""


def changed(tool: FunctionTool, proposed: Mapping[str, Any], approved: Mapping[str, Any]) -> str:
    """Return what people have changed in the values of a call, in words; "": nothing."""
    fields = cast(Mapping[str, object], tool.parameters().get("properties") or {})
    return ", ".join(
        f"{titled(name, fields.get(name))}: {_word(approved, name)} instead of {_word(proposed, name)}"
        for name in dict.fromkeys([*proposed, *approved])
        if proposed.get(name) != approved.get(name)
    )


def _word(values: Mapping[str, Any], name: str) -> str:
    return json.dumps(values[name], ensure_ascii=False) if name in values else "nothing"


async def done(
    tool: FunctionTool, values: Mapping[str, Any], call: str, approved_by: Answer | None = None
) -> str:
    """Use a tool and return what the model hears. `call` sets it apart from other calls of this superstep.

    What it refuses, the model hears as well; whatever else it raises fails the step. Raises StepError when
    it was to be approved and was not, or with other values.
    """
    executed = approved(approved_by, tool.name, dict(values)) if approved_by else None
    try:
        with calling(call):
            parts = await tool.invoke(arguments=dict(values))
    except (InvalidInputError, NotFoundError, NotAllowedError) as refusal:
        if executed:
            refused(executed)
        return f"Not done: {refusal}"
    text = " ".join(part.text or "" for part in parts).strip() or "Done."
    if len(text) <= MOST_CHARACTERS:
        return text
    # It is done: a failure here would end in doing it once more, in another run and under another key.
    return f"{text[:MOST_CHARACTERS]}\n(cut: there are {len(text):,} characters)"
