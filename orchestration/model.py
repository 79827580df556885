"""The records of a run as frozen values. A change is a named method that returns a new value."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NamedTuple


class RunKey(NamedTuple):
    """Where all records of a run live: the partition."""

    tenant: str
    run: str


@dataclass(frozen=True)
class Person:
    """Somebody in a tenant. `id` is the Entra object id; the name is for reading, never to decide by."""

    tenant: str
    id: str
    name: str


SIGNOFF = "Signoff"
"""The name under which the program itself decides, when a time has passed."""


@dataclass(frozen=True)
class Step:
    """One step of a workflow: the executor's id and what people call it."""

    id: str
    title: str
    fallback: str = ""
    """What is done in its place when it has failed for good, for people; "": then the run fails."""


@dataclass(frozen=True)
class Usage:
    """What the models were asked so far."""

    calls: int = 0
    input_tokens: int = 0
    output_tokens: int = 0

    def __add__(self, other: "Usage") -> "Usage":
        return Usage(
            self.calls + other.calls,
            self.input_tokens + other.input_tokens,
            self.output_tokens + other.output_tokens,
        )


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
    due: datetime | None = None
    """When somebody must look at it next; None: not before somebody answers."""
    ended: datetime | None = None
    usage: Usage = Usage()
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

    @property
    def key(self) -> RunKey:
        return RunKey(self.tenant, self.id)

    def reached(self, checkpoint: "Checkpoint") -> "Run":
        """Return the run as far as this checkpoint of its log got."""
        return replace(
            self,
            checkpoint=checkpoint.state,
            sequence=checkpoint.number,
            step=checkpoint.step,
            changed=checkpoint.at,
            usage=checkpoint.usage,
            worked=checkpoint.worked,
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
            worked=other.worked,
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
            retry_of=self.id,
            origin=origin,
        )

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


class ApprovalStatus(StrEnum):
    """Where a question stands."""

    PENDING = "pending"
    APPROVED = "approved"
    CHANGES_REQUESTED = "changes requested"
    REJECTED = "rejected"
    CANCELLED = "cancelled"
    TIMED_OUT = "timed out"


class Verdict(StrEnum):
    """What a person can answer. The values are those of orchestration.messages."""

    APPROVE = "approve"
    REQUEST_CHANGES = "request_changes"
    REJECT = "reject"

    @property
    def status(self) -> ApprovalStatus:
        return {
            Verdict.APPROVE: ApprovalStatus.APPROVED,
            Verdict.REQUEST_CHANGES: ApprovalStatus.CHANGES_REQUESTED,
            Verdict.REJECT: ApprovalStatus.REJECTED,
        }[self]


@dataclass(frozen=True)
class Decision:
    """What one person answered. `source` names the click or message, so that its repetition is recognised."""

    verdict: Verdict
    comment: str
    by: Person
    at: datetime
    source: str


@dataclass(frozen=True)
class Approval:
    """A question put to people and, later, its answer. `id` is Agent Framework's request id."""

    id: str
    tenant: str
    run: str
    title: str
    text: str
    step: str
    asked: datetime
    conversation: str
    revision: int = 1
    last_revision: int = 0
    approvers: tuple[str, ...] = ()
    status: ApprovalStatus = ApprovalStatus.PENDING
    decision: Decision | None = None
    closed: datetime | None = None
    delivered: bool = False
    """The answer is part of a checkpoint."""
    expires: datetime | None = None
    """When nobody can answer any more; None: never."""
    on_expiry: str = "reject"
    """What counts then: approve or reject, or that the run fails: fail."""
    remind: datetime | None = None
    """When the question is asked once more; None: never, or it was."""
    reminded: datetime | None = None
    elsewhere: tuple[str, ...] = ()
    """Further conversations where it is asked, because nothing reaches people in the first."""

    @property
    def places(self) -> tuple[str, ...]:
        """Every conversation where it is asked."""
        return (self.conversation, *self.elsewhere)

    def also_in(self, conversation: str) -> "Approval":
        return replace(self, elsewhere=(*self.elsewhere, conversation))

    @property
    def key(self) -> RunKey:
        return RunKey(self.tenant, self.run)

    @property
    def pending(self) -> bool:
        return self.status is ApprovalStatus.PENDING

    @property
    def undelivered(self) -> bool:
        return self.decision is not None and not self.delivered

    def decided(self, decision: Decision) -> "Approval":
        return replace(self, status=decision.verdict.status, decision=decision, closed=decision.at)

    def expired(self, decision: Decision | None, at: datetime) -> "Approval":
        """Nobody answered in time; `decision` is what counts in place of an answer."""
        return replace(self, status=ApprovalStatus.TIMED_OUT, decision=decision, closed=at)

    def later(self, by: timedelta) -> "Approval":
        """Give people the time again in which nobody could answer."""
        expires, remind = self.expires and self.expires + by, self.remind and self.remind + by
        return replace(self, expires=expires, remind=remind)

    @property
    def timers(self) -> tuple[datetime, ...]:
        """When something happens to the question by itself."""
        return tuple(at for at in (self.expires, self.remind) if at) if self.pending else ()

    def cancelled(self, at: datetime) -> "Approval":
        return replace(self, status=ApprovalStatus.CANCELLED, closed=at)


