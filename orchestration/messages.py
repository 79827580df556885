"""What checkpoints contain: the questions, answers and messages between steps. Never move or rename these.

Agent Framework finds them again by module and class name. A field that is added later needs a plain default.
No slots: old instances would lack the new field.
"""

import asyncio
from dataclasses import dataclass, field

from agent_framework import Message, register_checkpoint_type

from orchestration.jsontext import reading, writing

APPROVE, REQUEST_CHANGES, REJECT = "approve", "request_changes", "reject"
REVIEW, TOOL, DATA, DECISION, INPUT, PLAN = "review", "tool", "data", "decision", "input", "plan"
"""The kinds of a question: a text, a tool call, values that change, a choice, values to fill in, a plan."""
REPLY = "reply"
"""One more kind: somebody is asked in the course of a conversation, and what they write is the answer."""
BUDGET = "budget"
"""And one that no workflow asks: whether a run that has cost what it may goes on."""
EVERYONE = 0
REQUESTER = "requester"
"""Stands among approvers for whoever started the run."""


@dataclass(frozen=True)
class Rule:
    """Who decides a question, and what happens when nobody does. By default: any approver of the run."""

    approvers: tuple[str, ...] = ()
    """Entra object ids, REQUESTER, and groups as "group:<name>". Empty: those of the run."""
    needed: int = 1
    """How many must approve; EVERYONE: all approvers."""
    own: bool = False
    """Whether the requester may decide although others could. Alone among the approvers, they may."""
    comment_on_reject: bool = False
    """Whether who rejects must say why."""
    expires_after: float = 0.0
    """Seconds until nobody can answer any more; 0: never."""
    on_expiry: str = REJECT
    """What counts then: approve or reject, or the run fails: fail."""
    remind_after: float = 0.0
    """Seconds until the question is asked once more, and again after as long; 0: never."""
    escalate_after: float = 0.0
    """Seconds until it is put to the next of `escalate_to`, and again after as long; 0: never."""
    escalate_to: tuple[tuple[str, ...], ...] = ()
    """Whom to ask in turn, named as `approvers` are. Any one of them decides alone."""
    working_time: bool = False
    """Whether the seconds above are counted in the working hours of the calendar only."""


@dataclass(frozen=True)
class Option:
    """One of the answers between which people choose."""

    id: str
    title: str
    hint: str = ""


SKIP = Option("skip", "Go on without an answer")
"""The way out of a single question in words. Any other way out ends a conversation."""


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
    rule: Rule | None = None
    """Takes the place of the three times above."""
    kind: str = REVIEW
    subject: str = ""
    """The name of the tool, or of what the values are of."""
    proposed: str = ""
    """JSON: the arguments of the tool, the new values, or those to begin a form with."""
    before: str = ""
    """JSON: the values as they are, where `proposed` would change them."""
    schema: str = ""
    """JSON Schema of the values that people may give in place of `proposed`; empty: none may be changed."""
    options: tuple[Option, ...] = ()
    """Of a decision. Of a reply at most one: how the person ends the conversation, or SKIP."""


@dataclass(frozen=True)
class Answer:
    """What the workflow gets back. `verdict` is approve, request_changes or reject."""

    verdict: str
    comment: str = ""
    by: str = ""
    values: str = ""
    """JSON: what was approved, as proposed or as changed by people."""
    option: str = ""
    """The id of the option that was chosen."""
    digest: str = ""
    """Of `values`: what is then done must have the same."""


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
class HandedOver:
    """A conversation on its way to the one who shall go on with it."""

    talk: Conversation
    by: tuple[str, ...] = ()
    """Who has passed it on since the person wrote last: nobody gets it twice for the same words."""


@dataclass(frozen=True)
class GoOn:
    """What a step sends to itself when its agent has one more turn to take."""


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


@dataclass(frozen=True)
class Outputs:
    """What the steps so far have come to: JSON by the ids of the steps, and "input", what the run began with.

    Each step adds its own and passes all of them on, so a later failure or pause loses none.
    """

    values: dict[str, Value] = field(default_factory=dict[str, Value])
    """Never changed in place."""

    def __deepcopy__(self, memo: object) -> "Outputs":
        """The framework copies all state at every superstep; what never changes needs no copy."""
        return self

    def adding(self, name: str, value: Value) -> "Outputs":
        """Return all of them with one more, which takes the place of an earlier one of this name."""
        return Outputs({**self.values, name: value})


for kept in (Rule, Option, Question, Answer, Conversation, HandedOver, GoOn, Result, Value, Outputs):
    register_checkpoint_type(kept)
