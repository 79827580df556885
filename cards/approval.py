"""The card of a question: open, held back, answered, withdrawn or too late."""

from collections.abc import Sequence
from dataclasses import dataclass

from cards.actions import Decide, ShowMine, ShowPage
from cards.answering import comment_input, ways
from cards.asked import asked, form
from cards.elements import Json, box, button, buttons, line, refreshed, text_run
from cards.elements import card as whole_card
from cards.passage import GLIMPSE, around, quoted
from cards.phrases import TITLE, demo, heading, name, note, origin, short
from cards.standing import times, votes, who
from cards.talk import turn
from cards.text import brief, moment, sentences
from cards.view import EVERYBODY, View
from orchestration.messages import BUDGET, DECISION, INPUT, REPLY, SKIP
from orchestration.model import Approval, ApprovalStatus, Run, RunStatus, Verdict
from orchestration.rules import glance

_ANSWERS = {
    ApprovalStatus.APPROVED: ("✓ Approved", "good"),
    ApprovalStatus.CHANGES_REQUESTED: ("↻ Changes requested", "warning"),
    ApprovalStatus.REJECTED: ("✗ Rejected", "attention"),
}
_OTHER_WORDS = {
    DECISION: {ApprovalStatus.APPROVED: "✓ Chosen", ApprovalStatus.REJECTED: "✗ None chosen"},
    BUDGET: {ApprovalStatus.APPROVED: "✓ Goes on", ApprovalStatus.REJECTED: "✗ Ended"},
    INPUT: {ApprovalStatus.APPROVED: "✓ Filled in", ApprovalStatus.REJECTED: "✗ Declined"},
}

_WHY_WITHDRAWN = {
    RunStatus.CANCELLED: "The run was stopped before somebody answered.",
    RunStatus.FAILED: "The run failed and cannot go on.",
}
_THEN = {Verdict.APPROVE: "so it counts as approved", Verdict.REJECT: "so it counts as rejected"}

COMMENT_ROOM = 12_000
"""Bytes of card JSON for a comment: enough for every comment that is not made of emoji or empty lines."""


def card(approval: Approval, run: Run, view: View = EVERYBODY) -> Json:
    """Return the card of the question as it stands, for everybody or for one person."""
    view = view.at(run)
    match approval.status:
        case ApprovalStatus.PENDING if run.status is RunStatus.FAILED:
            return held(approval, run)
        case ApprovalStatus.PENDING:
            return pending(approval, run, view)
        case ApprovalStatus.CANCELLED:
            return cancelled(approval, run, view)
        case ApprovalStatus.TIMED_OUT:
            return timed_out(approval, run, view)
        case ApprovalStatus.APPROVED | ApprovalStatus.CHANGES_REQUESTED | ApprovalStatus.REJECTED:
            return decided(approval, run, view)


def pending(approval: Approval, run: Run, view: View = EVERYBODY) -> Json:
    """The question is open: everything that somebody needs to answer it."""
    told = note(sentences(_revision(approval), who(approval, run, view) + times(approval, view)))
    values, cut = asked(approval)
    drawn = around(
        approval.text,
        above=[heading(approval.title), note(origin(run)), told],
        middle=[*values, *votes(approval, view)],
        below=[*demo(run), *_last_chance(approval), *ways(approval, view)],
        whole=_whole(approval),
        summary=_summary(approval, _revision(approval)),
        cut=cut or _title_cut(approval),
    )
    return refreshed(drawn, ShowMine(approval.run, approval.id), view.refresh)


def editing(approval: Approval, run: Run, view: View) -> Json:
    """The values of a question as a form, for one person."""
    view = view.at(run)
    told = note(sentences("Change what should be different", who(approval, run, view)))
    approve = Decide(approval.run, approval.id, Verdict.APPROVE, glance(approval), edits=True)
    body = [
        heading(approval.title),
        note(origin(run)),
        told,
        *form(approval),
        comment_input(approval),
        buttons(
            [
                button("Approve these values", approve, style="positive", inputs=True),
                button("Back", ShowMine(approval.run, approval.id)),
            ]
        ),
    ]
    return whole_card(body, _summary(approval, "Edit values"))


