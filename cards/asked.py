"""What a question asks beside its text: values, options, a form; and the words of its buttons."""

import json
from collections.abc import Mapping
from dataclasses import dataclass

from cards.elements import Json, choice_input
from cards.fields import OPTION
from orchestration.messages import DATA, DECISION, INPUT, PLAN, REVIEW, TOOL
from orchestration.model import Approval


@dataclass(frozen=True)
class Words:
    """What the buttons of a kind of question say; empty: there is no such button."""

    approve: str
    change: str
    reject: str
    hint: str
    """What the empty comment says."""


_WHY = "Why, or what should be different (optional)"
_WORDS = {
    REVIEW: Words("Approve", "Request changes", "Reject", "What should change, or why (optional)"),
    PLAN: Words("Approve plan", "Request changes", "Reject", "What should change, or why (optional)"),
    DATA: Words("Approve", "Request changes", "Reject", _WHY),
    TOOL: Words("Approve", "", "Reject", _WHY),
    DECISION: Words("Choose", "", "None of these", _WHY),
    INPUT: Words("Send", "", "Decline", _WHY),
}


def open_words(approval: Approval) -> Words:
    """Return what the buttons of an open question say."""
    return _WORDS.get(approval.kind, _WORDS[REVIEW])


def asked(approval: Approval) -> list[Json]:
    """Return the values that the question is about."""
    return []


def inputs(approval: Approval) -> list[Json]:
    """Return the inputs that an answer needs, beside the comment."""
    if approval.kind == DECISION:
        options = [(_option(each.title, each.hint), each.id) for each in approval.options]
        return [choice_input(OPTION, "Your choice", options, error="Choose one of these.", required=False)]
    return []


def form(approval: Approval) -> list[Json]:
    """Return the values as inputs, beginning with those that there are."""
    return []


def filled_in(approval: Approval, data: Mapping[str, object]) -> object:
    """Return the values that somebody put into the form. Raises InvalidInputError."""
    return {}


def _option(title: str, hint: str) -> str:
    return f"{title}: {hint}" if hint else title


def held(text: str) -> object:
    """Return the value that JSON holds; None when there is none."""
    return json.loads(text) if text else None
