"""A question put to people, and what they answer."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from orchestration.model.identity import Person, RunKey


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