def held(approval: Approval, run: Run) -> Json:
    """The run failed while the question was open; it may be open again later."""
    sentence = ". The run failed, so this cannot be answered now. Once the run is resumed, it can."
    return _closed(approval, run, _State("Not now", sentence, "warning"))


def decided(approval: Approval, run: Run, view: View = EVERYBODY) -> Json:
    """Somebody answered: who, what and when."""
    if approval.kind == REPLY and approval.decision:
        return turn(approval, run, approval.decision)
    verdict, style = _ANSWERS[approval.status]
    verdict = _OTHER_WORDS.get(approval.kind, {}).get(approval.status, verdict)
    if (decision := approval.decision) is None:
        return _closed(approval, run, _State(verdict, ".", style))
    chosen = f": {brief(approval.option_title(decision.option), 200)}" if decision.option else ""
    whose = f" for {view.called([decision.seat])}" if decision.seat else ""
    state = _State(
        verdict, f"{chosen} by {name(decision.by)}{whose}, {moment(decision.at, view.zone)}", style
    )
    said, cut = quoted(decision.comment, COMMENT_ROOM) if decision.comment else ([], False)
    comment = [box([line(text_run("Comment", bold=True)), *said], spacing="Medium")] if said else []
    others = votes(approval, view) if len(approval.votes) > 1 or approval.handovers else []
    return _closed(approval, run, state, [*comment, *others], cut=cut)


def cancelled(approval: Approval, run: Run, view: View = EVERYBODY) -> Json:
    """Nobody needs to answer any more."""
    reason = _WHY_WITHDRAWN.get(run.status, "The run no longer asks this.")
    return _closed(
        approval, run, _State("Withdrawn", f"{_when(approval, view)}. {reason}"), votes(approval, view)
    )


def timed_out(approval: Approval, run: Run, view: View = EVERYBODY) -> Json:
    """Nobody answered in time."""
    then = _THEN[approval.decision.verdict] if approval.decision else "so the run failed"
    if approval.kind == REPLY and approval.decision:
        ended = approval.decision.verdict is Verdict.REJECT and SKIP not in approval.options
        then = "so the conversation was ended" if ended else "so the conversation went on without an answer"
    sentence = f"{_when(approval, view)}. Nobody answered in time, {then}."
    return _closed(approval, run, _State("Too late", sentence, "warning"), votes(approval, view))


@dataclass(frozen=True)
class _State:
    """What became of a question: a word, the rest of the sentence, and a style that says it again."""

    word: str
    rest: str
    style: str = "emphasis"


def _closed(
    approval: Approval, run: Run, state: _State, more: Sequence[Json] = (), *, cut: bool = False
) -> Json:
    """A question without buttons: what became of it first, then what was asked."""
    values, values_cut = asked(approval)
    banner = line(text_run(state.word, bold=True), text_run(state.rest))
    title = [
        heading(approval.title, spacing="Medium"),
        note(f"{origin(run)}. {_revision(approval)}".rstrip(". ") + "."),
    ]
    return around(
        approval.text,
        above=[box([banner], style=state.style), *title, *more],
        middle=values,
        below=demo(run),
        whole=_whole(approval),
        summary=_summary(approval, f"{state.word}{state.rest}"),
        most=GLIMPSE,
        cut=cut or values_cut or _title_cut(approval),
    )


def _revision(approval: Approval) -> str:
    last = approval.last_revision
    if last:
        return f"Revision {approval.revision} of {last}"
    return f"Revision {approval.revision}" if approval.revision > 1 else ""


def _last_chance(approval: Approval) -> list[Json]:
    if not 0 < approval.last_revision <= approval.revision:
        return []
    warning = "This is the last revision: requesting changes once more ends the run."
    return [line(text_run(warning, color="Warning"), spacing="Medium")]


def _whole(approval: Approval) -> ShowPage:
    return ShowPage(approval.run, approval.id)


def _title_cut(approval: Approval) -> bool:
    return len(brief(approval.title, 2 * TITLE)) > len(brief(approval.title, TITLE))


def _when(approval: Approval, view: View) -> str:
    return f", {moment(approval.closed, view.zone)}" if approval.closed else ""


def _summary(approval: Approval, state: str) -> str:
    return sentences(brief(approval.title, 240), state, f"Run {short(approval.run)}")
