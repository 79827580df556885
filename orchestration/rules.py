"""Who may do what with a run or a question. Decided from stored records, never from what a card says."""

import hashlib
from collections import Counter
from collections.abc import Collection, Container
from dataclasses import dataclass, replace

from orchestration.errors import NotAllowedError
from orchestration.messages import REPLY
from orchestration.model import Approval, Decision, Person, Run, Verdict


def base(conversation: str) -> str:
    """Return the id of the chat or channel without the thread.

    Teams names a channel thread "<channel>;messageid=<root>", and leaves the thread out in some activities.
    """
    return conversation.split(";", 1)[0]


def same_place(one: str, other: str) -> bool:
    """Whether two conversation ids name the same chat or channel."""
    return base(one) == base(other)


# ---- questions ----------------------------------------------------------------------------------


def seat_of(approval: Approval, person: Person, conversation: str, represented: Collection[str] = ()) -> str:
    """Return as whose answer that of a person counts: an Entra object id.

    `represented` are those who are away and have named this person to answer for them. A person has one
    voice, also when they stand in for others. Raises NotAllowedError with a sentence for the person.
    """
    if person.tenant != approval.tenant:
        raise NotAllowedError("This question does not exist, or not for you.")
    if person.id == approval.excluded:
        raise NotAllowedError("You started this run, so somebody else has to decide. Nothing was changed.")
    if vote := approval.vote_of(person.id):
        return vote.holder
    if not approval.responders:
        return _seat_where_asked(approval, person, conversation)
    return _named_seat(approval, person, represented)


def _seat_where_asked(approval: Approval, person: Person, conversation: str) -> str:
    if any(same_place(conversation, place) for place in approval.places):
        return person.id
    raise NotAllowedError(
        "This can only be decided in the conversation where it was asked. Nothing was changed."
    )


def _named_seat(approval: Approval, person: Person, represented: Collection[str]) -> str:
    if person.id in approval.responders:
        return person.id
    free = [seat for seat in approval.silent if seat in represented]
    if free:
        return free[0]
    if any(seat in represented for seat in approval.responders):
        raise NotAllowedError("The approver you stand in for has answered already. Nothing was changed.")
    if any(handover.of == person.id for handover in approval.handovers):
        raise NotAllowedError("You handed this question over, so nothing was changed.")
    if approval.kind == REPLY:
        raise NotAllowedError("This question is for somebody else, so nothing was changed.")
    raise NotAllowedError("You are not one of the approvers of this question, so nothing was changed.")


def verdict_of(approval: Approval) -> Verdict | None:
    """Return what the answers so far come to; None: more answers are needed.

    A request for changes, and the word of somebody it was escalated to, settle it at once. Else it is
    approved when enough approve the same, and rejected when that cannot be reached any more.
    """
    for vote in approval.votes:
        if (
            vote.verdict is Verdict.REQUEST_CHANGES
            or vote.holder in approval.superiors
            or approval.needed <= 1
        ):
            return vote.verdict
    if _most_agreeing(approval.votes) >= approval.needed:
        return Verdict.APPROVE
    rejected = sum(vote.verdict is Verdict.REJECT for vote in approval.votes)
    return Verdict.REJECT if rejected >= _rejections(approval) else None


def _most_agreeing(votes: Collection[Decision]) -> int:
    """How many approve the same option; without options, how many approve."""
    counts = Counter(vote.option for vote in votes if vote.verdict is Verdict.APPROVE)
    return max(counts.values(), default=0)


def _rejections(approval: Approval) -> int:
    """How many must reject. Nobody knows how many will see a question without named approvers."""
    known = len(approval.approvers)
    return known - approval.needed + 1 if known else approval.needed


def counted(approval: Approval, decision: Decision) -> Approval:
    """Return the question with one more answer, in place of what was answered by or for the same person.

    Whoever approves other values changes what is approved: what others approved does not count any more.
    """
    changed = decision.verdict is Verdict.APPROVE and decision.values != approval.values
    others = [
        vote for vote in approval.votes if vote.by.id != decision.by.id and vote.holder != decision.holder
    ]
    kept = [vote for vote in others if not changed or vote.verdict is not Verdict.APPROVE]
    return replace(
        approval,
        votes=(*kept, decision),
        heard=(*approval.heard, mark(decision.source)),
        edited=decision.values if changed else approval.edited,
    )


def glance(approval: Approval) -> str:
    """Return a short name for the values that a card shows now; empty when there are none."""
    return mark(approval.values) if approval.values else ""


def mark(source: str) -> str:
    """Return a short digest by which a click, a message or a value is recognised."""
    return hashlib.blake2b(source.encode(errors="surrogatepass"), digest_size=9).hexdigest()


@dataclass(frozen=True)
class Rights:
    """What somebody may do with an open question."""

    decide: bool = False
    hand_over: bool = False
    withdraw: bool = False
    remind: bool = False


def may_hand_over(run: Run, person: Person, of: str, administrators: Container[str] = ()) -> bool:
    """Approvers may hand over their own place; the requester and administrators that of anybody."""
    return person.tenant == run.tenant and (person.id == of or _manages(run, person, administrators))


def may_withdraw(run: Run, person: Person, administrators: Container[str] = ()) -> bool:
    """The requester and administrators may take a question back."""
    return person.tenant == run.tenant and _manages(run, person, administrators)


def may_remind(approval: Approval, run: Run, person: Person, administrators: Container[str] = ()) -> bool:
    """Whoever waits for the answer, or has given theirs, may have it asked once more."""
    asked = person.tenant == run.tenant and person.id in approval.responders
    return asked or may_withdraw(run, person, administrators)


def _manages(run: Run, person: Person, administrators: Container[str]) -> bool:
    return person.id == run.requester.id or person.id in administrators


# ---- runs ---------------------------------------------------------------------------------------


def may_act(run: Run, person: Person, conversation: str, administrators: Container[str] = ()) -> bool:
    """The requester, the approvers and administrators may stop, retry and resume a run."""
    if person.tenant != run.tenant:
        return False
    if _manages(run, person, administrators):
        return True
    return person.id in run.approvers if run.approvers else same_place(conversation, run.conversation)


def may_see(run: Run, person: Person, conversation: str, administrators: Container[str] = ()) -> bool:
    """Who may act, who was asked, and everybody where the cards of the run are."""
    if person.tenant != run.tenant:
        return False
    return (
        person.id in run.asked
        or same_place(conversation, run.conversation)
        or may_act(run, person, conversation, administrators)
    )
