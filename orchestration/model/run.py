"""One execution of a workflow, and its steps."""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from orchestration.limits import Spent
from orchestration.model.checkpoint import Checkpoint
from orchestration.model.identity import Person, RunKey
from orchestration.model.usage import MADE_UP, NOTHING_USED, Share, Shares, Usage, used
from orchestration.prices import Money


@dataclass(frozen=True)
class Step:
    """One step of a workflow: the executor's id and what people call it."""

    id: str
    title: str
    fallback: str = ""
    """What is done in its place when it has failed for good, for people; "": then the run fails."""
    role: bool = False
    """Whether it is somebody who works when called, in any order and perhaps not at all."""


class RunStatus(StrEnum):
    """Where a run stands, in the words that people read."""

    QUEUED = "queued"
    RUNNING = "running"
    TRYING_AGAIN = "trying again"
    WAITING = "waiting"
    COMPLETED = "completed"
    REJECTED = "rejected"
    FAILED = "failed"
    CANCELLED = "cancelled"


ENDED = frozenset({RunStatus.COMPLETED, RunStatus.REJECTED, RunStatus.FAILED, RunStatus.CANCELLED})


@dataclass(frozen=True)
class Run:
    """One execution of a workflow. Every write to its partition replaces this record at its `version`."""

    tenant: str
    id: str
    workflow: str
    workflow_version: int
    workflow_title: str
    title: str
    """The first words of the input."""
    steps: tuple[Step, ...]
    requester: Person
    conversation: str
    """Where it was started, and where its cards go."""
    started: datetime
    changed: datetime
    model: str
    """The model that writes for it; "demo" means canned text."""
    status: RunStatus = RunStatus.QUEUED
    step: str = ""
    approvers: tuple[str, ...] = ()
    """Entra object ids, captured at the start; empty: everybody who sees the question where it was asked."""
    zone: str = ""
    """IANA name of the requester's time zone, in which its cards show times; empty: UTC."""
    asked: tuple[str, ...] = ()
    """Entra object ids of everybody whom its questions name or named."""
    answers: tuple[float, ...] = ()
    """Seconds that people took for each of their newest answers."""
    worker: str = ""
    """Who advances it now; empty: nobody."""
    epoch: int = 0
    """Grows with every claim. A worker with an older epoch writes nothing more."""
    attempts: int = 0
    """Claims since the last checkpoint. A step that kills its process must not do so for ever."""
    tries: int = 0
    """How often the current step has failed in a way that may pass."""
    again: datetime | None = None
    """When it is tried again."""
    trouble: str = ""
    """Why it is tried again."""
    worked: float = 0.0
    """Seconds that its steps have worked. Waiting does not count."""
    spent: Spent = ()
    """The same for each step, over its whole life: resuming it begins nothing anew."""
    since: datetime | None = None
    """When it came to where it is: the current step began, or people were asked."""
    superstep: int = 0
    """Supersteps that came to their end."""
    diverted: tuple[str, ...] = ()
    """Steps that failed for good, and in whose place their fallback works."""
    checkpoint: int = 0
    """Number of the checkpoint that holds the state to go on from; 0: none yet."""
    sequence: int = 0
    """Number of the newest entry in the log of checkpoints. The next one is one more, or somebody else's."""
    events: int = 0
    failures: int = 0
    failed_step: str = ""
    """The title of the step that failed last."""
    failed_cause: str = ""
    """The kind of error, for statistics."""
    due: datetime | None = None
    """When somebody must look at it next; None: not before somebody answers."""
    ended: datetime | None = None
    usage: Usage = NOTHING_USED
    shares: Shares = ()
    """The same for each step and model, with what it cost; less for runs from before that was counted."""
    ceiling: Money | None = None
    """What people have allowed it to cost; None: nobody was asked, and the budget of its workflow holds."""
    graph: str = ""
    """Agent Framework's hash of the workflow graph that wrote the checkpoints."""
    retry_of: str = ""
    origin: int = 0
    """The checkpoint of `retry_of` from which it started; 0: from the beginning."""
    successor: str = ""
    """The id of the run that a retry of this one started."""
    successor_origin: int = 0
    """The checkpoint from which it was to start; 0: from the beginning."""
    retried_by: Person | None = None
    source: str = ""
    """Names the message, or the run retried, that started it: the same source is the same run."""
    version: int = 0
    trial: bool = False
    """Whether it is a test run whose questions go to whoever started it, and to nobody else."""

    @property
    def key(self) -> RunKey:
        return RunKey(self.tenant, self.id)

    def reached(self, checkpoint: Checkpoint) -> "Run":
        """Return the run as far as this checkpoint of its log got."""
        return replace(
            self,
            checkpoint=checkpoint.state,
            sequence=checkpoint.number,
            step=checkpoint.step,
            changed=checkpoint.at,
            usage=checkpoint.usage,
            shares=checkpoint.shares,
            worked=checkpoint.worked,
            spent=checkpoint.spent,
            since=checkpoint.at,
            superstep=checkpoint.superstep,
            attempts=0 if checkpoint.data else self.attempts,
            tries=0 if checkpoint.data else self.tries,
        )

    def as_far_as(self, other: "Run") -> "Run":
        """Return this record with the progress of the other: all that a checkpoint alone can tell."""
        return replace(
            self,
            checkpoint=other.checkpoint,
            sequence=other.sequence,
            step=other.step,
            changed=other.changed,
            usage=other.usage,
            shares=other.shares,
            worked=other.worked,
            spent=other.spent,
            since=other.since,
            superstep=other.superstep,
            attempts=other.attempts,
            tries=other.tries,
        )

    def repeated(self, *, id: str, source: str, by: Person, at: datetime, origin: int = 0) -> "Run":
        """Return a new run of the same workflow with the same input, started by whoever retries."""
        return Run(
            tenant=self.tenant,
            id=id,
            source=source,
            workflow=self.workflow,
            workflow_version=self.workflow_version,
            workflow_title=self.workflow_title,
            title=self.title,
            steps=self.steps,
            requester=by,
            conversation=self.conversation,
            started=at,
            changed=at,
            model=self.model,
            approvers=self.approvers,
            zone=self.zone,
            retry_of=self.id,
            origin=origin,
            trial=self.trial,
        )

    @property
    def asked_of_models(self) -> Shares:
        """Its shares, but for those of the demo model.

        What was counted before there were shares belongs to no step, and its cost is not known.
        """
        rest = self.usage - used(self.shares)
        before = Share("", self.model, rest.calls, rest.input_tokens, rest.output_tokens)
        shares = (*self.shares, before) if rest.calls else self.shares
        return tuple(share for share in shares if share.model != MADE_UP)

    @property
    def short_id(self) -> str:
        """The last part of the id, enough to name a run in chat."""
        return short_id(self.id)

    @property
    def over(self) -> bool:
        return self.status in ENDED

    @property
    def position(self) -> int:
        """The current step counted from 1; 0 before the first."""
        return position_of(self.steps, self.step)

    @property
    def step_title(self) -> str:
        return next((step.title for step in self.steps if step.id == self.step), self.step)


def short_id(run_id: str) -> str:
    """Return the last part of a run's id."""
    return run_id.rsplit("-", 1)[-1]


def position_of(steps: tuple[Step, ...], step: str) -> int:
    """Return the position of a step counted from 1; 0 if it is not among them."""
    return next((number for number, known in enumerate(steps, 1) if known.id == step), 0)