class Remedy(StrEnum):
    """What was done about a failure."""

    NONE = ""
    RESUMED = "resumed"
    RETRIED = "retried"
    CANCELLED = "cancelled"


@dataclass(frozen=True)
class Failure:
    """Why an attempt stopped."""

    id: str
    step: str
    step_title: str
    position: int
    total: int
    reason: str
    cause: str
    """The kind of error, for statistics."""
    at: datetime
    kept: str
    """A sentence about what is saved."""
    resumable: bool = True
    remedy: Remedy = Remedy.NONE
    remedied_by: Person | None = None
    remedied_at: datetime | None = None
    successor: str = ""
    """The run that a retry started."""

    @property
    def open(self) -> bool:
        return self.remedy is Remedy.NONE


RUN_CARD, RESULT_CARD = "run", "result"


@dataclass(frozen=True)
class Posting:
    """One card shown in one conversation: which version of its record it shows, and which it should show."""

    id: str
    about: str
    """"run", "result", or the id of an approval or a failure."""
    conversation: str
    at: datetime
    wanted: int = 1
    shown: int = 0
    activity: str = ""
    """The id of the message in the channel; empty: not posted yet."""
    attempts: int = 0
    """How often somebody began to post it."""
    sender: str = ""
    """The worker that began to post it and has not said what came of it."""
    tried: datetime | None = None
    """When it was last begun."""
    trouble: str = ""
    """Why it can never be delivered; empty: no such reason."""
    retired: bool = False
    """A newer card of the same record stands further down in the same conversation."""
    step: str = ""
    """The card of a run: the step it shows. Progress is read from there, so that it costs no write here."""
    instead: bool = False
    """It is here because nothing reaches people in the conversation where it belongs."""

    @property
    def settled(self) -> bool:
        """Whether it shows its record as it is, but for the progress of the run."""
        return bool(self.trouble) or self.shown >= self.wanted

    def stale(self) -> "Posting":
        return replace(self, wanted=self.wanted + 1)

    def retire(self) -> "Posting":
        return replace(self.stale(), retired=True)


@dataclass(frozen=True)
class Event:
    """One line of the audit trail."""

    number: int
    at: datetime
    what: str
    by: Person | None = None
    about: str = ""
    detail: str = ""


@dataclass(frozen=True)
class Checkpoint:
    """One entry of a run's log: the state saved at a superstep boundary, and how far the run was.

    The number is the fence: nobody can write the same one again. Who takes a run over, or ends it for its
    worker, writes an entry without data, and the worker that lost the run can save nothing more.
    """

    number: int
    at: datetime
    step: str
    data: bytes = b""
    """The state, opaque here; empty: the entry stands for the state of an earlier one."""
    sources: tuple[int, ...] = ()
    """The numbers of the earlier entries that the state refers to."""
    blobs: tuple[str, ...] = ()
    """The digests of the large contents that it refers to."""
    of: int = 0
    """Without data: the number of the entry with the state; 0: there is none yet."""
    usage: Usage = Usage()
    """What the models were asked so far, in the whole run."""
    worked: float = 0.0
    superstep: int = 0
    waits: tuple[str, ...] = ()
    """The ids of the questions that wait in this state."""
    outputs: tuple[tuple[str, bool], ...] = ()
    """(text, accepted) of each result so far: Agent Framework keeps no outputs in its own."""

    @property
    def state(self) -> int:
        """The number of the entry that holds the state."""
        return self.number if self.data else self.of


@dataclass(frozen=True)
class Saved:
    """A saved state in words: after which step, when, and what waits in it."""

    number: int
    superstep: int
    at: datetime
    step: str
    waits: tuple[str, ...]
    """The titles of the questions."""
    preview: str
    """The first words of what they are about."""


@dataclass(frozen=True)
class Place:
    """A conversation that the bot can talk to. `reference` is the channel's own JSON for it, kept as text."""

    tenant: str
    conversation: str
    kind: str
    """personal, groupChat or channel."""
    reference: str
    person: str = ""
    """Whose personal chat with the bot it is, by Entra object id; in other kinds empty."""
