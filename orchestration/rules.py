"""Who may do what with a run or a question. Decided from stored records, never from what a card says."""

from collections.abc import Container

from orchestration.model import Approval, Person, Run


def base(conversation: str) -> str:
    """Return the id of the chat or channel without the thread.

    Teams names a channel thread "<channel>;messageid=<root>", and leaves the thread out in some activities.
    """
    return conversation.split(";", 1)[0]


def same_place(one: str, other: str) -> bool:
    """Whether two conversation ids name the same chat or channel."""
    return base(one) == base(other)


def may_decide(approval: Approval, person: Person, conversation: str) -> bool:
    """Approvers named when the run started; without any, whoever sees the question where it is asked."""
    here = any(same_place(conversation, place) for place in approval.places)
    if person.tenant != approval.tenant or not here:
        return False
    return not approval.approvers or person.id in approval.approvers


def may_act(run: Run, person: Person, conversation: str, administrators: Container[str] = ()) -> bool:
    """The requester, the approvers and administrators may stop, retry and resume a run."""
    if person.tenant != run.tenant:
        return False
    if person.id == run.requester.id or person.id in administrators:
        return True
    return person.id in run.approvers if run.approvers else same_place(conversation, run.conversation)


def may_see(run: Run, person: Person, conversation: str, administrators: Container[str] = ()) -> bool:
    """Who may act may see, and so may everybody in the conversation where the cards of the run are."""
    if person.tenant != run.tenant:
        return False
    return same_place(conversation, run.conversation) or may_act(run, person, conversation, administrators)
