"""What a workflow module says about itself, and what it is given to build with."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from agent_framework import Agent, ContextProvider, SupportsChatGetResponse, Workflow

from orchestration.agents.memory import Scope
from orchestration.agents.services import Services
from orchestration.limits import USUAL, Limits
from orchestration.messages import APPROVE, REJECT, REQUESTER, Rule
from orchestration.model import Step
from orchestration.workflows.translation import PLAIN, Translation


def _nothing(_name: str) -> Sequence[ContextProvider]:
    return ()


@dataclass(frozen=True)
class Means:
    """What workflows are built with."""

    client: SupportsChatGetResponse
    """The model of every role that has none of its own."""
    clients: Mapping[str, SupportsChatGetResponse] = field(default_factory=dict[str, SupportsChatGetResponse])
    """The models of roles, by the names of the agents."""
    memories: Callable[[str], Sequence[ContextProvider]] = _nothing
    """What an agent of this name remembers from earlier runs."""
    services: Services = field(default_factory=Services)
    """The other programs that workflows may ask."""
    max_revisions: int = 5
    """How many drafts a person may see before the run fails."""
    remind_after: timedelta = timedelta()
    """How long a question waits until it is asked once more; zero: no reminder."""
    expire_after: timedelta = timedelta()
    """How long a question waits until it counts as rejected; zero: for ever."""
    rule: Rule | None = None
    """Who decides the questions of this workflow; None: any approver of the run, with the times above."""
    diverted: frozenset[str] = frozenset()
    """Steps that have failed for good in this run: build their fallback under the same id."""

    @property
    def usual_rule(self) -> Rule:
        """Who decides what this workflow asks: as the policy says, or any approver of the run."""
        times = (self.expire_after.total_seconds(), self.remind_after.total_seconds())
        return self.rule or Rule(expires_after=times[0], remind_after=times[1])

    @property
    def requester_rule(self) -> Rule:
        """For what only whoever started the run can say. Of the policy only times hold: silence is no yes."""
        usual = self.usual_rule
        return Rule(
            approvers=(REQUESTER,),
            own=True,
            expires_after=usual.expires_after,
            on_expiry=REJECT if usual.on_expiry == APPROVE else usual.on_expiry,
            remind_after=usual.remind_after,
            working_time=usual.working_time,
        )

    def agent(self, name: str, instructions: str, **how: Any) -> Agent:
        """Return an agent in a role: with its model and its memory. `how` is for the framework."""
        return Agent(
            client=self.clients.get(name, self.client),
            name=name,
            instructions=instructions,
            context_providers=[*self.memories(name)],
            **how,
        )


def _plain(_means: Means) -> Translation:
    return PLAIN


@dataclass(frozen=True)
class Definition:
    """A workflow: its name in chat, its steps in words for people, and how to build its graph."""

    name: str
    version: int
    title: str
    example: str
    """An input that shows what it is for."""
    steps: tuple[Step, ...]
    """In the order people think of them; the ids are those of the executors."""
    build: Callable[[Means], Workflow]
    limits: Limits = USUAL
    about: str = ""
    """What it does, in a sentence or two."""
    harmless: bool = False
    """Whether a run does nothing outside of the chat: then whoever tries it out decides alone."""
    asks_requester: bool = False
    """Whether whatever its steps ask goes to whoever started the run: `Means.requester_rule`."""
    remembers: tuple[str, ...] = ()
    """The names of the agents that keep notes for later runs. The same name is the same memory."""
    memory_scope: Scope = "project"
    """Who shares notes: the runs of one person, those of one chat or channel, or all runs of the tenant."""
    translation: Callable[[Means], Translation] = _plain
    """How its questions and results become ours, if its graph is made by one of the framework's builders."""

    @property
    def line(self) -> str:
        """What a person can type to start it."""
        return f"run {self.name} {self.example}"
