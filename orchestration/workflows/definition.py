"""What a workflow module says about itself, and what it is given to build with."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from agent_framework import SupportsChatGetResponse, Workflow

from orchestration.limits import USUAL, Limits
from orchestration.messages import Rule
from orchestration.model import Step


@dataclass(frozen=True)
class Means:
    """What workflows are built with."""

    client: SupportsChatGetResponse
    """The model."""
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

    @property
    def line(self) -> str:
        """What a person can type to start it."""
        return f"run {self.name} {self.example}"
