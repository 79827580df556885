"""A rule in words, before anybody is asked."""

from collections.abc import Sequence
from datetime import timedelta

from cards.phrases import NAME
from cards.text import brief, span
from cards.view import View
from orchestration.messages import EVERYONE, REQUESTER, Rule

_GROUP = "group:"
_EXPIRY = {"approve": "it counts as approved", "reject": "it counts as rejected"}


def deciders(rule: Rule, approvers: Sequence[str], view: View) -> list[str]:
    """Return sentences that say who decides, and what happens when nobody does.

    `approvers` are those of every run without approvers in its rule.
    """
    people = rule.approvers or tuple(approvers)
    return [_who(people, rule.needed, view), *_conditions(rule, people), *_times(rule, view)]


def _who(people: Sequence[str], needed: int, view: View) -> str:
    if not people:
        return "Whoever sees the question may decide." if needed <= 1 else f"{needed} people must approve."
    if needed == EVERYONE and len(people) > 1:
        return f"All of them must approve: {_called(people, view)}."
    if needed > 1:
        return f"{needed} of them must approve: {_called(people, view)}."
    said = _called(people, view, last="or")
    return f"{said[:1].upper()}{said[1:]} may decide."


def _called(people: Sequence[str], view: View, *, last: str = "and") -> str:
    groups = [name for name in people if name.startswith(_GROUP)]
    persons = [name for name in people if name not in groups and name != REQUESTER]
    known = [person for person in persons if view.names.get(person)]
    unknown = [person for person in persons if person not in known]
    words = [
        *(["whoever starts the run"] if REQUESTER in people else []),
        *(f"the group {brief(name.removeprefix(_GROUP), NAME)}" for name in groups),
        *(view.called([person]) for person in known),
        *([view.called(unknown)] if unknown else []),
    ]
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} {last} {words[-1]}"


def _conditions(rule: Rule, people: Sequence[str]) -> list[str]:
    alone = tuple(people) == (REQUESTER,)
    return [
        *(
            ["Whoever starts a run decides it only if nobody else may."]
            if people and not (rule.own or alone)
            else []
        ),
        *(["A rejection needs a reason."] if rule.comment_on_reject else []),
    ]


def _times(rule: Rule, view: View) -> list[str]:
    sentences = list[str]()
    if rule.remind_after:
        sentences.append(f"The question is asked again after {_span(rule.remind_after)}.")
    if rule.escalate_after and rule.escalate_to:
        whom = _called(rule.escalate_to[0], view)
        sentences.append(f"Without an answer after {_span(rule.escalate_after)}, asked as well: {whom}.")
    if rule.expires_after:
        then = _EXPIRY.get(rule.on_expiry, "the run fails")
        sentences.append(f"Without an answer after {_span(rule.expires_after)}, {then}.")
    if sentences and rule.working_time:
        sentences.append("Only working hours count.")
    return sentences


def _span(seconds: float) -> str:
    return span(timedelta(seconds=seconds))
