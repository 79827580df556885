"""A question put to people, and what they answer."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from orchestration.messages import REVIEW, Option
from orchestration.model.identity import Person, RunKey
from orchestration.prices import Money


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
    seat: str = ""
    """The Entra object id of the approver for whom somebody else answered; empty: for oneself."""
    values: str = ""
    """JSON: what was approved."""
    option: str = ""
    """The id of what was chosen."""

    @property
    def holder(self) -> str:
        """The approver as whose answer it counts."""
        return self.seat or self.by.id


@dataclass(frozen=True)
class Handover:
    """An approver's place went to somebody else."""

    of: str
    """The Entra object id of the approver who had it; empty: it was anybody's."""
    to: Person
    by: Person
    at: datetime


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
    """The one that settled it."""
    closed: datetime | None = None
    delivered: bool = False
    """The answer is part of a checkpoint."""
    expires: datetime | None = None
    """When nobody can answer any more; None: never."""
    on_expiry: str = "reject"
    """What counts then: approve or reject, or that the run fails: fail."""
    remind: datetime | None = None
    """When the question is asked once more; None: never, or often enough."""
    reminded: datetime | None = None
    elsewhere: tuple[str, ...] = ()
    """Further conversations where it is asked, because nothing reaches people in the first."""

    # What is asked

    kind: str = REVIEW
    """One of those in orchestration.messages."""
    subject: str = ""
    """The name of the tool, or of what the values are of."""
    proposed: str = ""
    """JSON: the values as the workflow proposed them."""
    before: str = ""
    """JSON: the values as they are."""
    schema: str = ""
    """JSON Schema of what people may give in place of the values; empty: they may change nothing."""
    options: tuple[Option, ...] = ()
    edited: str = ""
    """JSON: the values as an approver changed them; empty: nobody did."""
    grants: Money | None = None
    """What the run may cost more once this is approved; None: the workflow asks, and gets the answer."""

    # Who decides

    needed: int = 1
    """How many must approve."""
    excluded: str = ""
    """The Entra object id of the requester, if somebody else must decide."""
    comment_on_reject: bool = False
    votes: tuple[Decision, ...] = ()
    """The newest answer of each person so far."""
    heard: tuple[str, ...] = ()
    """Digests of the clicks and messages that counted, also of answers that people have changed since."""
    handovers: tuple[Handover, ...] = ()
    called: tuple[str, ...] = ()
    """Of the people named, those for whom somebody has looked whether they must be told in their own chat."""
    unreached: tuple[str, ...] = ()
    """Of those, who could not be told: they have no chat with the bot."""
    superiors: tuple[str, ...] = ()
    """Whom it was escalated to: any one of them decides alone."""

    # What happens by itself

    remind_every: float = 0.0
    """Seconds between reminders."""
    reminders: int = 0
    escalate: datetime | None = None
    """When it is put to the next of `escalate_to`."""
    escalate_every: float = 0.0
    """Seconds between one of them and the next."""
    escalate_to: tuple[tuple[str, ...], ...] = ()
    """Who is asked next, by Entra object id."""
    working_time: bool = False
    """Whether the seconds are counted in working hours only."""

    @property
    def key(self) -> RunKey:
        return RunKey(self.tenant, self.run)

    # ---- who ----------------------------------------------------------------------------

    @property
    def places(self) -> tuple[str, ...]:
        """Every conversation where it is asked."""
        return (self.conversation, *self.elsewhere)

    @property
    def responders(self) -> tuple[str, ...]:
        """Everybody who is named as somebody who may answer; empty: whoever sees the question."""
        return tuple(dict.fromkeys((*self.approvers, *self.superiors)))

    @property
    def waits_for(self) -> tuple[str, ...]:
        """Of those, who should still answer."""
        return self.silent if self.pending else ()

    @property
    def silent(self) -> tuple[str, ...]:
        """Of those, who has not answered."""
        answered = {vote.holder for vote in self.votes}
        return tuple(person for person in self.responders if person not in answered)

    def vote_of(self, person: str) -> Decision | None:
        """Return what somebody has answered so far, for oneself or for somebody else."""
        return next((vote for vote in self.votes if vote.by.id == person), None)

    # ---- what ---------------------------------------------------------------------------

    @property
    def values(self) -> str:
        """JSON: what is approved by approving now."""
        return self.edited or self.proposed

    def option_title(self, option: str) -> str:
        return next((each.title for each in self.options if each.id == option), option)

    # ---- how it stands --------------------------------------------------------------------

    @property
    def pending(self) -> bool:
        return self.status is ApprovalStatus.PENDING

    @property
    def undelivered(self) -> bool:
        return self.decision is not None and not self.delivered

    @property
    def timers(self) -> tuple[datetime, ...]:
        """When something happens to the question by itself."""
        return tuple(at for at in (self.expires, self.remind, self.escalate) if at) if self.pending else ()

    # ---- changes --------------------------------------------------------------------------

    def also_in(self, conversation: str) -> "Approval":
        return replace(self, elsewhere=(*self.elsewhere, conversation))

    def decided(self, decision: Decision) -> "Approval":
        return replace(self, status=decision.verdict.status, decision=decision, closed=decision.at)

    def expired(self, decision: Decision | None, at: datetime) -> "Approval":
        """Nobody answered in time; `decision` is what counts in place of an answer."""
        return replace(self, status=ApprovalStatus.TIMED_OUT, decision=decision, closed=at)

    def later(self, by: timedelta) -> "Approval":
        """Give people the time again in which nobody could answer."""
        expires, remind = self.expires and self.expires + by, self.remind and self.remind + by
        return replace(self, expires=expires, remind=remind, escalate=self.escalate and self.escalate + by)

    def cancelled(self, at: datetime) -> "Approval":
        return replace(self, status=ApprovalStatus.CANCELLED, closed=at)
