"""What is done after an approval: checked against what was approved, and recorded with the checkpoint."""

import json
from contextvars import ContextVar
from dataclasses import dataclass, field

from orchestration.errors import StepError
from orchestration.messages import APPROVE, Answer
from orchestration.values import canonical, digest


@dataclass(frozen=True)
class Executed:
    """Something that was approved was done, with these values."""

    what: str
    values: str


@dataclass
class Executions:
    """What the steps of one attempt have done since its last checkpoint."""

    done: list[Executed] = field(default_factory=list[Executed])

    def taken(self) -> tuple[Executed, ...]:
        """Return what was done, once."""
        taken, self.done = tuple(self.done), []
        return taken


_executions: ContextVar[Executions] = ContextVar("executions")


def recording() -> Executions:
    """Begin to record in this context what its steps do."""
    executions = Executions()
    _executions.set(executions)
    return executions


def approved(answer: Answer, what: str, values: object) -> Executed:
    """Say that a step does now, with these values, what people have approved. Call it before doing it.

    It is recorded with the step's checkpoint; a step that a crash repeats does it again, under the same
    idempotency key. Raises StepError when it was not approved, or with other values.
    """
    said = canonical(values)
    if answer.verdict != APPROVE or not answer.values:
        raise StepError(f"{what} was not approved, so it was not done.")
    if digest(said) != answer.digest or digest(canonical(json.loads(answer.values))) != answer.digest:
        raise StepError(f"{what} was to be done with other values than were approved, so it was not done.")
    executed = Executed(what, said)
    _executions.get().done.append(executed)
    return executed


def refused(executed: Executed) -> None:
    """Say that it was not done after all, because whoever was to do it has refused: it is not on record."""
    _executions.get().done.remove(executed)
