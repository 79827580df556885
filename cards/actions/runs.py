"""Buttons that change a run."""

from dataclasses import dataclass
from typing import ClassVar, Self

from cards.fields import Fields


@dataclass(frozen=True)
class _OfFailure:
    """A button under a failure. It is about that failure only: the run may have gone on and failed again."""

    run: str
    failure: str
    automatic: bool = False

    def pack(self) -> dict[str, str]:
        return {"run": self.run, "failure": self.failure}

    @classmethod
    def read(cls, fields: Fields) -> Self:
        return cls(fields.by_hand().id("run"), fields.id("failure"))


@dataclass(frozen=True)
class RetryRun(_OfFailure):
    """Start a new run with the input of a failed one."""

    verb: ClassVar[str] = "retry-run"


@dataclass(frozen=True)
class ResumeRun(_OfFailure):
    """Let a failed run go on from what was saved."""

    verb: ClassVar[str] = "resume-run"


@dataclass(frozen=True)
class StopRun:
    """End a run before it is done."""

    verb: ClassVar[str] = "stop-run"
    run: str
    automatic: bool = False

    def pack(self) -> dict[str, str]:
        return {"run": self.run}

    @classmethod
    def read(cls, fields: Fields) -> Self:
        return cls(fields.by_hand().id("run"))
