"""Buttons about workflows, before there is a run."""

from dataclasses import dataclass
from typing import ClassVar, Self

from cards.fields import Fields


@dataclass(frozen=True)
class StartExample:
    """Start a workflow with its example; `trial`: as a test run."""

    verb: ClassVar[str] = "start-example"
    workflow: str
    trial: bool = False
    automatic: bool = False

    def pack(self) -> dict[str, str]:
        return {"workflow": self.workflow} | ({"trial": "yes"} if self.trial else {})

    @classmethod
    def read(cls, fields: Fields) -> Self:
        return cls(fields.by_hand().id("workflow"), fields.optional_id("trial") == "yes")


@dataclass(frozen=True)
class ShowWorkflow:
    """Show what a workflow does, step by step."""

    verb: ClassVar[str] = "show-workflow"
    workflow: str
    automatic: bool = False

    def pack(self) -> dict[str, str]:
        return {"workflow": self.workflow}

    @classmethod
    def read(cls, fields: Fields) -> Self:
        return cls(fields.id("workflow"), fields.automatic)


@dataclass(frozen=True)
class ListWorkflows:
    """Show which workflows there are."""

    verb: ClassVar[str] = "list-workflows"
    automatic: bool = False

    def pack(self) -> dict[str, str]:
        return {}

    @classmethod
    def read(cls, fields: Fields) -> Self:
        return cls(fields.automatic)
