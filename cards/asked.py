"""What a question asks beside its text: values, options, a form; and the words of its buttons."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import cast

from cards import forms
from cards.elements import Json, choice_input, line, text_run
from cards.fields import OPTION
from cards.phrases import NAME
from cards.text import brief
from cards.values import arguments, arguments_text, changes, changes_text
from orchestration.forms import Form, form_of
from orchestration.messages import BUDGET, DATA, DECISION, INPUT, PLAN, REPLY, REVIEW, TOOL
from orchestration.model import Approval
from orchestration.values import titled


@dataclass(frozen=True)
class Words:
    """What the buttons of a kind of question say; empty: there is no such button."""

    approve: str
    change: str
    reject: str
    hint: str
    """What the empty comment says."""
    comment: str = "Comment"
    """What the comment is called."""


_WHY = "Why, or what should be different (optional)"
_WORDS = {
    REVIEW: Words("Approve", "Request changes", "Reject", "What should change, or why (optional)"),
    PLAN: Words("Approve plan", "Request changes", "Reject", "What should change, or why (optional)"),
    DATA: Words("Approve", "Request changes", "Reject", _WHY),
    TOOL: Words("Approve", "", "Reject", _WHY),
    DECISION: Words("Choose", "", "None of these", _WHY),
    INPUT: Words("Send", "", "Decline", _WHY),
    BUDGET: Words("Go on", "", "End the run", "Why (optional)"),
    REPLY: Words("Send", "", "", "Write it here, or as a message in this conversation", "Your answer"),
}


def open_words(approval: Approval) -> Words:
    """Return what the buttons of an open question say."""
    words = _WORDS.get(approval.kind, _WORDS[REVIEW])
    if approval.kind == REPLY and approval.options:
        return replace(words, reject=brief(approval.options[0].title, NAME))
    return words


def asked(approval: Approval) -> tuple[list[Json], bool]:
    """Return the values that the question is about, and whether there are more than fit."""
    values = _values(approval)
    match approval.kind:
        case "tool":
            tool = brief(titled(approval.subject), NAME) if approval.subject else "A tool"
            parts, cut = arguments(values, _titles(approval))
            return [line(text_run(tool, bold=True), " with these values:"), *parts], cut
        case "data":
            return changes(_object(approval.before), values, _titles(approval))
        case "input" if not approval.pending and values:
            return arguments(values, _titles(approval))
        case _:
            return [], False


def asked_text(approval: Approval) -> str:
    """Return the text of a question and all its values, for its pages."""
    match approval.kind:
        case "tool" | "input":
            values = arguments_text(_values(approval), _titles(approval))
        case "data":
            values = changes_text(_object(approval.before), _values(approval), _titles(approval))
        case "reply" if approval.decision and approval.decision.comment:
            values = f"{approval.decision.by.name}: {approval.decision.comment}"
        case _:
            values = ""
    return "\n\n".join(part for part in (approval.text, values) if part)


def inputs(approval: Approval) -> list[Json]:
    """Return the inputs that an answer needs, beside the comment."""
    if approval.kind == DECISION:
        options = [(_option(each.title, each.hint), each.id) for each in approval.options]
        return [choice_input(OPTION, "Your choice", options, error="Choose one of these.", required=False)]
    return [_said_to_be_needed(part) for part in form(approval)] if approval.kind == INPUT else []


def _said_to_be_needed(part: Json) -> Json:
    """A client that insists on an input lets nobody decline either; whoever sends is told what is missing."""
    if not part.get("isRequired"):
        return part
    kept = {name: value for name, value in part.items() if name not in {"isRequired", "errorMessage"}}
    return {**kept, "label": f"{part['label']} (needed)"}


def form(approval: Approval) -> list[Json]:
    """Return the values as inputs, beginning with those that there are."""
    return forms.inputs(_form(approval))


def filled_in(approval: Approval, data: Mapping[str, object]) -> dict[str, object]:
    """Return the values that somebody put into the form. Raises InvalidInputError."""
    return forms.read(_form(approval), data)


def _form(approval: Approval) -> Form:
    start = json.loads(approval.values) if approval.values else None
    return form_of(json.loads(approval.schema), start)


def _values(approval: Approval) -> Mapping[str, object]:
    """What is approved now, or was."""
    decided = approval.decision.values if approval.decision else ""
    return _object(decided or approval.values)


def _titles(approval: Approval) -> Mapping[str, str]:
    """Return what the schema calls the values, as the form does."""
    fields = _object(approval.schema).get("properties")
    named = cast(dict[str, object], fields) if isinstance(fields, dict) else {}
    return {name: titled(name, each) for name, each in named.items()}


def _object(text: str) -> Mapping[str, object]:
    return cast(Mapping[str, object], json.loads(text)) if text else {}


def _option(title: str, hint: str) -> str:
    return f"{title}: {hint}" if hint else title
