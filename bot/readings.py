"""What typed words mean for one question. Pure."""

from orchestration.messages import BUDGET, DECISION, INPUT
from orchestration.model import Approval, Verdict
from orchestration.wording import quoted


def option_of(approval: Approval, text: str) -> str:
    """Return the id of the option that somebody wrote, by its number or its words; "": none.

    Only of a choice: in a conversation “1” is an answer like any other.
    """
    if approval.kind != DECISION:
        return ""
    said = text.strip().rstrip(".!").casefold()
    for number, option in enumerate(approval.options, 1):
        if said in {str(number), option.title.strip().casefold(), option.id.casefold()}:
            return option.id
    return ""


def needs_card(approval: Approval, verdict: Verdict, option: str) -> str:
    """Return the sentence for an answer that words cannot give; "": they can."""
    if verdict is Verdict.REJECT:
        return ""
    if approval.kind == BUDGET and verdict is Verdict.REQUEST_CHANGES:
        return "Please answer with approve or reject: there is nothing to change here."
    if approval.kind == INPUT:
        return "This question has a form. Please fill it in on its card."
    if approval.kind == DECISION and not option:
        titles = ", ".join(quoted(each.title) for each in approval.options)
        return f"Please choose one of {titles}: on the card, or by writing it here."
    return ""
