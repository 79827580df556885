"""What a test run answers to a question: what it was told, or else what lets the run go on. Pure."""

import json
import re
from dataclasses import dataclass, replace
from typing import cast

from orchestration.errors import InvalidInputError
from orchestration.forms import form_of, sample
from orchestration.messages import DECISION, INPUT, REPLY
from orchestration.model import Approval, Verdict
from orchestration.wording import quoted

_APPROVE = re.compile(r"approved?", re.IGNORECASE)
_REJECT = re.compile(r"reject(?:ed)?(?:\s*:\s*(?P<why>.+))?", re.IGNORECASE | re.DOTALL)
_CHANGES = re.compile(r"(?:request[ _])?changes(?:\s*:\s*(?P<what>.+))?", re.IGNORECASE | re.DOTALL)
WHY, WHAT, WORDS = "Rejected in a test run.", "Please make it shorter.", "Yes, please."
"""What is said where something must be."""


@dataclass(frozen=True)
class Reaction:
    """An answer, and how the terminal tells it."""

    verdict: Verdict
    said: str
    comment: str = ""
    option: str = ""
    values: str = ""


def reaction(approval: Approval, words: str) -> Reaction:
    """Return the answer to a question. Empty words: approve, the first option, simple values.

    Raises InvalidInputError for words that do not fit the question.
    """
    words = words.strip()
    if found := _REJECT.fullmatch(words):
        why = found["why"] or WHY
        return Reaction(Verdict.REJECT, _ending(approval) or f"Reject: {why}", why)
    if found := _CHANGES.fullmatch(words):
        what = found["what"] or WHAT
        return Reaction(Verdict.REQUEST_CHANGES, f"Request changes: {what}", what)
    return _approved(approval, "" if _APPROVE.fullmatch(words) else words)


def _ending(approval: Approval) -> str:
    """Return how the person says that a conversation is over; "": this is none, or has no way out."""
    return approval.options[0].title if approval.kind == REPLY and approval.options else ""


def _approved(approval: Approval, words: str) -> Reaction:
    plain = Reaction(Verdict.APPROVE, "Approve")
    if approval.kind == DECISION:
        option = _option(approval, words)
        return replace(plain, said=approval.option_title(option), option=option)
    if approval.kind == REPLY:
        return replace(plain, said=words or WORDS, comment=words or WORDS)
    return _with_values(approval, words, plain)


def _option(approval: Approval, words: str) -> str:
    for number, option in enumerate(approval.options, 1):
        if not words or words.casefold() in {str(number), option.id.casefold(), option.title.casefold()}:
            return option.id
    titles = ", ".join(quoted(option.title) for option in approval.options)
    raise InvalidInputError(f"{quoted(words)} is none of the options of {quoted(approval.title)}: {titles}.")


def _with_values(approval: Approval, words: str, plain: Reaction) -> Reaction:
    values = _given(approval, words) if words else _made_up(approval)
    return replace(plain, said=f"Approve {values}", values=values) if values else plain


def _given(approval: Approval, words: str) -> str:
    try:
        if approval.schema and isinstance(json.loads(words), dict):
            return words
    except ValueError:
        pass
    raise InvalidInputError(
        f"{quoted(words)} is no answer to {quoted(approval.title)}. Say approve, reject: why, or "
        f"changes: what{', or give its values as a JSON object' if approval.schema else ''}."
    )


def _made_up(approval: Approval) -> str:
    if approval.kind != INPUT or not approval.schema:
        return ""
    begun = cast(object, json.loads(approval.values)) if approval.values else None
    return json.dumps(sample(form_of(json.loads(approval.schema), begun)), ensure_ascii=False)
