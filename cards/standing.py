"""Lines that say who decides a question, what they have answered so far, and what happens by itself."""

from cards.elements import Json, line, text_run
from cards.phrases import name, note
from cards.text import brief, moment
from cards.view import View
from orchestration.messages import REPLY, SKIP
from orchestration.model import Approval, Decision, Run, Verdict

MOST_VOTES = 12
"""Answers that are listed; the others are counted."""

_VOTED = {
    Verdict.APPROVE: ("✓", "approved", "Good"),
    Verdict.REQUEST_CHANGES: ("↻", "asked for changes", "Warning"),
    Verdict.REJECT: ("✗", "rejected", "Attention"),
}
_EXPIRY = {"approve": "it counts as approved", "reject": "it counts as rejected"}


def who(approval: Approval, run: Run, view: View) -> str:
    """Return the sentence that says who may decide."""
    words = [_rule(approval, run, view)]
    if view.person and view.person == approval.excluded:
        words.append("You started this run, so somebody else decides.")
    if approval.superiors:
        words.append(f"Escalated to {view.called(approval.superiors)}.")
    if approval.unreached:
        words.append(
            f"Not told yet, because they have not installed Signoff: {view.called(approval.unreached)}."
        )
    return " ".join(words)


def _rule(approval: Approval, run: Run, view: View) -> str:
    people, needed = approval.approvers, approval.needed
    does = "answer" if approval.kind == REPLY else "decide"
    if not people:
        return f"Whoever sees this may {does}." if needed <= 1 else f"{needed} people must approve."
    known = all(view.names.get(person) for person in people)
    if needed > 1:
        some = f"{needed} of {len(people)}" if needed < len(people) else f"All {len(people)}"
        return f"{some} must approve: {view.called(people)}." if known else f"{some} approvers must approve."
    if known:
        return f"{'Only ' if len(people) == 1 else ''}{view.called(people, last='or')} may {does}."
    if people == (run.requester.id,):
        return f"Only {name(run.requester)} may {does}."
    return (
        f"Only the named {'person' if approval.kind == REPLY else 'approver'} may {does}."
        if len(people) == 1
        else (f"Only the {len(people)} named approvers may decide.")
    )


def votes(approval: Approval, view: View) -> list[Json]:
    """Return the answers so far, and who is still asked."""
    if not approval.votes and not approval.handovers:
        return []
    rows = [_vote(vote, approval, view) for vote in approval.votes[:MOST_VOTES]]
    beyond = len(approval.votes) - MOST_VOTES
    return [
        *(note(_handover(approval, number, view)) for number in range(len(approval.handovers))),
        *([note(_count(approval), spacing="Medium")] if approval.votes and approval.needed > 1 else []),
        *rows,
        *([note(f"and {beyond} more")] if beyond > 0 else []),
        *([note(f"Waiting for {view.called(approval.waits_for)}.")] if approval.waits_for else []),
    ]


def _count(approval: Approval) -> str:
    approved = sum(vote.verdict is Verdict.APPROVE for vote in approval.votes)
    return f"{approved} of {approval.needed} have approved"


def _vote(vote: Decision, approval: Approval, view: View) -> Json:
    sign, word, color = _VOTED[vote.verdict]
    whose = f" for {view.called([vote.seat])}" if vote.seat else ""
    chose = f": {brief(approval.option_title(vote.option), 120)}" if vote.option else ""
    said = f", “{brief(vote.comment, 200)}”" if vote.comment else ""
    return line(
        text_run(f"{sign} {name(vote.by)}", color=color),
        text_run(f" {word}{whose}{chose}{said}, {moment(vote.at, view.zone)}", subtle=True),
        spacing="None",
    )


def _handover(approval: Approval, number: int, view: View) -> str:
    handover = approval.handovers[number]
    giver = "" if handover.by.id == handover.of else f" by {name(handover.by)}"
    of = f" from {view.called([handover.of])}" if handover.of else ""
    to = name(handover.to) if handover.to.name else view.called([handover.to.id])
    return f"Handed over{of} to {to}{giver}, {moment(handover.at, view.zone)}."


def times(approval: Approval, view: View) -> str:
    """Return what happens by itself and when, and that it is asked once more; with a space before it."""
    words = [" This is a reminder."] if approval.reminded and approval.pending else []
    if approval.escalate and approval.escalate_to:
        then = f"{view.called(approval.escalate_to[0])} will be asked as well"
        words.append(f" Without an answer by {moment(approval.escalate, view.zone)}, {then}.")
    if approval.expires:
        then = _EXPIRY.get(approval.on_expiry, "the run fails")
        if approval.kind == REPLY and approval.on_expiry in _EXPIRY:
            ends = approval.on_expiry == "reject" and SKIP not in approval.options
            then = "the conversation ends" if ends else "it goes on without an answer"
        words.append(f" Open until {moment(approval.expires, view.zone)}; then {then}.")
    return "".join(words)
