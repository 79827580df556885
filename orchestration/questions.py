"""A question between a workflow and the people: its record, and the answer that goes back."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, cast

from agent_framework import WorkflowEvent

from orchestration.calendar import WorkingCalendar, deadline
from orchestration.errors import NotFoundError, StepError
from orchestration.forms import form_of
from orchestration.groups import resolved
from orchestration.messages import (
    APPROVE,
    DATA,
    DECISION,
    EVERYONE,
    INPUT,
    PLAN,
    REPLY,
    REQUESTER,
    REVIEW,
    TOOL,
    Answer,
    Question,
    Rule,
)
from orchestration.model import Approval, Run
from orchestration.ports import Groups
from orchestration.values import canonical, digest

KINDS = frozenset({REVIEW, TOOL, DATA, DECISION, INPUT, PLAN, REPLY})
EXPIRIES = frozenset({"approve", "reject", "fail"})
MOST_APPROVERS, MOST_OPTIONS, LONGEST_ID = 40, 20, 200
"""A question and a record for each who is asked are one write."""
MOST_VALUES = 60_000
"""Characters of the values of a question. What is larger has no place on a card, and nobody would read it."""


@dataclass(frozen=True)
class Asked:
    """Whom a question names, with the groups resolved, and the calendar that its times follow."""

    approvers: tuple[str, ...] = ()
    escalate_to: tuple[tuple[str, ...], ...] = ()
    calendar: WorkingCalendar | None = None


@dataclass(frozen=True)
class Whom:
    """Finds out whom questions name."""

    groups: Groups
    calendar: WorkingCalendar | None = None

    async def asked(self, run: Run, question: Question) -> Asked:
        """Return whom a question names. Raises StepError when a group is not known, or empty."""
        rule = rule_in(run, question)
        levels = [await self._people(run, level) for level in rule.escalate_to]
        return Asked(await self._people(run, rule.approvers), tuple(levels), self.calendar)

    async def _people(self, run: Run, names: Sequence[str]) -> tuple[str, ...]:
        known = [run.requester.id if name == REQUESTER else name for name in names]
        try:
            found = await resolved(self.groups, run.tenant, known)
        except NotFoundError as missing:
            raise StepError(str(missing)) from None
        if names and not found:
            raise StepError(f"Nobody is in {' or '.join(names)}, so nobody could decide.")
        return found


def rule_of(question: Question) -> Rule:
    """Return the rule of a question; without one, the times it states itself."""
    return question.rule or Rule(
        expires_after=question.expires_after,
        on_expiry=question.on_expiry,
        remind_after=question.remind_after,
    )


def rule_in(run: Run, question: Question) -> Rule:
    """Return the rule of a question in this run: in a test run whoever started it decides alone."""
    rule = rule_of(question)
    if not run.trial:
        return rule
    return replace(rule, approvers=(REQUESTER,), needed=1, own=True, escalate_after=0.0, escalate_to=())


def approval_of(
    run: Run, event: WorkflowEvent[Any], question: Question, asked: Asked, now: datetime
) -> Approval:
    """Return the record of a question asked now. Raises StepError if nobody could decide it."""
    _check(question)
    return recorded(run, question, asked, now, id=event.request_id, step=event.source_executor_id)


def recorded(run: Run, question: Question, asked: Asked, now: datetime, *, id: str, step: str) -> Approval:
    """Return the record of a question that a step asks under this id. Raises StepError as approval_of()."""
    rule = rule_in(run, question)
    approvers, excluded = _seats(run, rule, asked)
    plain = Approval(
        id=id,
        tenant=run.tenant,
        run=run.id,
        title=question.title,
        text=question.text,
        step=step,
        asked=now,
        conversation=run.conversation,
        revision=question.revision,
        last_revision=question.last_revision,
        approvers=approvers,
        excluded=excluded,
        needed=_needed(rule, approvers),
        comment_on_reject=rule.comment_on_reject,
        kind=question.kind,
        subject=question.subject,
        proposed=_tidy(question.proposed),
        before=_tidy(question.before),
        schema=question.schema,  # in the order in which people shall fill it in
        options=question.options,
    )
    return _timed(plain, rule, asked, now)


def _timed(approval: Approval, rule: Rule, asked: Asked, now: datetime) -> Approval:
    def after(seconds: float) -> datetime | None:
        return deadline(asked.calendar, now, seconds, working_time=rule.working_time)

    levels = tuple(_without(level, approval.excluded) for level in asked.escalate_to)
    levels = tuple(level for level in levels if level)
    return replace(
        approval,
        expires=after(rule.expires_after),
        on_expiry=rule.on_expiry,
        remind=after(rule.remind_after),
        remind_every=rule.remind_after,
        escalate=after(rule.escalate_after) if levels else None,
        escalate_every=rule.escalate_after,
        escalate_to=levels,
        working_time=rule.working_time,
    )


def _seats(run: Run, rule: Rule, asked: Asked) -> tuple[tuple[str, ...], str]:
    """Who is named, and the requester if somebody else must decide."""
    named = asked.approvers or run.approvers
    others = _without(named, run.requester.id)
    if rule.own or not others:
        seats, excluded = named, ""
    else:
        seats, excluded = others, run.requester.id
    if len(seats) > MOST_APPROVERS:
        raise StepError(f"A question can name {MOST_APPROVERS} approvers; this one names {len(seats)}.")
    return seats, excluded


def _without(people: Sequence[str], person: str) -> tuple[str, ...]:
    return tuple(each for each in dict.fromkeys(people) if each != person)


def _needed(rule: Rule, approvers: Sequence[str]) -> int:
    if rule.needed == EVERYONE:
        return max(len(approvers), 1)
    if approvers and rule.needed > len(approvers):
        raise StepError(
            f"{rule.needed} people must approve, but only {len(approvers)} may. "
            "Name more approvers in the rule of this workflow."
        )
    return rule.needed


def answer_of(approval: Approval) -> Answer:
    """Return what the workflow gets for the decision on its question."""
    decision = approval.decision
    if decision is None:
        raise ValueError("an approval without decision has no answer")
    values = decision.values
    return Answer(
        verdict=str(decision.verdict),
        comment=decision.comment,
        by=decision.by.name,
        values=values,
        option=decision.option,
        digest=digest(values) if values else "",
    )


# ---- what a question must be like -----------------------------------------------------------


def _check(question: Question) -> None:
    if question.schema:
        form_of(_parsed(question.schema), _parsed(question.proposed) if question.proposed else None)
    for fits, sentence in _FAULTS:
        if not fits(question, rule_of(question)):
            raise StepError(f"The workflow asks what nobody could answer: {sentence}.")


_FAULTS: tuple[tuple[Callable[[Question, Rule], bool], str], ...] = (
    (lambda question, _: question.kind in KINDS, "its kind is not known"),
    (lambda _, rule: rule.on_expiry in EXPIRIES, "what happens when time is up is not known"),
    (lambda _, rule: rule.needed >= EVERYONE, "a negative number of people must approve"),
    (lambda question, _: bool(question.options) or question.kind != DECISION, "a choice needs options"),
    (
        lambda question, _: not question.options or question.kind in {DECISION, REPLY},
        "only a choice has options",
    ),
    (
        lambda question, _: question.kind != REPLY or len(question.options) <= 1,
        "a conversation has one way out at most",
    ),
    (
        lambda question, rule: question.kind != REPLY or (rule.needed == 1 and not question.schema),
        "a conversation is with one person, in words",
    ),
    (lambda question, _: len(question.options) <= MOST_OPTIONS, f"it has more than {MOST_OPTIONS} options"),
    (lambda question, _: len(_ids(question)) == len(question.options), "two options have the same id"),
    (
        lambda question, _: all(map(_is_id, _ids(question))),
        "the id of an option is empty or cannot be printed",
    ),
    (
        lambda question, rule: not (question.kind == DECISION and rule.on_expiry == APPROVE),
        "nobody would choose an option if time is up",
    ),
    (lambda question, _: bool(question.schema) or question.kind != INPUT, "a form needs a schema"),
    (
        lambda question, _: len(question.proposed) + len(question.before) <= MOST_VALUES,
        f"its values have more than {MOST_VALUES:,} characters",
    ),
)


def _ids(question: Question) -> set[str]:
    return {option.id for option in question.options}


def _is_id(text: str) -> bool:
    return 0 < len(text) <= LONGEST_ID and text.isprintable()


def _tidy(text: str) -> str:
    """Return JSON in the one form in which the same values have the same digest."""
    if not text:
        return ""
    values = _parsed(text)
    if not isinstance(values, dict):
        raise StepError("The values of a question must be a JSON object: names and values in braces.")
    try:
        return canonical(cast(object, values))
    except ValueError as error:
        raise StepError(f"The values of a question must be JSON: {error}.") from None


def _parsed(text: str) -> object:
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise StepError(f"The values of a question must be JSON: {error}.") from None
