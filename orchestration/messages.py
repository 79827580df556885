"""What checkpoints contain: the questions, answers and messages between steps. Never move or rename these.

Agent Framework finds them again by module and class name. A field that is added later needs a plain default.
No slots: old instances would lack the new field.
"""

import asyncio
from dataclasses import dataclass, field

from agent_framework import Message, register_checkpoint_type

from orchestration.jsontext import reading, writing

APPROVE, REQUEST_CHANGES, REJECT = "approve", "request_changes", "reject"


@dataclass(frozen=True)
class Question:
    """What a workflow asks people. It becomes an approval."""

    title: str
    text: str
    revision: int = 1
    last_revision: int = 0
    """The revision after which no more changes can be requested; 0: there is no such limit."""
    expires_after: float = 0.0
    """Seconds until nobody can answer any more; 0: never."""
    on_expiry: str = REJECT
    """What counts then: approve or reject, or the run fails: fail."""
    remind_after: float = 0.0
    """Seconds until the question is asked once more; 0: never."""


@dataclass(frozen=True)
class Answer:
    """What the workflow gets back. `verdict` is approve, request_changes or reject."""

    verdict: str
    comment: str = ""
    by: str = ""


@dataclass(frozen=True)
class Conversation:
    """Everything said so far, oldest first; each step reads all of it and adds its own message."""

    messages: list[Message] = field(default_factory=list[Message])
    """Never changed in place."""

    def __deepcopy__(self, memo: object) -> "Conversation":
        """The framework copies all state at every superstep; what never changes needs no copy."""
        return self

    def saying(self, role: str, text: str) -> "Conversation":
        """Return the conversation with one more message."""
        return Conversation([*self.messages, Message(role, [text])])


@dataclass(frozen=True)
class Result:
    """What a run ends with. `accepted` is false when people turned it down."""

    text: str
    accepted: bool = True


@dataclass(frozen=True)
class Value:
    """JSON between steps: `await Value.of(rows)`, then `await value.read()`.

    As text, neither the framework's copy at every superstep nor a checkpoint walks through it.
    """

    text: str

    def __deepcopy__(self, memo: object) -> "Value":
        """The framework copies all state at every superstep; what never changes needs no copy."""
        return self

    @classmethod
    async def of(cls, value: object) -> "Value":
        """Return the JSON of a value, which must not change meanwhile.

        Raises StepError, with the path, for what JSON does not have, and for more than a step may pass on.
        """
        return cls(await asyncio.to_thread(writing.written, value))

    async def read(self) -> object:
        """Return the value anew. Raises ValueError when the text is no JSON."""
        return await asyncio.to_thread(reading.read, self.text)


for kept in (Question, Answer, Conversation, Result, Value):
    register_checkpoint_type(kept)
