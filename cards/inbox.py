"""The list of what waits for somebody, and what came of deciding several questions at once."""

from collections.abc import Sequence
from dataclasses import dataclass

from cards.actions import DecideMany, Item, ShowInbox, ShowMine
from cards.elements import Json, button, buttons, card, line, text_run, tick_input
from cards.fields import TICKED
from cards.phrases import heading, name, note, short
from cards.text import brief, moment
from orchestration.messages import DECISION, INPUT, REPLY
from orchestration.model import Approval, ApprovalStatus, Run, Verdict
from orchestration.rules import glance

GIST = 300
"""Bytes of a question's text in the list."""


@dataclass(frozen=True)
class Waiting:
    """A question and its run."""

    approval: Approval
    run: Run


@dataclass(frozen=True)
class Result:
    """What came of one question."""

    title: str
    run: str
    sentence: str
    done: bool


def page(entries: Sequence[Waiting], *, more: bool, first: bool, zone: str = "UTC") -> Json:
    """Return one page: each question with its gist, boxes to tick, and a way to each and to older ones."""
    if not entries:
        words = "Nothing waits for you." if first else "Nothing older waits for you."
        return card([heading("Inbox"), note(words)], words)
    title = "Waiting for you"
    body = [
        heading(title),
        *(part for number, entry in enumerate(entries, 1) for part in _entry(number, entry, zone)),
        *_at_once(entries),
        *_older(entries, more=more),
    ]
    return card(body, f"{len(entries)}{' or more' if more else ''} questions wait for you")


def _entry(number: int, entry: Waiting, zone: str) -> list[Json]:
    approval, run = entry.approval, entry.run
    what = f"{brief(run.workflow_title, 120)} for {name(run.requester)}, run {short(run.id)}"
    until = f". Open until {moment(approval.expires, zone)}" if approval.expires else ""
    return [
        line(text_run(f"{number}. {brief(approval.title, 300)}", bold=True), spacing="Large"),
        note(f"{what}, asked {moment(approval.asked, zone)}{until}", spacing="None"),
        *([line(brief(approval.text, GIST), spacing="Small")] if approval.text.strip() else []),
        buttons([button(f"Open {number}", ShowMine(run.id, approval.id))], spacing="Small"),
    ]


def _at_once(entries: Sequence[Waiting]) -> list[Json]:
    """Boxes for what can be answered with one word, and the buttons for those that are ticked."""
    simple = [
        (number, entry.approval) for number, entry in enumerate(entries, 1) if _is_simple(entry.approval)
    ]
    if not simple:
        return []
    shown = tuple[Item, ...]((each.run, each.id, glance(each)) for _, each in simple)
    choices = [
        (f"{number}. {brief(each.title, 120)} (run {short(each.run)})", str(place))
        for place, (number, each) in enumerate(simple)
    ]
    verbs = [button("Approve ticked", DecideMany(Verdict.APPROVE, shown), style="positive", inputs=True)]
    if not any(each.comment_on_reject for _, each in simple):
        verbs.append(
            button("Reject ticked", DecideMany(Verdict.REJECT, shown), style="destructive", inputs=True)
        )
    return [tick_input(TICKED, "Answer several at once", choices), buttons(verbs)]


def _is_simple(approval: Approval) -> bool:
    return approval.kind not in {DECISION, INPUT, REPLY}


def _older(entries: Sequence[Waiting], *, more: bool) -> list[Json]:
    if not more:
        return []
    before = entries[-1].approval.asked.isoformat()
    return [buttons([button("Older", ShowInbox(before))], spacing="Medium")]


def results(done: Sequence[Result]) -> Json:
    """Return what came of each question, and a way back to what still waits."""
    count = sum(result.done for result in done)
    title = f"{count} of {len(done)} recorded" if count < len(done) else f"{count} recorded"
    rows = [part for result in done for part in _result(result)]
    return card([heading(title), *rows, buttons([button("Back to inbox", ShowInbox())])], title)


def _result(result: Result) -> list[Json]:
    sign, color = ("✓", "Good") if result.done else ("✗", "Attention")
    return [
        line(
            text_run(f"{sign} {brief(result.title, 300)}", bold=True, color=color),
            text_run(f", run {short(result.run)}", subtle=True),
            spacing="Medium",
        ),
        line(brief(result.sentence, 400), spacing="None"),
    ]


_WORDS_OF = {
    ApprovalStatus.PENDING: "Open",
    ApprovalStatus.APPROVED: "Approved",
    ApprovalStatus.CHANGES_REQUESTED: "Changes requested",
    ApprovalStatus.REJECTED: "Rejected",
    ApprovalStatus.CANCELLED: "Withdrawn",
    ApprovalStatus.TIMED_OUT: "Too late",
}


def came_of_it(approval: Approval, *, counted: bool) -> str:
    """Return in a sentence how a question stands after somebody answered it."""
    if approval.pending:
        return f"Recorded. {approval.needed} must approve; more answers are needed."
    if counted:
        return f"{_word(approval)}."
    by = f" by {name(approval.decision.by)}" if approval.decision else ""
    return f"Nothing was changed: it was settled already, {_word(approval).lower()}{by}."


def _word(approval: Approval) -> str:
    return _WORDS_OF[approval.status]
